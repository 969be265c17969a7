//! The settings of the function.

use crate::limits::TOKEN_LIVES;

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
    /// `TOKEN_MAX_LIFETIME`: most seconds from `iat` to `exp` of a token.
    pub token_max_lifetime: u64,
}

/// Variables that are missing or empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("set the environment variables {}", .0.join(", "))]
pub struct MissingSettings(pub Vec<&'static str>);

/// The function cannot start with its settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// Some are not there.
    #[error(transparent)]
    Missing(#[from] MissingSettings),
    /// The longest life of a token is out of range, or no number.
    #[error(
        "TOKEN_MAX_LIFETIME must be a whole number of seconds from {least} to {most}, not {0:?}",
        least = TOKEN_LIVES.start(),
        most = TOKEN_LIVES.end()
    )]
    TokenMaxLifetime(String),
}

impl Config {
    /// Reads the settings with `get`, which is asked for each variable by its name. An empty
    /// one counts as missing.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let mut missing = Vec::new();
        let mut get = |name| {
            let value = get(name).unwrap_or_default();
            if value.is_empty() {
                missing.push(name);
            }
            value
        };
        let lifetime = get("TOKEN_MAX_LIFETIME");
        let mut config = Self {
            table_name: get("TABLE_NAME"),
            jwks_url: get("JWKS_URL"),
            issuer: get("TOKEN_ISSUER"),
            audience: get("TOKEN_AUDIENCE"),
            token_max_lifetime: 0,
        };
        if !missing.is_empty() {
            return Err(MissingSettings(missing).into());
        }
        config.token_max_lifetime = seconds(lifetime)?;
        Ok(config)
    }
}

fn seconds(lifetime: String) -> Result<u64, InvalidSettings> {
    let seconds = lifetime.parse().ok();
    let allowed = seconds.filter(|seconds| TOKEN_LIVES.contains(seconds));
    allowed.ok_or(InvalidSettings::TokenMaxLifetime(lifetime))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lifetime: &str) -> Result<Config, InvalidSettings> {
        Config::read(|name| match name {
            "TOKEN_MAX_LIFETIME" => Some(lifetime.to_owned()),
            name => Some(name.to_owned()),
        })
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let refused = Config::read(|name| match name {
            "TABLE_NAME" => Some("roster".to_owned()),
            "TOKEN_ISSUER" => Some(String::new()),
            "TOKEN_MAX_LIFETIME" => Some("nonsense".to_owned()),
            _ => None,
        });
        let missing = vec!["JWKS_URL", "TOKEN_ISSUER", "TOKEN_AUDIENCE"];
        assert_eq!(refused, Err(MissingSettings(missing).into()));
        let config = with("3600").unwrap();
        assert_eq!(config.jwks_url, "JWKS_URL");
        assert_eq!(config.audience, "TOKEN_AUDIENCE");
        assert_eq!(config.token_max_lifetime, 3_600);
    }

    #[test]
    fn the_longest_life_of_a_token_is_a_whole_number_of_seconds_within_bounds() {
        assert!(with("60").is_ok() && with("2592000").is_ok());
        for senseless in ["0", "59", "2592001", "-1", "1.5", "1h", "1e4", " 60", "day"] {
            let error = with(senseless).unwrap_err().to_string();
            let expected =
                "TOKEN_MAX_LIFETIME must be a whole number of seconds from 60 to 2592000, not";
            assert_eq!(error, format!("{expected} {senseless:?}"));
        }
    }
}
