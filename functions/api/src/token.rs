//! What a token has to be.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use roster_domain::UserId;
use serde::Deserialize;

use crate::caller::Caller;
use crate::jwks::Jwks;
use crate::limits;
use crate::problem::{Kind, Problem};

/// The algorithms that a token may be signed with. None of them needs a secret that the issuer
/// shares, and a key takes its own only.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The scope of a service that may read everything.
pub const SCOPE: &str = "directory:read";

/// What tells who a token speaks for.
#[derive(Debug)]
pub struct Tokens {
    keys: Jwks,
    issuer: String,
    audience: String,
}

/// Of a token, what matters here. Times are seconds since 1970.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
    scope: Option<Scope>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scope {
    Words(String),
    List(Vec<String>),
}

impl Tokens {
    /// Tokens of that issuer, for that audience, signed with one of those keys.
    pub fn new(keys: Jwks, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            keys,
            issuer: issuer.into(),
            audience: audience.into(),
        }
    }

    /// Who a token speaks for at that time, in seconds since 1970.
    pub async fn caller(&self, token: &str, now: u64) -> Result<Caller, Problem> {
        if token.len() > limits::TOKEN {
            return Err(unauthorized("The token is too long."));
        }
        let header = decode_header(token).map_err(|_| unauthorized("The token is malformed."))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(unauthorized("The token is signed with another algorithm."));
        }
        let id = header
            .kid
            .ok_or_else(|| unauthorized("The token names no key."))?;
        let unreachable = |_| Problem::new(Kind::Unavailable, "The issuer's keys are not there.");
        let key = self.keys.key(&id).await.map_err(unreachable)?;
        let unknown = || unauthorized("The token names a key that the issuer does not have.");
        let key = key.ok_or_else(unknown)?;
        if !suits(&key, header.alg) {
            return Err(unauthorized("The key is not for the token's algorithm."));
        }
        let claims = self.verified(token, &key, header.alg)?;
        self.speaks_for(&claims, now)
    }

    fn verified(&self, token: &str, key: &Jwk, algorithm: Algorithm) -> Result<Claims, Problem> {
        let mut rules = Validation::new(algorithm);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are checked against the clock that is passed in.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let refused = || unauthorized("Signature, issuer or audience of the token is wrong.");
        let key = DecodingKey::from_jwk(key).map_err(|_| refused())?;
        let decoded = decode::<Claims>(token, &key, &rules).map_err(|_| refused())?;
        Ok(decoded.claims)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds have far less than 52 bits"
    )]
    fn speaks_for(&self, claims: &Claims, now: u64) -> Result<Caller, Problem> {
        let leeway = limits::LEEWAY as f64;
        let now = now as f64;
        // The comparison is false for what is not a number.
        let expires_later = claims.exp + leeway > now;
        if !expires_later {
            return Err(unauthorized("The token has expired."));
        }
        if claims.nbf.is_some_and(|begins| begins - leeway > now) {
            return Err(unauthorized("The token is not valid yet."));
        }
        let is_service = match &claims.scope {
            None => false,
            Some(Scope::Words(words)) => words.split(' ').any(|word| word == SCOPE),
            Some(Scope::List(words)) => words.iter().any(|word| word == SCOPE),
        };
        if is_service {
            return Ok(Caller::Service(claims.sub.clone()));
        }
        let user = UserId::parse(&claims.sub);
        user.map(Caller::User)
            .map_err(|_| unauthorized("The subject of the token is no user id."))
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(Kind::Unauthorized, detail)
}

/// Whether a key is of the kind that the algorithm takes and, if it names one, for this algorithm.
fn suits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return false,
    };
    let named = key.common.key_algorithm;
    kind == algorithm && named.is_none_or(|named| named == KeyAlgorithm::from(algorithm))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    /// What stands before the key itself in the PKCS #8 form of an RSA key of 2,048 bits.
    const RSA_PREFIX: usize = 26;

    /// A key for each algorithm.
    fn keys() -> [(Algorithm, EncodingKey); 3] {
        let random = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8v1(&random).unwrap();
        let rsa: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048)
            .unwrap()
            .as_der()
            .unwrap();
        [
            (Algorithm::ES256, EncodingKey::from_ec_der(ec.as_ref())),
            (Algorithm::EdDSA, EncodingKey::from_ed_der(ed.as_ref())),
            (
                Algorithm::RS256,
                EncodingKey::from_rsa_der(&rsa.as_ref()[RSA_PREFIX..]),
            ),
        ]
    }

    fn jwk(algorithm: Algorithm, key: &EncodingKey) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
        jwk.common.key_id = Some(format!("{algorithm:?}"));
        jwk
    }

    fn signed(algorithm: Algorithm, key: &EncodingKey, key_id: Algorithm) -> String {
        let mut header = Header::new(algorithm);
        header.kid = Some(format!("{key_id:?}"));
        let claims = json!({"iss": "i", "aud": "a", "sub": "ada", "exp": NOW + 60});
        encode(&header, &claims, key).unwrap()
    }

    #[tokio::test]
    async fn each_algorithm_is_taken_with_its_own_key_and_with_no_other() {
        let keys = keys();
        let set: Vec<_> = keys
            .iter()
            .map(|(algorithm, key)| jwk(*algorithm, key))
            .collect();
        let tokens = Tokens::new(Jwks::of(set), "i", "a");
        for (algorithm, key) in &keys {
            for (other, _) in &keys {
                let caller = tokens.caller(&signed(*algorithm, key, *other), NOW).await;
                assert_eq!(
                    caller.is_ok(),
                    algorithm == other,
                    "{algorithm:?} as {other:?}"
                );
            }
        }
    }
}
