//! The issuers whose tokens are accepted, and how to read the tokens of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::auth::fetch::Address;
use crate::json;

/// The scope of a service that may read everything, unless the settings name another.
pub const SCOPE: &str = "directory:read";

/// The settings of an issuer.
///
/// A claim is named by its name or, if it is nested, by a JSON Pointer (RFC 6901) such as
/// `/realm_access/roles`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The value of `iss`.
    pub issuer: String,
    /// The URL of the issuer's JSON Web Key Set.
    pub jwks_url: String,
    /// The audience that `aud` must be or include. Without it, `aud` is not checked.
    pub audience: Option<String>,
    /// The clients whose tokens are accepted, by the claim that names them: one of these claims
    /// must have one of its values. If empty, the client is not checked.
    #[serde(default)]
    pub clients: BTreeMap<String, Vec<String>>,
    /// The claim with the id of a user.
    #[serde(default = "subject")]
    pub user_claim: String,
    /// The claims of a service with its scopes: a string of words or an array.
    #[serde(default = "scope")]
    pub scope_claims: Vec<String>,
    /// The scope that a service needs.
    #[serde(default = "service_scope")]
    pub service_scope: String,
    /// What marks the token of a service: each claim must have its value or, if that is null, be
    /// absent. If empty, the claims mark no token.
    #[serde(default)]
    pub service_claims: BTreeMap<String, Value>,
    /// Whether the issuer issues tokens to services only.
    #[serde(default)]
    pub services_only: bool,
}

fn subject() -> String {
    "sub".to_owned()
}

fn scope() -> Vec<String> {
    vec!["scope".to_owned()]
}

fn service_scope() -> String {
    SCOPE.to_owned()
}

impl TrustedIssuer {
    /// Creates the settings of an issuer whose tokens all belong to users, named by `sub`.
    pub fn new(issuer: &str, jwks_url: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            jwks_url: jwks_url.to_owned(),
            audience: Some(audience.to_owned()),
            clients: BTreeMap::new(),
            user_claim: subject(),
            scope_claims: scope(),
            service_scope: service_scope(),
            service_claims: BTreeMap::new(),
            services_only: false,
        }
    }

    /// Parses a JSON array of settings.
    ///
    /// # Errors
    ///
    /// What is wrong, beginning with the place of the field, such as `[0].audience`.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let array = json::parse(text.as_bytes())
            .map_err(|_| "must be a JSON array of objects without duplicate members".to_owned())?;
        let issuers: Vec<Self> = serde_path_to_error::deserialize(array)
            .map_err(|error| format!("is invalid: {}: {}", error.path(), error.inner()))?;
        if issuers.is_empty() {
            return Err("is invalid: the array is empty".to_owned());
        }
        let mut names = BTreeSet::new();
        for (place, issuer) in issuers.iter().enumerate() {
            let mut checked = issuer.check();
            if !names.insert(issuer.issuer.as_str()) {
                checked = Err(("issuer", "is the issuer of an earlier object as well"));
            }
            checked.map_err(|(field, wrong)| format!("is invalid: [{place}].{field} {wrong}"))?;
        }
        Ok(issuers)
    }

    /// Returns the first invalid field and what is wrong with it.
    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let mut claims = self.clients.iter();
        let no_value = |values: &[String]| values.is_empty() || has_empty(values);
        let is_compound = |value: &Value| value.is_array() || value.is_object();
        let scope_is_words = self.service_scope.split(' ').count() != 1;
        let wrong = if self.issuer.is_empty() {
            ("issuer", "is empty")
        } else if Address::check(&self.jwks_url).is_err() {
            (
                "jwksUrl",
                "must begin with https://, or with http:// on a loopback address",
            )
        } else if self.audience.is_none() && self.clients.is_empty() {
            ("audience", "is missing; without it, clients is required")
        } else if self.audience.as_deref() == Some("") {
            ("audience", "is empty")
        } else if claims.any(|(claim, values)| claim.is_empty() || no_value(values)) {
            (
                "clients",
                "must map the name of a claim to an array of at least one value",
            )
        } else if self.user_claim.is_empty() {
            ("userClaim", "is empty")
        } else if no_value(&self.scope_claims) {
            ("scopeClaims", "must be an array of at least one name")
        } else if self.service_scope.is_empty() || scope_is_words {
            ("serviceScope", "must be a single scope")
        } else if self.service_claims.keys().any(String::is_empty)
            || self.service_claims.values().any(is_compound)
        {
            (
                "serviceClaims",
                "must map names of claims to strings, numbers, booleans or null",
            )
        } else if self.services_only && !self.service_claims.is_empty() {
            (
                "serviceClaims",
                "has no effect with servicesOnly; leave one of them out",
            )
        } else {
            return Ok(());
        };
        Err(wrong)
    }
}

