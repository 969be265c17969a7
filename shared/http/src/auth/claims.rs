//! Validates the claims of a token.

use roster_domain::UserId;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::auth::caller::Caller;
use crate::auth::token::SCOPE;
use crate::limits::LEEWAY;

/// The claims that every token must have.
#[derive(Debug)]
pub struct Expected {
    /// The value of `iss`.
    pub issuer: String,
    /// The audience that `aud` must be or include.
    pub audience: String,
    /// The maximum number of seconds from `iat` to `exp`.
    pub longest: u64,
}

/// The relevant claims of a token. Times are in seconds since 1970.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: OneOrMany,
    sub: String,
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
    scope: Option<OneOrMany>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Expected {
    /// Returns the caller that the claims name, or why they are invalid. `now` is in seconds since
    /// 1970. The caller is not authenticated until the signature is verified.
    ///
    /// The lifetime of a token is from `iat` to `exp`, and `iat` is required. Since `iat` is at
    /// most [`LEEWAY`] in the future, no token is valid for longer than [`Expected::longest`] plus
    /// twice the leeway from now.
    pub fn caller(&self, claims: Map<String, Value>, now: u64) -> Result<Caller, &'static str> {
        let claims: Claims = serde_json::from_value(Value::Object(claims)).map_err(
            |_| "The token must have the claims iss, aud, sub, iat and exp, each of the right type.",
        )?;
        if claims.iss != self.issuer {
            return Err("The token is from another issuer.");
        }
        if !claims.aud.includes(&self.audience) {
            return Err("The token is for another audience.");
        }
        self.check_times(&claims, now)?;
        claims.caller()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds have far less than 52 bits"
    )]
    fn check_times(&self, claims: &Claims, now: u64) -> Result<(), &'static str> {
        let (now, leeway) = (now as f64, LEEWAY as f64);
        if claims.exp + leeway <= now {
            return Err("The token has expired.");
        }
        if claims.nbf.is_some_and(|begins| begins - leeway > now) {
            return Err("The token is not valid yet.");
        }
        if claims.iat - leeway > now {
            return Err("The token was issued in the future.");
        }
        if claims.exp - claims.iat > self.longest as f64 {
            return Err("The lifetime of the token is too long.");
        }
        Ok(())
    }
}

impl Claims {
    fn caller(self) -> Result<Caller, &'static str> {
        if self.scope.is_some_and(|scope| scope.has_word(SCOPE)) {
            return Ok(Caller::Service(self.sub));
        }
        let user = UserId::parse(&self.sub);
        user.map(Caller::User)
            .map_err(|_| "The subject of the token is not a valid user id.")
    }
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

    const NOW: u64 = 1_800_000_000;

    const LONGEST: u64 = 3_600;

    fn judged(claims: &Value) -> Result<Caller, &'static str> {
        let expected = Expected {
            issuer: "i".to_owned(),
            audience: "a".to_owned(),
            longest: LONGEST,
        };
        expected.caller(claims.as_object().unwrap().clone(), NOW)
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
            ("jti", json!({"unknown": "claim"})),
        ] {
            let caller = judged(&with(name, &value));
            let ada = UserId::parse("ada").unwrap();
            assert_eq!(caller, Ok(Caller::User(ada)), "{name} {value}");
        }
        for scope in [json!("x directory:read"), json!(["x", "directory:read"])] {
            let caller = judged(&with("scope", &scope));
            assert_eq!(caller, Ok(Caller::Service("ada".to_owned())), "{scope}");
        }
    }

    #[test]
    fn invalid_claims_are_rejected() {
        for (name, value) in [
            ("iss", Value::Null),
            ("iss", json!("j")),
            ("iss", json!("I")),
            ("iss", json!(["i"])),
            ("iss", json!(["i", "j"])),
            ("iss", json!({"i": "i"})),
            ("iss", json!(1)),
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
            ("scope", json!(7)),
            ("scope", json!(["directory:read", 7])),
        ] {
            assert!(judged(&with(name, &value)).is_err(), "{name} {value}");
        }
    }
}
