//! Validates the claims of a token by the settings of its issuer.

use roster_domain::UserId;
use serde::Deserialize;
use serde_json::Value;

use crate::auth::caller::Caller;
use crate::auth::trusted::TrustedIssuer;
use crate::limits::LEEWAY;

/// The relevant times of a token, in seconds since 1970.
#[derive(Debug, Deserialize)]
struct TokenTimes {
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
}

/// A claim that is a string or an array of strings.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// The event in a logout token (OpenID Connect Back-Channel Logout, 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl TrustedIssuer {
    /// Returns the caller that the claims name, or why they are invalid. `longest` is the maximum
    /// number of seconds from `iat` to `exp`, and `now` is in seconds since 1970. The caller is not
    /// authenticated until the signature is verified.
    ///
    /// A service is told by the claims that the settings name. A scope alone makes nobody a
    /// service, since users' tokens have scopes, too; and a service without the scope is no user.
    pub fn caller(&self, claims: &Value, longest: u64, now: u64) -> Result<Caller, &'static str> {
        if is_of_another_kind(claims) {
            return Err("The token is not an access token.");
        }
        self.check_recipient(claims)?;
        check_times(claims, longest, now)?;
        if self.is_service(claims) {
            if !self.has_service_scope(claims) {
                return Err("The service's token does not have the scope that a service needs.");
            }
            let subject = text(claims, "sub").ok_or("The service's token has no sub.")?;
            // Two issuers may use the same subject.
            return Ok(Caller::Service(format!("{}\n{subject}", self.issuer)));
        }
        let user = text(claims, &self.user_claim).map(UserId::parse);
        match user {
            Some(Ok(user)) => Ok(Caller::User(user)),
            _ => {
                Err("The token does not name a user: the claim with the id is missing or invalid.")
            }
        }
    }

    /// Checks that the token is for this API.
    fn check_recipient(&self, claims: &Value) -> Result<(), &'static str> {
        let includes = |name: &str, wanted: &str| {
            texts(claims, name).is_some_and(|texts| texts.includes(wanted))
        };
        if let Some(audience) = &self.audience
            && !includes("aud", audience)
        {
            return Err("The token is for another audience.");
        }
        let names_one = |(claim, clients): (&String, &Vec<String>)| {
            clients.iter().any(|client| includes(claim, client))
        };
        if !self.clients.is_empty() && !self.clients.iter().any(names_one) {
            return Err("The token was issued to another client.");
        }
        Ok(())
    }

    fn is_service(&self, claims: &Value) -> bool {
        let marks = |(name, expected): (&String, &Value)| match claim(claims, name) {
            None => expected.is_null(),
            Some(value) => !expected.is_null() && value == expected,
        };
        self.services_only
            || (!self.service_claims.is_empty() && self.service_claims.iter().all(marks))
    }

    fn has_service_scope(&self, claims: &Value) -> bool {
        let scopes = self.scope_claims.iter();
        let mut scopes = scopes.filter_map(|name| texts(claims, name));
        scopes.any(|scopes| scopes.has_word(&self.service_scope))
    }
}

/// Returns a claim by its name or its JSON Pointer.
fn claim<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    if name.starts_with('/') {
        claims.pointer(name)
    } else {
        claims.get(name)
    }
}

fn text<'a>(claims: &'a Value, name: &str) -> Option<&'a str> {
    claim(claims, name)?.as_str()
}

fn texts(claims: &Value, name: &str) -> Option<OneOrMany> {
    OneOrMany::deserialize(claim(claims, name)?).ok()
}

/// Returns whether the claims say that this is an ID token or another token for a client. Such a
/// token can name an allowed client, too. Cognito states `token_use`, Keycloak `typ`; `at_hash` and
/// `c_hash` are in ID tokens only (OpenID Connect Core, 3.1.3.6), and a logout token has the event
/// [`LOGOUT`].
fn is_of_another_kind(claims: &Value) -> bool {
    let is_other_use = claims.get("token_use").is_some_and(|kind| kind != "access");
    let kind = text(claims, "typ").unwrap_or_default();
    let others = ["ID", "Logout", "Offline", "Refresh"];
    let is_other_type = others.iter().any(|other| kind.eq_ignore_ascii_case(other));
    let has_hash = ["at_hash", "c_hash"]
        .iter()
        .any(|name| claims.get(name).is_some());
    let events = claims.get("events");
    let is_logout = events.is_some_and(|events| events.get(LOGOUT).is_some());
    is_other_use || is_other_type || has_hash || is_logout
}