fn has_empty(texts: &[String]) -> bool {
    texts.iter().any(String::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn smallest() -> Value {
        json!({"issuer": "https://i.example", "jwksUrl": "https://i.example/keys", "audience": "a"})
    }

    /// Returns the error about an array with this object, in which one field is replaced.
    fn refused(field: &str, value: Value) -> String {
        let mut issuer = smallest();
        issuer[field] = value;
        let parsed = TrustedIssuer::parse_all(&json!([smallest_of("j"), issuer]).to_string());
        parsed.unwrap_err()
    }

    fn smallest_of(issuer: &str) -> Value {
        let mut settings = smallest();
        settings["issuer"] = json!(issuer);
        settings
    }

    #[test]
    fn an_issuer_needs_only_its_name_its_keys_and_an_audience() {
        let parsed = TrustedIssuer::parse_all(&json!([smallest()]).to_string());
        let new = TrustedIssuer::new("https://i.example", "https://i.example/keys", "a");
        assert_eq!(parsed, Ok(vec![new]));
    }

    #[test]
    fn an_error_names_the_field_and_what_is_wrong() {
        for (field, value, expected) in [
            ("issuer", json!(""), "[1].issuer is empty"),
            (
                "issuer",
                json!("j"),
                "[1].issuer is the issuer of an earlier object",
            ),
            (
                "issuer",
                json!(1),
                "[1].issuer: invalid type: integer `1`, expected a string",
            ),
            (
                "jwksUrl",
                json!("http://i.example/keys"),
                "[1].jwksUrl must begin with https://",
            ),
            (
                "jwksUrl",
                json!("keys"),
                "[1].jwksUrl must begin with https://",
            ),
            (
                "audience",
                json!(null),
                "[1].audience is missing; without it, clients",
            ),
            ("audience", json!(""), "[1].audience is empty"),
            (
                "audience",
                json!(["a"]),
                "[1].audience: invalid type: sequence",
            ),
            ("clients", json!({"azp": []}), "[1].clients must map"),
            ("clients", json!({"azp": [""]}), "[1].clients must map"),
            ("clients", json!({"": ["web"]}), "[1].clients must map"),
            (
                "clients",
                json!({"azp": "web"}),
                "[1].clients.azp: invalid type: string",
            ),
            (
                "clients",
                json!(["web"]),
                "[1].clients: invalid type: sequence",
            ),
            ("userClaim", json!(""), "[1].userClaim is empty"),
            ("scopeClaims", json!([]), "[1].scopeClaims must be"),
            ("scopeClaims", json!([""]), "[1].scopeClaims must be"),
            (
                "scopeClaims",
                json!("scope"),
                "[1].scopeClaims: invalid type: string",
            ),
            (
                "serviceScope",
                json!(""),
                "[1].serviceScope must be a single scope",
            ),
            (
                "serviceScope",
                json!("a b"),
                "[1].serviceScope must be a single scope",
            ),
            (
                "serviceClaims",
                json!({"gty": ["a"]}),
                "[1].serviceClaims must map",
            ),
            (
                "serviceClaims",
                json!({"": "a"}),
                "[1].serviceClaims must map",
            ),
            (
                "serviceClaims",
                json!("gty"),
                "[1].serviceClaims: invalid type: string",
            ),
            (
                "servicesOnly",
                json!("yes"),
                "[1].servicesOnly: invalid type: string",
            ),
            (
                "audiance",
                json!("a"),
                "[1].audiance: unknown field `audiance`, expected one of",
            ),
        ] {
            let error = refused(field, value);
            let text = format!("is invalid: {expected}");
            assert!(error.starts_with(&text), "{error}, not {text}");
        }
        let mut both = smallest();
        both["servicesOnly"] = json!(true);
        both["serviceClaims"] = json!({"gty": "m2m"});
        let error = TrustedIssuer::parse_all(&json!([both]).to_string()).unwrap_err();
        assert!(
            error.starts_with("is invalid: [0].serviceClaims has no effect"),
            "{error}"
        );
    }

    #[test]
    fn anything_but_a_json_array_of_issuers_is_refused() {
        let twice = r#"[{"issuer": "i", "issuer": "j", "jwksUrl": "https://i", "audience": "a"}]"#;
        for (text, expected) in [
            ("", "must be a JSON array"),
            ("https://i.example", "must be a JSON array"),
            (
                twice,
                "must be a JSON array of objects without duplicate members",
            ),
            ("[]", "is invalid: the array is empty"),
            (
                "{}",
                "is invalid: .: invalid type: map, expected a sequence",
            ),
            ("[{}]", "is invalid: [0]: missing field `issuer`"),
            (
                r#"["https://i.example"]"#,
                "is invalid: [0]: invalid type: string",
            ),
        ] {
            let error = TrustedIssuer::parse_all(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
