//! The settings of the function.

use roster_http::limits::TOKEN_LIVES;
use roster_http::{Cors, InvalidSettings, PublicUrl, Settings};

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
    /// `PAGE_TOKEN_KEY`: the KMS key from which the keys of page tokens are derived.
    pub page_token_key: PageTokenKey,
    /// `PUBLIC_URL`: the address that callers know the API by. Without it, the one that API Gateway
    /// says a request came to.
    pub public_url: Option<PublicUrl>,
    /// `CORS_ORIGINS`: whose pages may read answers; without it, nobody's.
    pub cors: Cors,
}

/// What the keys of page tokens are derived from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageTokenKey {
    /// The KMS key of that id, alias or ARN.
    Kms(String),
    /// The word `fresh`: a key that the process makes for itself, where there is only one process.
    Fresh,
}

impl Config {
    /// Reads the settings with `get`, which is asked for each variable by its name. An empty
    /// one counts as missing.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let mut settings = Settings::new(get);
        let config = Self {
            table_name: settings.required("TABLE_NAME"),
            jwks_url: settings.required("JWKS_URL"),
            issuer: settings.required("TOKEN_ISSUER"),
            audience: settings.required("TOKEN_AUDIENCE"),
            page_token_key: match settings.required("PAGE_TOKEN_KEY") {
                key if key == "fresh" => PageTokenKey::Fresh,
                key => PageTokenKey::Kms(key),
            },
            token_max_lifetime: settings
                .parsed("TOKEN_MAX_LIFETIME", lifetime)
                .unwrap_or_default(),
            public_url: settings.optional("PUBLIC_URL", PublicUrl::parse),
            cors: settings
                .optional("CORS_ORIGINS", Cors::parse)
                .unwrap_or_default(),
        };
        settings.check(config)
    }
}

/// A life of a token that may be set.
fn lifetime(text: &str) -> Result<u64, String> {
    let allowed = text.parse().ok().filter(|life| TOKEN_LIVES.contains(life));
    allowed.ok_or_else(|| {
        let (least, most) = (TOKEN_LIVES.start(), TOKEN_LIVES.end());
        format!("must be a whole number of seconds from {least} to {most}, not {text:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_or_wrong_is_told_at_once() {
        let refused = Config::read(|name| match name {
            "TABLE_NAME" => Some("roster".to_owned()),
            "TOKEN_ISSUER" => Some(String::new()),
            "PUBLIC_URL" => Some("http://directory.example".to_owned()),
            "CORS_ORIGINS" => Some("*".to_owned()),
            _ => None,
        });
        let refused = refused.unwrap_err();
        let missing = [
            "JWKS_URL",
            "TOKEN_ISSUER",
            "TOKEN_AUDIENCE",
            "PAGE_TOKEN_KEY",
            "TOKEN_MAX_LIFETIME",
        ];
        assert_eq!(refused.missing, missing);
        let text = refused.to_string();
        assert!(text.starts_with("set the environment variables JWKS_URL, TOKEN_ISSUER"));
        assert!(text.contains("; PUBLIC_URL must begin with https://"));
        assert!(text.contains("; CORS_ORIGINS must be origins"));
    }

    #[test]
    fn some_settings_may_be_left_out() {
        let required = |name: &str| match name {
            "PUBLIC_URL" | "CORS_ORIGINS" => Some(String::new()),
            "TOKEN_MAX_LIFETIME" => Some("3600".to_owned()),
            _ => Some(name.to_owned()),
        };
        let config = Config::read(required).unwrap();
        assert_eq!(config.jwks_url, "JWKS_URL");
        assert_eq!(config.audience, "TOKEN_AUDIENCE");
        assert_eq!(config.token_max_lifetime, 3_600);
        assert_eq!((config.public_url, config.cors), (None, Cors::default()));
        let config = Config::read(|name| match name {
            "PUBLIC_URL" => Some("https://directory.example".to_owned()),
            "CORS_ORIGINS" => Some("https://app.example".to_owned()),
            "TOKEN_MAX_LIFETIME" => Some("3600".to_owned()),
            _ => Some(name.to_owned()),
        });
        let config = config.unwrap();
        assert_eq!(
            config.public_url.unwrap().base(),
            "https://directory.example"
        );
        assert_ne!(config.cors, Cors::default());
    }

    #[test]
    fn the_longest_life_of_a_token_is_a_whole_number_of_seconds_within_bounds() {
        assert!(lifetime("60").is_ok() && lifetime("2592000").is_ok());
        for senseless in ["0", "59", "2592001", "-1", "1.5", "1h", "1e4", " 60", "day"] {
            let refused = Config::read(|name| match name {
                "TOKEN_MAX_LIFETIME" => Some(senseless.to_owned()),
                "PUBLIC_URL" | "CORS_ORIGINS" => None,
                _ => Some(name.to_owned()),
            });
            let expected =
                "TOKEN_MAX_LIFETIME must be a whole number of seconds from 60 to 2592000, not";
            let text = refused.unwrap_err().to_string();
            assert_eq!(text, format!("{expected} {senseless:?}"));
        }
    }
}
