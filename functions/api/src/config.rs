//! The settings of the function.

/// What the function is told by its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `TABLE_NAME`: the table to read.
    pub table_name: String,
    /// `JWKS_URL`: where the keys of the issuer of tokens are.
    pub jwks_url: String,
    /// `TOKEN_ISSUER`: the `iss` of a token.
    pub issuer: String,
    /// `TOKEN_AUDIENCE`: what `aud` of a token has to name.
    pub audience: String,
    /// `PAGE_TOKEN_KEY`: the KMS key from which the keys of page tokens are derived.
    pub page_token_key: PageTokenKey,
}

/// What the keys of page tokens are derived from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageTokenKey {
    /// The KMS key of that id, alias or ARN.
    Kms(String),
    /// The word `fresh`: a key that the process makes for itself, where there is only one process.
    Fresh,
}

/// Variables that are missing or empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("set the environment variables {}", .0.join(", "))]
pub struct MissingSettings(pub Vec<&'static str>);

impl Config {
    /// Reads the settings with `get`, which is asked for each variable by its name. An empty
    /// one counts as missing.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, MissingSettings> {
        let mut missing = Vec::new();
        let mut get = |name| {
            let value = get(name).unwrap_or_default();
            if value.is_empty() {
                missing.push(name);
            }
            value
        };
        let config = Self {
            table_name: get("TABLE_NAME"),
            jwks_url: get("JWKS_URL"),
            issuer: get("TOKEN_ISSUER"),
            audience: get("TOKEN_AUDIENCE"),
            page_token_key: match get("PAGE_TOKEN_KEY") {
                key if key == "fresh" => PageTokenKey::Fresh,
                key => PageTokenKey::Kms(key),
            },
        };
        if missing.is_empty() {
            Ok(config)
        } else {
            Err(MissingSettings(missing))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let refused = Config::read(|name| match name {
            "TABLE_NAME" => Some("roster".to_owned()),
            "TOKEN_ISSUER" => Some(String::new()),
            _ => None,
        });
        let missing = vec![
            "JWKS_URL",
            "TOKEN_ISSUER",
            "TOKEN_AUDIENCE",
            "PAGE_TOKEN_KEY",
        ];
        assert_eq!(refused, Err(MissingSettings(missing)));
        let config = Config::read(|name| Some(name.to_owned())).unwrap();
        assert_eq!(config.jwks_url, "JWKS_URL");
        assert_eq!(config.audience, "TOKEN_AUDIENCE");
    }
}
