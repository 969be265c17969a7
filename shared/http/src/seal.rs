//! Cursors and page tokens: encrypted, authenticated, and valid for one caller and one request.
//!
//! A token contains a position in a list, which names an entity that the caller may not be allowed
//! to see. Therefore it is encrypted with AES-256-GCM-SIV (RFC 8452), which is safe with random
//! nonces; the caller and the request are its associated data; and all tokens have the same length.
//! It expires after [`limits::TOKEN_LIFETIME`].
//!
//! The key is derived for each day from a root key: `HMAC-SHA-256(root, "roster page tokens, day
//! N")`. When deployed, the root is a KMS key that only generates MACs and never leaves KMS, and
//! each execution environment calls KMS once a day. So keys rotate daily without state, and all
//! environments agree.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Mutex;

use crate::auth::Caller;
use crate::limits;
use crate::problem::{Problem, ProblemKind};

const DAY: u64 = 24 * 60 * 60;

/// Size of the expiry time before a position, in bytes.
const EXPIRY: usize = 8;

/// Size of a token before base64, in bytes: nonce, padded contents, tag.
const SEALED: usize = NONCE_LEN + EXPIRY + limits::PLACE + 16;

/// Encrypts and decrypts positions.
#[derive(Debug)]
pub struct Sealer {
    root: Root,
    keys: Mutex<BTreeMap<u64, Arc<RandomizedNonceKey>>>,
}

/// The root from which keys are derived.
enum Root {
    Kms {
        client: aws_sdk_kms::Client,
        key_id: String,
    },
    Fresh(Box<hmac::Key>),
}

/// The caller and the request that a token is valid for.
#[derive(Debug)]
pub struct Purpose {
    associated: Vec<u8>,
}

/// The system's random number generator failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random number generator failed")]
pub struct NoRandomness;

impl Purpose {
    /// Binds a token to a caller and the parts of a request.
    pub fn new(caller: &Caller, question: &[&str]) -> Self {
        let (kind, id) = match caller {
            Caller::User(user) => ("user", user.as_str()),
            Caller::Service(subject) => ("service", subject.as_str()),
        };
        let mut associated = Vec::new();
        for part in [kind, id].iter().chain(question) {
            // The length comes first, so that different lists of parts have different bytes.
            associated.extend((part.len() as u64).to_be_bytes());
            associated.extend(part.as_bytes());
        }
        Self { associated }
    }
}

impl Sealer {
    /// Creates a sealer with a root key in KMS: an `HMAC_SHA_256` key for which the function has
    /// permission to call `kms:GenerateMac`.
    pub fn with_kms(config: &SdkConfig, key_id: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(roster_table::CONNECT_TIMEOUT)
            .operation_attempt_timeout(roster_table::ATTEMPT_TIMEOUT);
        let config = aws_sdk_kms::config::Builder::from(config).timeout_config(timeouts.build());
        let client = aws_sdk_kms::Client::from_conf(config.build());
        Self::new(Root::Kms { client, key_id })
    }

