//! Reads and checks the issuer's keys.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

use crate::limits;

/// Length of a P-256 coordinate and of an Ed25519 key, in bytes.
const COORDINATE: usize = 32;

/// The prefix of a P-256 point in uncompressed form, with both coordinates (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A public key that verifies tokens with one algorithm.
#[derive(Clone)]
pub struct VerificationKey {
    id: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Why a key of a set is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitKey {
    /// Sets also contain keys for other purposes.
    #[error("it is not for token signatures")]
    OtherPurpose,
    /// Without a `kid`, a token cannot refer to it.
    #[error("it has no kid")]
    NoId,
    /// Its parameters are missing or have the wrong form.
    #[error("it is malformed")]
    Malformed,
    /// Shorter keys are too weak, and longer ones too slow.
    #[error("its modulus has {0} bits")]
    Size(usize),
}

/// The response of the issuer is not a JSON Web Key Set.
#[derive(Debug, thiserror::Error)]
#[error("the response is not a JSON Web Key Set")]
pub struct NotASet;

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("VerificationKey");
        shown
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl VerificationKey {
    /// Reads a key of a set (RFC 7517, 4). Its stated purpose must allow verifying signatures:
    /// `use`, if present, is `sig`; `key_ops`, if present, includes `verify`; `alg`, if present, is
    /// the algorithm for its type.
    pub fn read(jwk: &Value) -> Result<Self, UnfitKey> {
        let algorithm = algorithm(jwk).ok_or(UnfitKey::OtherPurpose)?;
        if !is_for_signatures(jwk, algorithm) {
            return Err(UnfitKey::OtherPurpose);
        }
        let id = jwk.get("kid").and_then(Value::as_str);
        Ok(Self {
            id: id.ok_or(UnfitKey::NoId)?.to_owned(),
            algorithm,
            key: material(jwk, algorithm)?,
        })
    }

    /// Returns whether the key has this id and is for this algorithm.
    pub fn is(&self, id: &str, algorithm: Algorithm) -> bool {
        self.id == id && self.algorithm == algorithm
    }

    /// Returns whether a base64url signature of a message was made with this key.
    pub fn verifies(&self, message: &str, signature: &str) -> bool {
        let verified = crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm);
        verified.unwrap_or(false)
    }
}

/// Returns the keys of a set that can verify tokens. All others are ignored, including those of
/// unknown types.
pub fn read_set(set: &[u8]) -> Result<Vec<VerificationKey>, NotASet> {
    let set: Value = serde_json::from_slice(set).map_err(|_| NotASet)?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or(NotASet)?;
    let fit = keys
        .iter()
        .filter_map(|jwk| match VerificationKey::read(jwk) {
            Ok(key) => Some(key),
            Err(UnfitKey::OtherPurpose) => None,
            Err(reason) => {
                tracing::warn!(%reason, "ignored a key of the issuer");
                None
            }
        });
    Ok(fit.collect())
}

/// Returns the algorithm for the type of a key.
fn algorithm(jwk: &Value) -> Option<Algorithm> {
    let member = |name| jwk.get(name).and_then(Value::as_str);
    match (member("kty")?, member("crv")) {
        ("RSA", _) => Some(Algorithm::RS256),
        ("EC", Some("P-256")) => Some(Algorithm::ES256),
        ("OKP", Some("Ed25519")) => Some(Algorithm::EdDSA),
        _ => None,
    }
}

fn is_for_signatures(jwk: &Value, algorithm: Algorithm) -> bool {
    let if_present = |name, is: &dyn Fn(&Value) -> bool| jwk.get(name).is_none_or(is);
    let verifies = |operations: &Value| {
        let mut operations = operations.as_array().into_iter().flatten();
        operations.any(|operation| operation == "verify")
    };
    let own = |name: &Value| Algorithm::deserialize(name).is_ok_and(|named| named == algorithm);
    if_present("use", &|purpose| purpose == "sig")
        && if_present("key_ops", &verifies)
        && if_present("alg", &own)
}

fn material(jwk: &Value, algorithm: Algorithm) -> Result<DecodingKey, UnfitKey> {
    match algorithm {
        Algorithm::RS256 => rsa(jwk),
        Algorithm::ES256 => {
            let point = [
                &[UNCOMPRESSED],
                &*coordinate(jwk, "x")?,
                &*coordinate(jwk, "y")?,
            ];
            Ok(DecodingKey::from_ec_der(&point.concat()))
        }
        Algorithm::EdDSA => Ok(DecodingKey::from_ed_der(&coordinate(jwk, "x")?)),
        _ => Err(UnfitKey::OtherPurpose),
    }
}

fn rsa(jwk: &Value) -> Result<DecodingKey, UnfitKey> {
    let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let (modulus, exponent) = (without_zeros(&modulus), without_zeros(&exponent));
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = modulus.len() * 8 - usize::try_from(unused).unwrap_or_default();
    if !limits::RSA_BITS.contains(&bits) {
        return Err(UnfitKey::Size(bits));
    }
    Ok(DecodingKey::from_rsa_raw_components(modulus, exponent))
}

/// Strips the leading zeros of a number.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn coordinate(jwk: &Value, name: &str) -> Result<Vec<u8>, UnfitKey> {
    let coordinate = bytes(jwk, name)?;
    let is_full = coordinate.len() == COORDINATE;
    is_full.then_some(coordinate).ok_or(UnfitKey::Malformed)
}

