//! Generates keys and tokens for the tests of this crate.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

/// Length of the PKCS #8 header of a 2,048-bit RSA key, in bytes.
const RSA_PREFIX: usize = 26;

/// A key to sign tokens with.
pub struct SigningKey {
    pub algorithm: Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    /// Generates a key for ES256.
    pub fn ec() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self {
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_der(key.as_ref()),
        }
    }

    /// Generates a key for EdDSA.
    pub fn ed() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        Self {
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(key.as_ref()),
        }
    }

    /// Generates a 2,048-bit key for RS256.
    pub fn rsa() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let key: Pkcs8V1Der<'_> = key.as_der().unwrap();
        Self {
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_der(&key.as_ref()[RSA_PREFIX..]),
        }
    }

    /// Generates a key for each algorithm.
    pub fn of_each_kind() -> [Self; 3] {
        [Self::ec(), Self::ed(), Self::rsa()]
    }

    /// Returns the public key with an id.
    pub fn jwk(&self, id: &str) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    /// Signs a token with these claims and the key's id.
    pub fn token(&self, id: &str, claims: &Value) -> String {
        let header = json!({"alg": format!("{:?}", self.algorithm), "kid": id});
        self.signed(&header.to_string(), &claims.to_string())
    }

    /// Signs a token with any header and claims, even malformed ones.
    pub fn signed(&self, header: &str, claims: &str) -> String {
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = parts.join(".");
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}