    /// Creates a sealer with a random root key. Other processes cannot read its tokens.
    pub fn fresh() -> Result<Self, NoRandomness> {
        let mut root = [0; 32];
        let filled = SystemRandom::new().fill(&mut root);
        filled.map_err(|_| NoRandomness)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &root);
        Ok(Self::new(Root::Fresh(Box::new(key))))
    }

    fn new(root: Root) -> Self {
        Self {
            root,
            keys: Mutex::default(),
        }
    }

    /// Returns a token for a position. `now` is in seconds since 1970.
    pub async fn seal(&self, purpose: &Purpose, place: &str, now: u64) -> Result<String, Problem> {
        let failed = || {
            tracing::error!(bytes = place.len(), "cannot encrypt a page token");
            Problem::new(
                ProblemKind::Internal,
                "The token of the next page cannot be created.",
            )
        };
        let length = u16::try_from(place.len()).map_err(|_| failed())?;
        let mut contents = (now + limits::TOKEN_LIFETIME).to_be_bytes().to_vec();
        contents.extend(length.to_be_bytes());
        contents.extend(place.as_bytes());
        if contents.len() > EXPIRY + limits::PLACE {
            return Err(failed());
        }
        contents.resize(EXPIRY + limits::PLACE, 0);
        let key = self.key(now / DAY).await?;
        let aad = Aad::from(purpose.associated.as_slice());
        let nonce = key.seal_in_place_append_tag(aad, &mut contents);
        let nonce = nonce.map_err(|_| failed())?;
        let sealed = [nonce.as_ref().as_slice(), &contents].concat();
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Returns the position in a token, if it has the same purpose and has not expired.
    pub async fn open(&self, purpose: &Purpose, token: &str, now: u64) -> Result<String, Problem> {
        let sealed = URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| foreign_cursor())?;
        if sealed.len() != SEALED {
            return Err(foreign_cursor());
        }
        let (today, yesterday) = (now / DAY, now.saturating_sub(limits::TOKEN_LIFETIME) / DAY);
        let mut days = vec![today, yesterday];
        days.dedup();
        for day in days {
            let key = self.key(day).await?;
            if let Some(place) = opened(&key, purpose, &sealed, now) {
                return Ok(place);
            }
        }
        Err(foreign_cursor())
    }

    async fn key(&self, day: u64) -> Result<Arc<RandomizedNonceKey>, Problem> {
        // Concurrent requests wait for the one that derives the key.
        let mut keys = self.keys.lock().await;
        if let Some(key) = keys.get(&day) {
            return Ok(Arc::clone(key));
        }
        let bytes = self.root.derive(day).await?;
        let key = RandomizedNonceKey::new(&AES_256_GCM_SIV, &bytes);
        let key = Arc::new(key.map_err(|_| unavailable())?);
        keys.retain(|other, _| other + 1 >= day);
        keys.insert(day, Arc::clone(&key));
        Ok(key)
    }
}

impl Root {
    async fn derive(&self, day: u64) -> Result<Vec<u8>, Problem> {
        let message = format!("roster page tokens, day {day}");
        match self {
            Self::Fresh(key) => Ok(hmac::sign(key, message.as_bytes()).as_ref().to_vec()),
            Self::Kms { client, key_id } => {
                let made = client
                    .generate_mac()
                    .key_id(key_id)
                    .mac_algorithm(MacAlgorithmSpec::HmacSha256)
                    .message(Blob::new(message))
                    .send()
                    .await;
                let made = made.map_err(|error| {
                    let error = roster_table::causes(&error);
                    tracing::error!(error, "KMS failed to derive the key of page tokens");
                    unavailable()
                })?;
                let mac = made.mac.ok_or_else(unavailable)?;
                Ok(mac.into_inner())
            }
        }
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kms { .. } => "Kms",
            Self::Fresh(_) => "Fresh",
        })
    }
}

fn opened(key: &RandomizedNonceKey, purpose: &Purpose, sealed: &[u8], now: u64) -> Option<String> {
    let (nonce, contents) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut contents = contents.to_vec();
    let aad = Aad::from(purpose.associated.as_slice());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let contents = key.open_in_place(nonce, aad, &mut contents).ok()?;
    let (expires, contents) = contents.split_first_chunk::<EXPIRY>()?;
    let (length, contents) = contents.split_first_chunk::<2>()?;
    if u64::from_be_bytes(*expires) <= now {
        return None;
    }
    let place = contents.get(..usize::from(u16::from_be_bytes(*length)))?;
    String::from_utf8(place.to_vec()).ok()
}

fn unavailable() -> Problem {
    Problem::new(
        ProblemKind::Unavailable,
        "The key for page tokens is temporarily unavailable.",
    )
}

