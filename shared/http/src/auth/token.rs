//! Verifies access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::auth::caller::Caller;
use crate::auth::claims::Expected;
use crate::auth::jwks::{Jwks, NoKeys};
use crate::json;
use crate::limits;
use crate::problem::{Problem, ProblemKind};

/// The allowed signature algorithms. None of them needs a secret shared with the issuer, and each
/// key works with one of them only.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The scope of a service that may read everything.
pub const SCOPE: &str = "directory:read";

/// Verifies tokens and returns their callers.
#[derive(Debug)]
pub struct Tokens {
    keys: Jwks,
    expected: Expected,
}

/// The parts of a token, none of which is verified yet.
#[derive(Debug)]
struct Parts<'a> {
    key_id: String,
    algorithm: Algorithm,
    claims: Map<String, Value>,
    /// The signed part.
    message: &'a str,
    signature: &'a str,
}

impl Tokens {
    /// Creates a verifier for tokens of this issuer and audience, signed with one of these keys,
    /// with a lifetime of at most `longest` seconds.
    pub fn new(
        keys: Jwks,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        longest: u64,
    ) -> Self {
        let expected = Expected {
            issuer: issuer.into(),
            audience: audience.into(),
            longest,
        };
        Self { keys, expected }
    }

    /// Returns the caller of a valid token. `now` is in seconds since 1970.
    ///
    /// Everything that needs no key is checked first, so that only an otherwise valid token can
    /// make the function fetch an unknown key.
    pub async fn caller(&self, token: &str, now: u64) -> Result<Caller, Problem> {
        let parts = Parts::of(token).map_err(unauthorized)?;
        let caller = self.expected.caller(parts.claims, now);
        let caller = caller.map_err(unauthorized)?;
        let keys = self.keys.named(&parts.key_id, parts.algorithm, now).await;
        let keys = keys.map_err(|NoKeys| {
            Problem::new(
                ProblemKind::Unavailable,
                "The issuer's keys cannot be fetched.",
            )
        })?;
        if keys.is_empty() {
            return Err(unauthorized(
                "The issuer has no key with the token's kid and algorithm.",
            ));
        }
        let mut keys = keys.iter();
        if !keys.any(|key| key.verifies(parts.message, parts.signature)) {
            return Err(unauthorized("The signature of the token is invalid."));
        }
        Ok(caller)
    }
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, &'static str> {
        if token.len() > limits::TOKEN {
            return Err("The token is too long.");
        }
        let (message, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
        let (header, claims) = message.split_once('.').ok_or(MALFORMED)?;
        let header = object(header)?;
        let claims = object(claims)?;
        // No critical extensions are supported (RFC 7515, 4.1.11). An empty list, or a value that
        // is not a list, is invalid anyway.
        if header.contains_key("crit") {
            return Err("The token requires an unsupported extension.");
        }
        let algorithm = header.get("alg").map(Algorithm::deserialize);
        let algorithm = algorithm.and_then(Result::ok);
        let algorithm = algorithm.filter(|algorithm| ALGORITHMS.contains(algorithm));
        let key_id = header.get("kid").and_then(Value::as_str);
        Ok(Self {
            key_id: key_id.ok_or("The token has no kid.")?.to_owned(),
            algorithm: algorithm.ok_or("The token's algorithm is not supported.")?,
            claims,
            message,
            signature,
        })
    }
}

const MALFORMED: &str = "The token is malformed.";

/// Decodes a part of a token. Another dot is not valid base64url, so it is rejected here.
fn object(part: &str) -> Result<Map<String, Value>, &'static str> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| MALFORMED)?;
    match json::parse(&json) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(MALFORMED),
    }
}

