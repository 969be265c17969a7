//! Verifies access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::auth::caller::Caller;
use crate::auth::fetch::{InvalidAddress, KeyClient};
use crate::auth::jwks::{Jwks, NoKeys};
use crate::auth::trusted::TrustedIssuer;
use crate::json;
use crate::limits;
use crate::problem::{Problem, ProblemKind};

/// The allowed signature algorithms. None of them needs a secret shared with the issuer, and each
/// key works with one of them only.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The allowed values of the header `typ`, in any case. Without one, a token may be an access token,
/// too; other values say that it is something else (RFC 8725, 3.11).
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// Verifies tokens and returns their callers.
#[derive(Debug)]
pub struct Tokens {
    /// Each issuer with its own keys, which never verify a token of another.
    issuers: Vec<(TrustedIssuer, Jwks)>,
    longest: u64,
}

/// The parts of a token, none of which is verified yet.
#[derive(Debug)]
struct Parts<'a> {
    key_id: String,
    algorithm: Algorithm,
    /// An object.
    claims: Value,
    /// The signed part.
    message: &'a str,
    signature: &'a str,
}

impl Tokens {
    /// Creates a verifier for tokens of these issuers with a lifetime of at most `longest` seconds.
    /// The keys are fetched when they are first needed.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`] if a URL is not a trustworthy source of keys, or if the system has no root
    /// certificates.
    pub fn new(issuers: Vec<TrustedIssuer>, longest: u64) -> Result<Self, InvalidAddress> {
        let client = KeyClient::new()?;
        let with_keys = |issuer: TrustedIssuer| {
            let address = client.at(&issuer.jwks_url)?;
            let keys = Jwks::fetched_by(&issuer.issuer, move || Box::pin(address.clone().keys()));
            Ok((issuer, keys))
        };
        let issuers = issuers.into_iter().map(with_keys);
        let issuers = issuers.collect::<Result<_, InvalidAddress>>()?;
        Ok(Self { issuers, longest })
    }

    /// Returns the caller of a valid token. `now` is in seconds since 1970.
    ///
    /// Everything that needs no key is checked first, so that only an otherwise valid token can
    /// make the function fetch an unknown key.
    pub async fn caller(&self, token: &str, now: u64) -> Result<Caller, Problem> {
        let parts = Parts::of(token).map_err(unauthorized)?;
        let name = parts.claims.get("iss").and_then(Value::as_str);
        let issuers = self.issuers.iter();
        let mut issuers = issuers.filter(|(issuer, _)| name == Some(&issuer.issuer));
        let unknown = || unauthorized("The token is from another issuer, or it has no iss.");
        let (issuer, keys) = issuers.next().ok_or_else(unknown)?;
        let caller = issuer.caller(&parts.claims, self.longest, now);
        let caller = caller.map_err(unauthorized)?;
        let keys = keys.named(&parts.key_id, parts.algorithm, now).await;
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
        let claims = Value::Object(object(claims)?);
        // No critical extensions are supported (RFC 7515, 4.1.11). An empty list, or a value that
        // is not a list, is invalid anyway.
        if header.contains_key("crit") {
            return Err("The token requires an unsupported extension.");
        }
        let is_type = |value: &Value| {
            let text = value.as_str().unwrap_or_default();
            TYPES.iter().any(|known| known.eq_ignore_ascii_case(text))
        };
        if !header.get("typ").is_none_or(is_type) {
            return Err("The token's typ is not that of an access token.");
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
        let keys = Jwks::fetched_by("i", move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let keys = keys.clone();
            Box::pin(async move { Ok(keys) })
        });
        (with(vec![("i", keys)]), fetches)
    }

    /// Returns a verifier for these issuers and their keys.
    fn with(issuers: Vec<(&str, Jwks)>) -> Tokens {
        let settings = |name| TrustedIssuer::new(name, "https://issuer.example/keys", "a");
        let issuers = issuers.into_iter();
        Tokens {
            issuers: issuers.map(|(name, keys)| (settings(name), keys)).collect(),
            longest: 3_600,
        }
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
            (r#"{"alg": "ES256", "kid": "k", "typ": "jwt"}"#, true),
            (
                r#"{"alg": "ES256", "kid": "k", "typ": "application/at+JWT"}"#,
                true,
            ),
            (
                r#"{"alg": "ES256", "kid": "k", "typ": "logout+jwt"}"#,
                false,
            ),
            (r#"{"alg": "ES256", "kid": "k", "typ": ["JWT"]}"#, false),
            (r#"{"alg": "ES256", "kid": "k", "typ": ""}"#, false),
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
        let tokens = with(vec![("i", down())]);
        let token = pair.token("k", &claims());
        assert_eq!(kind(&tokens, &token).await, Some(ProblemKind::Unavailable));
    }

    fn down() -> Jwks {
        Jwks::fetched_by("i", || Box::pin(async { Err("no".into()) }))
    }

    fn with_key(pair: &SigningKey) -> Jwks {
        let key = VerificationKey::read(&pair.jwk("k")).unwrap();
        Jwks::fetched_by("i", move || {
            let keys = vec![key.clone()];
            Box::pin(async move { Ok(keys) })
        })
    }

    fn claims_of(issuer: &str) -> Value {
        let mut claims = claims();
        claims["iss"] = json!(issuer);
        claims
    }

    #[tokio::test]
    async fn the_keys_of_an_issuer_never_verify_a_token_of_another() {
        let pairs = [SigningKey::ec(), SigningKey::ec()];
        let names = ["i", "j"];
        let issuers = names.into_iter().zip(pairs.iter().map(with_key));
        let tokens = with(issuers.collect());
        for (owner, pair) in names.into_iter().zip(&pairs) {
            for claimed in names {
                let taken = kind(&tokens, &pair.token("k", &claims_of(claimed))).await;
                let expected = (owner != claimed).then_some(ProblemKind::Unauthorized);
                assert_eq!(taken, expected, "the key of {owner} for {claimed}");
            }
            for unknown in ["", "I", "ij", "k"] {
                let refused = kind(&tokens, &pair.token("k", &claims_of(unknown))).await;
                assert_eq!(refused, Some(ProblemKind::Unauthorized), "{unknown}");
            }
        }
    }

    #[tokio::test]
    async fn an_issuer_that_is_down_does_not_affect_another() {
        let pair = SigningKey::ec();
        let tokens = with(vec![("down", down()), ("up", with_key(&pair))]);
        for (issuer, expected) in [
            ("down", Some(ProblemKind::Unavailable)),
            ("up", None),
            ("down", Some(ProblemKind::Unavailable)),
            ("elsewhere", Some(ProblemKind::Unauthorized)),
        ] {
            let token = pair.token("k", &claims_of(issuer));
            assert_eq!(kind(&tokens, &token).await, expected, "{issuer}");
        }
    }
}