fn bytes(jwk: &Value, name: &str) -> Result<Vec<u8>, UnfitKey> {
    let text = jwk.get(name).and_then(Value::as_str);
    let text = text.ok_or(UnfitKey::Malformed)?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| UnfitKey::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::mint::SigningKey;

    /// Reads each key with one member replaced or, if `value` is null, removed.
    fn with(
        pairs: &[SigningKey],
        name: &str,
        value: &Value,
    ) -> Vec<Result<VerificationKey, UnfitKey>> {
        let read = pairs.iter().map(|pair| {
            let mut jwk = pair.jwk("k");
            let members = jwk.as_object_mut().unwrap();
            match value {
                Value::Null => members.remove(name),
                value => members.insert(name.to_owned(), value.clone()),
            };
            VerificationKey::read(&jwk)
        });
        read.collect()
    }

    #[test]
    fn the_purpose_of_a_key_must_allow_verifying_signatures() {
        let pairs = SigningKey::of_each_kind();
        for (name, value) in [
            ("use", json!("sig")),
            ("use", Value::Null),
            ("alg", Value::Null),
            ("key_ops", json!(["verify"])),
            ("key_ops", json!(["sign", "verify"])),
            ("unknown", json!({"member": 1})),
        ] {
            assert!(
                with(&pairs, name, &value).iter().all(Result::is_ok),
                "{name} {value}"
            );
        }
        for (name, value) in [
            ("use", json!("enc")),
            ("use", json!("")),
            ("use", json!(["sig"])),
            ("alg", json!("RS512")),
            ("alg", json!("HS256")),
            ("alg", json!(1)),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!([])),
            ("key_ops", json!("verify")),
            ("key_ops", json!({"verify": "verify"})),
            ("kty", json!("oct")),
            ("kty", json!("rsa")),
            ("kty", Value::Null),
        ] {
            for read in with(&pairs, name, &value) {
                assert_eq!(read.err(), Some(UnfitKey::OtherPurpose), "{name} {value}");
            }
        }
        for value in [Value::Null, json!(7)] {
            for read in with(&pairs, "kid", &value) {
                assert_eq!(read.err(), Some(UnfitKey::NoId), "{value}");
            }
        }
    }

    #[test]
    fn a_null_purpose_counts_as_present() {
        let mut jwk = SigningKey::ec().jwk("k");
        for name in ["use", "key_ops", "alg"] {
            let before = jwk[name].take();
            assert_eq!(
                VerificationKey::read(&jwk).err(),
                Some(UnfitKey::OtherPurpose),
                "{name}"
            );
            jwk[name] = before;
            if jwk[name].is_null() {
                jwk.as_object_mut().unwrap().remove(name);
            }
        }
        assert!(VerificationKey::read(&jwk).is_ok());
    }

    #[test]
    fn an_rsa_key_has_2048_to_8192_bits_without_leading_zeros() {
        let read = |modulus: &[u8]| {
            let modulus = URL_SAFE_NO_PAD.encode(modulus);
            let jwk = json!({"kty": "RSA", "kid": "k", "n": modulus, "e": "AQAB"});
            VerificationKey::read(&jwk).err()
        };
        let modulus = |first: &[u8], rest: usize| [first, &vec![0xFF; rest]].concat();
        assert_eq!(read(&modulus(&[0x80], 255)), None);
        assert_eq!(read(&modulus(&[0, 0, 0x80], 255)), None);
        assert_eq!(read(&modulus(&[0xFF], 1_023)), None);
        for (first, rest, bits) in [
            (&[0xFF][..], 127, 1_024),
            (&[0x7F][..], 255, 2_047),
            (&[0, 0x7F][..], 255, 2_047),
            (&[0; 200][..], 56, 448),
            (&[0; 256][..], 0, 0),
            (&[][..], 0, 0),
            (&[1][..], 1_024, 8_193),
        ] {
            assert_eq!(read(&modulus(first, rest)), Some(UnfitKey::Size(bits)));
        }
    }

    #[test]
    fn coordinates_have_their_full_length() {
        let whole = URL_SAFE_NO_PAD.encode([1; 32]);
        for part in ["", "AA", "A", "!", &URL_SAFE_NO_PAD.encode([1; 33])] {
            for jwk in [
                json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": part, "y": whole}),
                json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": whole, "y": part}),
                json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": whole}),
                json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": part}),
                json!({"kty": "RSA", "kid": "k", "n": "!", "e": "AQAB"}),
                json!({"kty": "RSA", "kid": "k", "n": 1, "e": "AQAB"}),
            ] {
                assert_eq!(
                    VerificationKey::read(&jwk).err(),
                    Some(UnfitKey::Malformed),
                    "{jwk}"
                );
            }
        }
    }

    #[test]
    fn keys_for_other_purposes_are_ignored_in_a_set() {
        let mut encryption = SigningKey::ec().jwk("e");
        encryption["use"] = "enc".into();
        let set = json!({"keys": [SigningKey::ec().jwk("a"), encryption, {"kty": "new"}, 7, SigningKey::ed().jwk("b")]});
        let keys = read_set(set.to_string().as_bytes()).unwrap();
        let ids: Vec<_> = keys.iter().map(|key| &*key.id).collect();
        assert_eq!(ids, ["a", "b"]);
        for other in ["", "no", "[]", "{}", r#"{"keys": {}}"#] {
            assert!(read_set(other.as_bytes()).is_err(), "{other}");
        }
    }
}