fn unauthorized(detail: &'static str) -> Problem {
    Problem::new(ProblemKind::Unauthorized, detail)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use roster_domain::UserId;
    use serde_json::json;

    use super::*;
    use crate::auth::keys::VerificationKey;
    use crate::auth::mint::SigningKey;

    const NOW: u64 = 1_800_000_000;

    /// Returns a verifier with these keys, and a counter of fetches.
    fn tokens(keys: &[Value]) -> (Tokens, Arc<AtomicUsize>) {
        let keys: Vec<_> = keys
            .iter()
            .map(|jwk| VerificationKey::read(jwk).unwrap())
            .collect();
        let fetches = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&fetches);
        let keys = Jwks::fetched_by(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let keys = keys.clone();
            Box::pin(async move { Ok(keys) })
        });
        (Tokens::new(keys, "i", "a", 3_600), fetches)
    }

    fn claims() -> Value {
        json!({"iss": "i", "aud": "a", "sub": "ada", "iat": NOW, "exp": NOW + 60})
    }

    async fn kind(tokens: &Tokens, token: &str) -> Option<ProblemKind> {
        let problem = tokens.caller(token, NOW).await.err();
        problem.map(|problem| problem.kind)
    }

    #[tokio::test]
    async fn a_key_verifies_tokens_of_its_own_algorithm_only() {
        let pairs = SigningKey::of_each_kind();
        let id = |pair: &SigningKey| format!("{:?}", pair.algorithm);
        let set: Vec<_> = pairs.iter().map(|pair| pair.jwk(&id(pair))).collect();
        let (tokens, _) = tokens(&set);
        for pair in &pairs {
            for other in &pairs {
                let token = pair.token(&id(other), &claims());
                let taken = kind(&tokens, &token).await.is_none();
                let own = pair.algorithm == other.algorithm;
                assert_eq!(taken, own, "{} as {}", id(pair), id(other));
            }
        }
    }

    #[tokio::test]
    async fn all_keys_that_share_an_id_are_tried() {
        let pairs = [
            SigningKey::ec(),
            SigningKey::ed(),
            SigningKey::ec(),
            SigningKey::rsa(),
            SigningKey::ec(),
        ];
        let set: Vec<_> = pairs.iter().map(|pair| pair.jwk("k")).collect();
        let (tokens, _) = tokens(&set);
        for pair in &pairs {
            assert_eq!(kind(&tokens, &pair.token("k", &claims())).await, None);
        }
        let stranger = SigningKey::ec().token("k", &claims());
        assert_eq!(
            kind(&tokens, &stranger).await,
            Some(ProblemKind::Unauthorized)
        );
    }

    #[tokio::test]
    async fn a_token_modified_anywhere_is_rejected() {
        let pair = SigningKey::ec();
        let (tokens, _) = tokens(&[pair.jwk("k")]);
        let good = pair.token("k", &claims());
        let ada = UserId::parse("ada").unwrap();
        assert_eq!(tokens.caller(&good, NOW).await, Ok(Caller::User(ada)));
        for place in 0..good.len() {
            let mut changed: Vec<_> = good.chars().collect();
            let mut shorter = changed.clone();
            changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
            shorter.remove(place);
            let [changed, shorter] = [changed, shorter].map(String::from_iter);
            for token in [changed, shorter] {
                let refused = kind(&tokens, &token).await;
                assert_eq!(refused, Some(ProblemKind::Unauthorized), "{place}");
            }
        }
        for token in [
            format!("{good}."),
            format!(".{good}"),
            format!("{good}="),
            format!("{good}.{good}"),
            good.replace('.', ""),
            good.replace('.', ".."),
            format!("{}.", good.rsplit_once('.').unwrap().0),
            String::new(),
            "..".to_owned(),
            "x".repeat(limits::TOKEN + 1),
        ] {
            assert_eq!(
                kind(&tokens, &token).await,
                Some(ProblemKind::Unauthorized),
                "{token}"
            );
        }
    }

    #[tokio::test]
    async fn headers_are_validated() {
        let pair = SigningKey::ec();
        let (tokens, _) = tokens(&[pair.jwk("k")]);
        for (header, holds) in [
            (r#"{"alg": "ES256", "kid": "k"}"#, true),
            (
                r#"{"alg": "ES256", "kid": "k", "typ": "at+jwt", "new": [1]}"#,
                true,
            ),
            (
                r#"{"alg": "ES256", "kid": "k", "crit": ["b64"], "b64": false}"#,
                false,
            ),
            (
                r#"{"alg": "ES256", "kid": "k", "crit": ["exp"], "exp": 1}"#,
                false,
            ),
            (r#"{"alg": "ES256", "kid": "k", "crit": ["alg"]}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "crit": []}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "crit": null}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "crit": "x"}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "\u0063rit": ["x"]}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "kid": "k"}"#, false),
            (r#"{"alg": "ES256", "alg": "ES256", "kid": "k"}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "new": 1, "new": 1}"#, false),
            (
                r#"{"alg": "ES256", "kid": "k", "new": {"a": 1, "a": 1}}"#,
                false,
            ),
            (r#"{"alg": "ES256"}"#, false),
            (r#"{"alg": "ES256", "kid": ["k"]}"#, false),
            (r#"{"alg": ["ES256"], "kid": "k"}"#, false),
            (r#"{"alg": "es256", "kid": "k"}"#, false),
            (r#"{"alg": "none", "kid": "k"}"#, false),
            (r#"{"alg": "HS256", "kid": "k"}"#, false),
            (r#"{"alg": "ES384", "kid": "k"}"#, false),
            (r#"{"kid": "k"}"#, false),
            (r#"[{"alg": "ES256", "kid": "k"}]"#, false),
        ] {
            let token = pair.signed(header, &claims().to_string());
            let expected = (!holds).then_some(ProblemKind::Unauthorized);
            assert_eq!(kind(&tokens, &token).await, expected, "{header}");
        }
    }

    #[tokio::test]
    async fn duplicate_claims_are_rejected() {
        let pair = SigningKey::ec();
        let (tokens, _) = tokens(&[pair.jwk("k")]);
        let claims = claims().to_string();
        for twice in [
            r#""sub": "ada""#,
            r#""x": {"y": 1, "y": 1}"#,
            r#""x": 1, "x": 1"#,
        ] {
            let claims = claims.replacen('{', &format!("{{{twice}, "), 1);
            let token = pair.signed(r#"{"alg": "ES256", "kid": "k"}"#, &claims);
            assert_eq!(
                kind(&tokens, &token).await,
                Some(ProblemKind::Unauthorized),
                "{claims}"
            );
        }
    }

    #[tokio::test]
    async fn a_token_that_is_invalid_without_its_key_causes_no_fetch() {
        let (tokens, fetches) = tokens(&[]);
        let pair = SigningKey::ec();
        for (name, value) in [
            ("iss", json!("elsewhere")),
            ("iss", json!(["i"])),
            ("aud", json!("elsewhere")),
            ("exp", json!(NOW - 61)),
            ("exp", json!(NOW + 3_601)),
            ("nbf", json!(NOW + 61)),
            ("iat", json!(NOW + 61)),
            ("iat", json!(null)),
            ("sub", json!("")),
        ] {
            let mut claims = claims();
            claims[name] = value;
            let token = pair.token("unknown", &claims);
            assert_eq!(
                kind(&tokens, &token).await,
                Some(ProblemKind::Unauthorized),
                "{claims}"
            );
        }
        for header in [
            r#"{"alg": "none", "kid": "unknown"}"#,
            r#"{"alg": "HS256", "kid": "unknown"}"#,
            r#"{"alg": "ES256", "kid": "unknown", "crit": ["x"]}"#,
        ] {
            let token = pair.signed(header, &claims().to_string());
            assert_eq!(
                kind(&tokens, &token).await,
                Some(ProblemKind::Unauthorized),
                "{header}"
            );
        }
        assert_eq!(fetches.load(Ordering::Relaxed), 0);
        let token = pair.token("unknown", &claims());
        assert_eq!(kind(&tokens, &token).await, Some(ProblemKind::Unauthorized));
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_verified_returns_unavailable() {
        let pair = SigningKey::ec();
        let down = Jwks::fetched_by(|| Box::pin(async { Err("no".into()) }));
        let tokens = Tokens::new(down, "i", "a", 3_600);
        let token = pair.token("k", &claims());
        assert_eq!(kind(&tokens, &token).await, Some(ProblemKind::Unavailable));
    }
}
