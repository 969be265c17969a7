//! Fetches an issuer's keys from their URL.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::Uri;
use http_body_util::{BodyExt, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::auth::keys::{VerificationKey, read_set};
use crate::limits;

/// Why the keys could not be fetched. It is logged and not returned to callers.
pub type FetchError = Box<dyn std::error::Error + Send + Sync>;

/// Keys cannot be fetched from a URL.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAddress {
    /// It is not a URL, or a third party could tamper with the response.
    #[error("the URL of the keys must begin with https://, or with http:// on a loopback address")]
    Insecure,
    /// Without root certificates, no server certificate can be verified.
    #[error("cannot read the system's root certificates: {0}")]
    NoRoots(#[from] std::io::Error),
}

/// A client that fetches keys, for all issuers.
#[derive(Debug, Clone)]
pub struct KeyClient {
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

/// The URL of the keys and a client to fetch them.
#[derive(Debug, Clone)]
pub struct Address {
    uri: Uri,
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl KeyClient {
    /// Creates a client that trusts the system's root certificates.
    pub fn new() -> Result<Self, InvalidAddress> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)?
            .https_or_http() // `Address::check` allows http on loopback only.
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client })
    }

    /// Checks a URL.
    pub fn at(&self, url: &str) -> Result<Address, InvalidAddress> {
        Ok(Address {
            uri: Address::check(url)?,
            client: self.client.clone(),
        })
    }
}

impl Address {
    /// Returns the URL if it is a trustworthy source of keys.
    pub fn check(url: &str) -> Result<Uri, InvalidAddress> {
        let uri: Uri = url.parse().map_err(|_| InvalidAddress::Insecure)?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let secure = match uri.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => loopback,
            _ => false,
        };
        secure.then_some(uri).ok_or(InvalidAddress::Insecure)
    }

    /// Fetches the keys. Redirects are not followed, since their target has not been checked.
    pub async fn keys(self) -> Result<Vec<VerificationKey>, FetchError> {
        let response = self.client.get(self.uri).await?;
        if !response.status().is_success() {
            return Err(format!("the issuer returned {}", response.status()).into());
        }
        let body = Limited::new(response.into_body(), limits::KEYS_SIZE);
        Ok(read_set(&body.collect().await?.to_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_must_use_https_unless_it_is_on_loopback() {
        for url in [
            "https://issuer.example/keys",
            "http://127.0.0.1:1/k",
            "http://[::1]/k",
        ] {
            assert!(Address::check(url).is_ok(), "{url}");
        }
        for url in [
            "http://issuer.example/keys",
            "file:///keys",
            "keys",
            "http://127.0.0.1.x/k",
        ] {
            let refused = Address::check(url);
            assert!(matches!(refused, Err(InvalidAddress::Insecure)), "{url}");
        }
    }
}
