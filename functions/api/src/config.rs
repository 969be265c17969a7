//! The function's settings, read from environment variables.

use roster_http::limits::TOKEN_LIVES;
use roster_http::{Cors, InvalidSettings, PublicUrl, Settings, TrustedIssuer};

/// The function's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `TABLE_NAME`: the table to read.
    pub table_name: String,
    /// `TOKEN_ISSUERS`: the issuers whose tokens are accepted, as a JSON array.
    pub token_issuers: Vec<TrustedIssuer>,
    /// `TOKEN_MAX_LIFETIME`: the maximum number of seconds from a token's `iat` to its `exp`.
    pub token_max_lifetime: u64,
    /// `PAGE_TOKEN_KEY`: the KMS key from which the keys of page tokens are derived.
    pub page_token_key: PageTokenKey,
    /// `PUBLIC_URL`: the URL of the API as callers see it. Defaults to the domain name that API
    /// Gateway reports for each request.
    pub public_url: Option<PublicUrl>,
    /// `CORS_ORIGINS`: the origins whose pages may read responses. Defaults to none.
    pub cors: Cors,
}

/// The root from which the keys of page tokens are derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageTokenKey {
    /// A KMS key, given by its id, alias or ARN.
    Kms(String),
    /// The word `fresh`: a random key of this process. It only works with a single process.
    Fresh,
}

impl Config {
    /// Reads the settings; `get` looks up a variable by its name. An empty variable counts as
    /// missing.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let mut settings = Settings::new(get);
        let config = Self {
            table_name: settings.required("TABLE_NAME"),
            token_issuers: settings
                .parsed("TOKEN_ISSUERS", TrustedIssuer::parse_all)
                .unwrap_or_default(),
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

/// Parses a token lifetime within the allowed range.
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

    const ISSUERS: &str =
        r#"[{"issuer": "https://i", "jwksUrl": "https://i/keys", "audience": "roster"}]"#;

    #[test]
    fn all_missing_and_invalid_settings_are_reported_at_once() {
        let refused = Config::read(|name| match name {
            "TABLE_NAME" => Some("roster".to_owned()),
            "TOKEN_ISSUERS" => Some(ISSUERS.replace("audience", "audiences")),
            "PUBLIC_URL" => Some("http://directory.example".to_owned()),
            "CORS_ORIGINS" => Some("*".to_owned()),
            _ => None,
        });
        let refused = refused.unwrap_err();
        let missing = ["PAGE_TOKEN_KEY", "TOKEN_MAX_LIFETIME"];
        assert_eq!(refused.missing, missing);
        let text = refused.to_string();
        assert!(text.starts_with("set the environment variables PAGE_TOKEN_KEY, TOKEN_MAX"));
        assert!(
            text.contains("; TOKEN_ISSUERS is invalid: [0].audiences: unknown field"),
            "{text}"
        );
        assert!(text.contains("; PUBLIC_URL must begin with https://"));
        assert!(text.contains("; CORS_ORIGINS must be origins"));
    }

    #[test]
    fn public_url_and_cors_origins_are_optional() {
        let required = |name: &str| match name {
            "PUBLIC_URL" | "CORS_ORIGINS" => Some(String::new()),
            "TOKEN_MAX_LIFETIME" => Some("3600".to_owned()),
            "TOKEN_ISSUERS" => Some(ISSUERS.to_owned()),
            _ => Some(name.to_owned()),
        };
        let config = Config::read(required).unwrap();
        let issuer = TrustedIssuer::new("https://i", "https://i/keys", "roster");
        assert_eq!(config.token_issuers, [issuer]);
        assert_eq!(config.token_max_lifetime, 3_600);
        assert_eq!((config.public_url, config.cors), (None, Cors::default()));
        let config = Config::read(|name| match name {
            "PUBLIC_URL" => Some("https://directory.example".to_owned()),
            "CORS_ORIGINS" => Some("https://app.example".to_owned()),
            "TOKEN_MAX_LIFETIME" => Some("3600".to_owned()),
            "TOKEN_ISSUERS" => Some(ISSUERS.to_owned()),
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
    fn the_maximum_token_lifetime_is_a_whole_number_of_seconds_in_range() {
        assert!(lifetime("60").is_ok() && lifetime("2592000").is_ok());
        for invalid in ["0", "59", "2592001", "-1", "1.5", "1h", "1e4", " 60", "day"] {
            let refused = Config::read(|name| match name {
                "TOKEN_MAX_LIFETIME" => Some(invalid.to_owned()),
                "TOKEN_ISSUERS" => Some(ISSUERS.to_owned()),
                "PUBLIC_URL" | "CORS_ORIGINS" => None,
                _ => Some(name.to_owned()),
            });
            let expected =
                "TOKEN_MAX_LIFETIME must be a whole number of seconds from 60 to 2592000, not";
            let text = refused.unwrap_err().to_string();
            assert_eq!(text, format!("{expected} {invalid:?}"));
        }
    }
}