/// The lifetime of a token is from `iat` to `exp`, and `iat` is required. Since `iat` is at most
/// [`LEEWAY`] in the future, no token is valid for longer than `longest` plus twice the leeway from
/// now.
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds have far less than 52 bits"
)]
fn check_times(claims: &Value, longest: u64, now: u64) -> Result<(), &'static str> {
    let times = TokenTimes::deserialize(claims);
    let times = times.map_err(|_| "The token must have the claims iat and exp, as numbers.")?;
    let (now, leeway) = (now as f64, LEEWAY as f64);
    if times.exp + leeway <= now {
        return Err("The token has expired.");
    }
    if times.nbf.is_some_and(|begins| begins - leeway > now) {
        return Err("The token is not valid yet.");
    }
    if times.iat - leeway > now {
        return Err("The token was issued in the future.");
    }
    if times.exp - times.iat > longest as f64 {
        return Err("The lifetime of the token is too long.");
    }
    Ok(())
}

impl OneOrMany {
    fn includes(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
        }
    }

    /// Returns whether a scope includes a word. A single string is a list of words (RFC 8693, 4.2).
    fn has_word(&self, wanted: &str) -> bool {
        match self {
            Self::One(words) => words.split(' ').any(|word| word == wanted),
            Self::Many(_) => self.includes(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::trusted::SCOPE;

    const NOW: u64 = 1_800_000_000;

    const LONGEST: u64 = 3_600;

    fn issuer() -> TrustedIssuer {
        let service = ("gty".to_owned(), json!("client-credentials"));
        TrustedIssuer {
            service_claims: [service].into(),
            ..TrustedIssuer::new("i", "https://i.example", "a")
        }
    }

    fn judged(claims: &Value) -> Result<Caller, &'static str> {
        issuer().caller(claims, LONGEST, NOW)
    }

    /// Returns valid claims of a user with one claim replaced or, if `value` is null, removed.
    fn with(name: &str, value: &Value) -> Value {
        let mut claims = json!({"iss": "i", "aud": "a", "sub": "ada", "iat": NOW, "exp": NOW + 60});
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.to_owned(), value.clone()),
        };
        claims
    }

    fn ada() -> Caller {
        Caller::User(UserId::parse("ada").unwrap())
    }

    #[test]
    fn valid_claims_are_accepted_in_every_form() {
        for (name, value) in [
            ("aud", json!(["b", "a"])),
            ("nbf", json!(NOW + LEEWAY)),
            ("iat", json!(NOW + LEEWAY)),
            ("iat", json!(NOW - LONGEST + 60)),
            ("iat", json!(NOW as f64 - 0.5)),
            ("exp", json!(NOW - LEEWAY + 1)),
            ("exp", json!(NOW + LONGEST)),
            ("scope", json!("other words")),
            ("token_use", json!("access")),
            ("typ", json!("Bearer")),
            ("events", json!(["concert"])),
            ("jti", json!({"unknown": "claim"})),
        ] {
            let caller = judged(&with(name, &value));
            assert_eq!(caller, Ok(ada()), "{name} {value}");
        }
    }

    #[test]
    fn a_scope_makes_nobody_a_service_and_a_service_needs_it() {
        for scope in [json!("x directory:read"), json!(["x", "directory:read"])] {
            let mut claims = with("scope", &scope);
            assert_eq!(judged(&claims), Ok(ada()), "{scope}");
            claims["gty"] = json!("password");
            assert_eq!(judged(&claims), Ok(ada()), "{scope}");
            claims["gty"] = json!("client-credentials");
            let service = Caller::Service("i\nada".to_owned());
            assert_eq!(judged(&claims), Ok(service), "{scope}");
        }
        for scope in [
            json!(null),
            json!(""),
            json!("directory:read:x"),
            json!("Directory:Read"),
            json!("directory:read,x"),
            json!(["x directory:read"]),
            json!(7),
            json!(["directory:read", 7]),
            json!({"directory:read": true}),
        ] {
            let mut claims = with("scope", &scope);
            claims["gty"] = json!("client-credentials");
            assert!(judged(&claims).is_err(), "{scope}");
        }
    }

    #[test]
    fn each_claim_that_marks_a_service_must_have_its_value_or_be_absent() {
        let claims = [
            ("kind", json!("app")),
            ("uid", json!(null)),
            ("v", json!(2)),
        ];
        let issuer = TrustedIssuer {
            service_claims: claims.map(|(name, value)| (name.to_owned(), value)).into(),
            ..issuer()
        };
        let is_service = |changes: &[(&str, Value)]| {
            let mut claims = with("scope", &json!(SCOPE));
            claims["kind"] = json!("app");
            claims["v"] = json!(2);
            for (name, value) in changes {
                claims[*name] = value.clone();
            }
            issuer.caller(&claims, LONGEST, NOW).unwrap().is_service()
        };
        assert!(is_service(&[]));
        for change in [
            ("kind", json!("user")),
            ("kind", json!(["app"])),
            ("kind", json!(null)),
            ("uid", json!("u")),
            ("uid", json!("")),
            ("uid", json!(null)),
            ("v", json!("2")),
        ] {
            assert!(!is_service(std::slice::from_ref(&change)), "{change:?}");
        }
    }

    #[test]
    fn without_settings_for_services_every_token_is_a_users() {
        let issuer = TrustedIssuer::new("i", "https://i.example", "a");
        let mut claims = with("scope", &json!(SCOPE));
        claims["gty"] = json!("client-credentials");
        assert_eq!(issuer.caller(&claims, LONGEST, NOW), Ok(ada()));
    }

    #[test]
    fn an_issuer_may_be_for_services_only() {
        let issuer = TrustedIssuer {
            services_only: true,
            ..TrustedIssuer::new("i", "https://i.example", "a")
        };
        let caller = |scope: Value| issuer.caller(&with("scope", &scope), LONGEST, NOW);
        let service = Caller::Service("i\nada".to_owned());
        assert_eq!(caller(json!(SCOPE)), Ok(service));
        assert!(caller(json!("openid")).is_err());
    }

    #[test]
    fn claims_are_named_by_name_or_json_pointer() {
        let issuer = TrustedIssuer {
            user_claim: "/ext/roster.id".to_owned(),
            scope_claims: vec![
                "https://x/scopes".to_owned(),
                "/realm_access/roles".to_owned(),
            ],
            ..issuer()
        };
        let mut claims = with("ext", &json!({"roster.id": "eve"}));
        let eve = Caller::User(UserId::parse("eve").unwrap());
        assert_eq!(issuer.caller(&claims, LONGEST, NOW), Ok(eve));
        claims["gty"] = json!("client-credentials");
        assert!(issuer.caller(&claims, LONGEST, NOW).is_err());
        for (name, value) in [
            ("https://x/scopes", json!("a directory:read")),
            ("realm_access", json!({"roles": ["directory:read"]})),
        ] {
            let mut claims = claims.clone();
            claims[name] = value;
            let service = Caller::Service("i\nada".to_owned());
            assert_eq!(issuer.caller(&claims, LONGEST, NOW), Ok(service));
        }
    }

    #[test]
    fn invalid_claims_are_rejected() {
        for (name, value) in [
            ("aud", Value::Null),
            ("aud", json!("b")),
            ("aud", json!("a b")),
            ("aud", json!([])),
            ("aud", json!(["b"])),
            ("aud", json!(["a", 1])),
            ("aud", json!([["a"]])),
            ("sub", Value::Null),
            ("sub", json!(["ada"])),
            ("sub", json!("")),
            ("exp", Value::Null),
            ("exp", json!((NOW + 60).to_string())),
            ("exp", json!(NOW - LEEWAY)),
            ("exp", json!(NOW + LONGEST + 1)),
            ("exp", json!(NOW as f64 + LONGEST as f64 + 0.5)),
            ("exp", json!(1e300)),
            ("exp", json!(-1)),
            ("iat", Value::Null),
            ("iat", json!(NOW.to_string())),
            ("iat", json!(NOW + LEEWAY + 1)),
            ("iat", json!(NOW - LONGEST + 59)),
            ("iat", json!(0)),
            ("iat", json!(-1e300)),
            ("nbf", json!(NOW + LEEWAY + 1)),
            ("nbf", json!("now")),
            ("token_use", json!("id")),
            ("token_use", json!(["access"])),
            ("typ", json!("ID")),
            ("typ", json!("logout")),
            ("at_hash", json!("x")),
            ("c_hash", json!("x")),
            ("events", json!({LOGOUT: {}})),
        ] {
            assert!(judged(&with(name, &value)).is_err(), "{name} {value}");
        }
    }
}
