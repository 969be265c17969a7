//! What a key of the issuer has to be.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

use crate::limits;

/// Length of a coordinate of P-256 and of a key of Ed25519, in bytes.
const COORDINATE: usize = 32;

/// The form of a point of P-256 that states both coordinates (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A public key that verifies tokens with one algorithm.
#[derive(Clone)]
pub struct VerificationKey {
    id: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Why a key of a set is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitKey {
    /// Sets hold keys for other purposes too.
    #[error("it is not for the signatures of tokens")]
    OtherPurpose,
    /// A token could not name it.
    #[error("it has no kid")]
    NoId,
    /// Its parameters are missing or have the wrong form.
    #[error("it is malformed")]
    Malformed,
    /// Shorter keys are too weak, and longer ones too slow.
    #[error("its modulus has {0} bits")]
    Size(usize),
}

/// The answer of the issuer is not a JSON Web Key Set.
#[derive(Debug, thiserror::Error)]
#[error("the answer is not a set of keys")]
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
    /// Reads a key of a set (RFC 7517, 4). What it says of its purpose has to allow that it verifies
    /// signatures: `use`, if present, is `sig`; `key_ops`, if present, includes `verify`; `alg`, if
    /// present, is the algorithm that goes with its kind.
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

    /// Whether it has that id and is for that algorithm.
    pub fn is(&self, id: &str, algorithm: Algorithm) -> bool {
        self.id == id && self.algorithm == algorithm
    }

    /// Whether it made that signature, in base64url, of that message.
    pub fn verifies(&self, message: &str, signature: &str) -> bool {
        let verified = crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm);
        verified.unwrap_or(false)
    }
}

/// The keys of a set that verify tokens. The others are left out, including those of kinds that
/// are yet to be invented.
pub fn read_set(set: &[u8]) -> Result<Vec<VerificationKey>, NotASet> {
    let set: Value = serde_json::from_slice(set).map_err(|_| NotASet)?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or(NotASet)?;
    let fit = keys
        .iter()
        .filter_map(|jwk| match VerificationKey::read(jwk) {
            Ok(key) => Some(key),
            Err(UnfitKey::OtherPurpose) => None,
            Err(reason) => {
                tracing::warn!(%reason, "a key of the issuer is left out");
                None
            }
        });
    Ok(fit.collect())
}

/// The algorithm that goes with the kind of a key.
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

/// A number is as long as its first byte that is not zero says.
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

    /// Each key with that member, or without it if it is null.
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
    fn what_a_key_says_of_its_purpose_has_to_allow_signatures_of_tokens() {
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
    fn a_null_is_a_statement_too() {
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
    fn a_set_keeps_the_keys_that_fit() {
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