/// The error for a token that is malformed, has expired, or belongs to another caller or request.
pub fn foreign_cursor() -> Problem {
    let detail = "It was not issued to this caller for this request, or it has expired.";
    Problem {
        field: Some("cursor".to_owned()),
        ..Problem::new(ProblemKind::ForeignCursor, detail)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use roster_domain::UserId;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn user(id: &str) -> Caller {
        Caller::User(UserId::parse(id).unwrap())
    }

    #[tokio::test]
    async fn a_token_is_valid_for_its_own_caller_and_request_only() {
        let sealer = Sealer::fresh().unwrap();
        let question = ["organization", "acme", "users"];
        let purpose = Purpose::new(&user("ada"), &question);
        let token = sealer.seal(&purpose, "USER#bob", NOW).await.unwrap();
        let opened = sealer.open(&purpose, &token, NOW).await;
        assert_eq!(opened.unwrap(), "USER#bob");
        for (caller, question) in [
            (user("bob"), &question[..]),
            (Caller::Service("ada".to_owned()), &question),
            (user("ada"), &["organization", "acme", "teams"]),
            (user("ada"), &["organization", "acmeusers", ""]),
            (user("ada"), &["organization", "acme"]),
            (user("ada"), &[]),
        ] {
            let other = Purpose::new(&caller, question);
            assert_eq!(
                sealer.open(&other, &token, NOW).await,
                Err(foreign_cursor())
            );
        }
        let another = Sealer::fresh().unwrap();
        assert_eq!(
            another.open(&purpose, &token, NOW).await,
            Err(foreign_cursor())
        );
    }

    #[tokio::test]
    async fn a_token_modified_anywhere_is_rejected() {
        let sealer = Sealer::fresh().unwrap();
        let purpose = Purpose::new(&user("ada"), &["q"]);
        let token = sealer.seal(&purpose, "USER#bob", NOW).await.unwrap();
        let sealed = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(
                sealer.open(&purpose, &changed, NOW).await,
                Err(foreign_cursor())
            );
        }
        let (shorter, longer) = (token.get(4..).unwrap(), format!("{token}AAAA"));
        for text in ["", "AA", "not base64!", shorter, &longer] {
            assert_eq!(
                sealer.open(&purpose, text, NOW).await,
                Err(foreign_cursor())
            );
        }
    }

    #[tokio::test]
    async fn tokens_have_the_same_length_and_never_repeat() {
        let sealer = Sealer::fresh().unwrap();
        let purpose = Purpose::new(&user("ada"), &["q"]);
        let mut tokens = BTreeSet::new();
        for length in [0, 1, 1, 100, limits::PLACE - 2] {
            let place = "x".repeat(length);
            let token = sealer.seal(&purpose, &place, NOW).await.unwrap();
            assert_eq!(sealer.open(&purpose, &token, NOW).await.unwrap(), place);
            tokens.insert(token);
        }
        let lengths: BTreeSet<_> = tokens.iter().map(String::len).collect();
        assert_eq!((tokens.len(), lengths.len()), (5, 1));
        let too_long = "x".repeat(limits::PLACE - 1);
        let refused = sealer.seal(&purpose, &too_long, NOW).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Internal);
    }

    #[tokio::test]
    async fn a_token_is_valid_for_an_hour_even_over_midnight_and_old_keys_are_dropped() {
        let sealer = Sealer::fresh().unwrap();
        let purpose = Purpose::new(&user("ada"), &["q"]);
        let midnight = NOW / DAY * DAY + DAY;
        for made in [NOW, midnight - 1, midnight, midnight + 10 * DAY] {
            let token = sealer.seal(&purpose, "p", made).await.unwrap();
            let last = made + limits::TOKEN_LIFETIME - 1;
            assert_eq!(sealer.open(&purpose, &token, last).await.unwrap(), "p");
            let late = sealer.open(&purpose, &token, last + 1).await;
            assert_eq!(late, Err(foreign_cursor()));
        }
        assert!(sealer.keys.lock().await.len() <= 2);
    }
}
