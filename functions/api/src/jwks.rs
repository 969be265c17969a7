//! The keys of the issuer of tokens: fetched from its address, kept, and fetched again with care.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::Uri;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::limits;

/// Why there are no keys to be had. It is logged and told to nobody.
type Failure = Box<dyn std::error::Error + Send + Sync>;

type Fetch = dyn Fn() -> BoxFuture<'static, Result<Vec<Jwk>, Failure>> + Send + Sync;

/// The keys of an issuer.
pub struct Jwks {
    fetch: Box<Fetch>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Arc<Vec<Jwk>>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

/// The address cannot be one of keys that are to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAddress {
    /// It is no URL, or somebody in between could change what it answers.
    #[error("JWKS_URL must begin with https://, or with http:// on a loopback address")]
    Insecure,
    /// Without roots of trust nobody's certificate can be checked.
    #[error("cannot read the system's root certificates: {0}")]
    NoRoots(#[from] std::io::Error),
}

/// There are no keys, so no token can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKeys;

impl std::fmt::Debug for Jwks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwks").finish_non_exhaustive()
    }
}

impl Jwks {
    /// The keys at an address, which are fetched when they are first needed.
    pub fn at(url: &str) -> Result<Self, InvalidAddress> {
        let uri: Uri = url.parse().map_err(|_| InvalidAddress::Insecure)?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let secure = match uri.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => loopback,
            _ => false,
        };
        if !secure {
            return Err(InvalidAddress::Insecure);
        }
        let client = client()?;
        Ok(Self::fetched_by(move || {
            Box::pin(fetch(client.clone(), uri.clone()))
        }))
    }

    fn fetched_by(
        fetch: impl Fn() -> BoxFuture<'static, Result<Vec<Jwk>, Failure>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            fetch: Box::new(fetch),
            state: Mutex::default(),
        }
    }

    /// These keys, which need no fetching.
    #[cfg(test)]
    pub fn of(keys: Vec<Jwk>) -> Self {
        Self::fetched_by(move || {
            let keys = keys.clone();
            Box::pin(async move { Ok(keys) })
        })
    }

    /// The key of that id, if the issuer has one.
    pub async fn key(&self, id: &str) -> Result<Option<Jwk>, NoKeys> {
        self.key_at(id, Instant::now()).await
    }

    async fn key_at(&self, id: &str, now: Instant) -> Result<Option<Jwk>, NoKeys> {
        let mut state = self.state.lock().await;
        let found = find(&state.keys, id);
        let old = state
            .fetched
            .is_none_or(|at| now.duration_since(at) >= limits::KEYS_AGE);
        let pause = if state.fetched.is_none() {
            limits::NO_KEYS_PAUSE
        } else {
            limits::KEYS_PAUSE
        };
        let may_try = state.tried.is_none_or(|at| now.duration_since(at) >= pause);
        if !may_try || (found.is_some() && !old) {
            return match state.fetched {
                None => Err(NoKeys),
                Some(_) => Ok(found),
            };
        }
        // Others wait for this one try.
        state.tried = Some(now);
        match timeout(limits::KEYS_TIMEOUT, (self.fetch)()).await {
            Ok(Ok(keys)) => {
                state.keys = Arc::new(keys);
                state.fetched = Some(now);
            }
            Ok(Err(error)) => tracing::warn!(error, "cannot fetch the issuer's keys"),
            Err(_) => tracing::warn!("fetching the issuer's keys takes too long"),
        }
        match state.fetched {
            None => Err(NoKeys),
            Some(_) => Ok(find(&state.keys, id)),
        }
    }
}

fn find(keys: &[Jwk], id: &str) -> Option<Jwk> {
    let found = keys
        .iter()
        .find(|key| key.common.key_id.as_deref() == Some(id));
    found.cloned()
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Body>;

fn client() -> Result<HttpClient, InvalidAddress> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(provider)?
        .https_or_http() // `Jwks::at` lets http through on loopback only.
        .enable_http1()
        .build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

/// Redirects are not followed: they would lead to an address that nobody checked.
async fn fetch(client: HttpClient, uri: Uri) -> Result<Vec<Jwk>, Failure> {
    let response = client.get(uri).await?;
    if !response.status().is_success() {
        return Err(format!("the answer is {}", response.status()).into());
    }
    let body = Limited::new(response.into_body(), limits::KEYS_SIZE);
    read(&body.collect().await?.to_bytes())
}

/// The keys for signatures in a set. Others, and those of kinds that are yet to come, are left out.
fn read(set: &[u8]) -> Result<Vec<Jwk>, Failure> {
    let set: Value = serde_json::from_slice(set)?;
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or("the answer is no set of keys")?.iter();
    let keys = keys.filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
    let for_signatures = |key: &Jwk| {
        matches!(
            key.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        )
    };
    Ok(keys.filter(for_signatures).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    const SET: &str = r#"{"keys": [
        {"kty": "EC", "crv": "P-256", "kid": "a", "use": "sig", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "kid": "e", "use": "enc", "x": "AA", "y": "AA"},
        {"kty": "new", "kid": "n"}, 7]}"#;

    fn counted(fails: usize) -> (Jwks, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let jwks = Jwks::fetched_by(move || {
            let nth = counter.fetch_add(1, Ordering::Relaxed);
            let answer = if nth < fails { "no" } else { SET };
            Box::pin(async move { read(answer.as_bytes()) })
        });
        (jwks, count)
    }

    #[test]
    fn an_address_is_https_unless_it_is_on_loopback() {
        for url in [
            "https://issuer.example/keys",
            "http://127.0.0.1:1/k",
            "http://[::1]/k",
        ] {
            assert!(Jwks::at(url).is_ok(), "{url}");
        }
        for url in [
            "http://issuer.example/keys",
            "file:///keys",
            "keys",
            "http://127.0.0.1.x/k",
        ] {
            assert!(
                matches!(Jwks::at(url), Err(InvalidAddress::Insecure)),
                "{url}"
            );
        }
    }

    #[tokio::test]
    async fn keys_are_fetched_once_and_for_an_unknown_one_once_a_minute() {
        let (jwks, count) = counted(0);
        let mut now = Instant::now();
        for _ in 0..5 {
            assert!(jwks.key_at("a", now).await.unwrap().is_some());
            assert_eq!(jwks.key_at("x", now).await, Ok(None));
            assert_eq!(
                jwks.key_at("e", now).await,
                Ok(None),
                "a key for encryption"
            );
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
        now += limits::KEYS_PAUSE;
        assert!(jwks.key_at("a", now).await.unwrap().is_some());
        assert_eq!(
            count.load(Ordering::Relaxed),
            1,
            "a known key needs no fetching"
        );
        for _ in 0..5 {
            assert_eq!(jwks.key_at("x", now).await, Ok(None));
        }
        assert_eq!(count.load(Ordering::Relaxed), 2);
        now += limits::KEYS_AGE;
        assert!(jwks.key_at("a", now).await.unwrap().is_some());
        assert_eq!(count.load(Ordering::Relaxed), 3, "keys get old");
    }

    #[tokio::test]
    async fn without_any_keys_they_are_tried_once_a_second() {
        let (jwks, count) = counted(2);
        let mut now = Instant::now();
        for tries in 1..3 {
            for _ in 0..5 {
                assert_eq!(jwks.key_at("a", now).await, Err(NoKeys));
            }
            assert_eq!(count.load(Ordering::Relaxed), tries);
            now += Duration::from_secs(1);
        }
        assert!(jwks.key_at("a", now).await.unwrap().is_some());
    }
}
