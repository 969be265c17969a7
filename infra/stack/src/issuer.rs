//! A token issuer for local use. Its key is generated at the start and not stored.

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use roster_http::TrustedIssuer;
use serde_json::{Value, json};

/// The audience of its tokens.
pub const AUDIENCE: &str = "roster";

/// The issuer of its tokens.
pub const ISSUER: &str = "http://roster.local/issuer";

/// The claim of a service's token, and its value.
pub const SERVICE: (&str, &str) = ("gty", "client-credentials");

/// The lifetime of its tokens, and the maximum lifetime of a token, in seconds.
pub const TOKEN_SECONDS: u64 = 60 * 60;

/// The caller that a token identifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// A user of the directory.
    User(String),
    /// A service that may read everything.
    Service,
}

/// Returns the settings for an issuer of this module whose keys are at a URL.
pub fn trusted(jwks_url: &str) -> TrustedIssuer {
    let (name, value) = SERVICE;
    TrustedIssuer {
        service_claims: [(name.to_owned(), value.into())].into(),
        ..TrustedIssuer::new(ISSUER, jwks_url, AUDIENCE)
    }
}

/// A token issuer with its key.
pub struct Issuer {
    key: EncodingKey,
    /// The id of the key.
    pub key_id: String,
    jwk: Jwk,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}

impl Issuer {
    /// Creates an issuer with a new key.
    pub fn start() -> Result<Self> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
            .map_err(|_| anyhow!("cannot generate a key"))?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref())
            .map_err(|_| anyhow!("cannot use the key"))?;
        let public = pair.public_key().as_ref().iter().take(12);
        let key_id: String = public.map(|byte| format!("{byte:02x}")).collect();
        let key = EncodingKey::from_ec_der(document.as_ref());
        let mut jwk =
            Jwk::from_encoding_key(&key, Algorithm::ES256).context("cannot export the key")?;
        jwk.common.key_id = Some(key_id.clone());
        Ok(Self { key, key_id, jwk })
    }

    /// Returns the public key as a JSON Web Key Set.
    pub fn key_set(&self) -> Value {
        json!({"keys": [self.jwk]})
    }

    /// Issues a token for a caller. `now` is in seconds since 1970.
    pub fn token(&self, bearer: &Bearer, now: u64) -> Result<String> {
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_SECONDS,
        });
        if let Value::Object(claims) = &mut claims {
            let (subject, marks) = match bearer {
                Bearer::User(user) => (user.as_str(), &[][..]),
                Bearer::Service => ("service", &[SERVICE, ("scope", roster_http::SCOPE)][..]),
            };
            claims.insert("sub".to_owned(), subject.into());
            let marks = marks.iter();
            claims.extend(marks.map(|(name, value)| ((*name).to_owned(), (*value).into())));
        }
        self.sign(&claims)
    }

    /// Signs a token with any claims.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.key_id});
        self.sign_parts(&header.to_string(), &claims.to_string())
    }

    /// Signs a token with any header and claims, even invalid JSON.
    pub fn sign_parts(&self, header: &str, claims: &str) -> Result<String> {
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = parts.join(".");
        let signature = crypto::sign(message.as_bytes(), &self.key, Algorithm::ES256)?;
        Ok(format!("{message}.{signature}"))
    }
}
