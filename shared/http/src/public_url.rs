//! The URL of the API as callers see it.

use std::net::IpAddr;

use axum::http::Uri;

/// The URL of the API without a trailing slash: scheme, host, and optionally a port and a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    path: String,
}

/// The text is not such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must begin with https://, or with http:// on a loopback address, and have no user, query, \
    fragment or trailing slash"
)]
pub struct InvalidPublicUrl;

impl PublicUrl {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidPublicUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidPublicUrl);
        };
        let host = authority.host();
        let secure = scheme == "https" || (scheme == "http" && is_loopback(host));
        let plain = !text.contains(['?', '#', '@', '\\']) && !text.ends_with('/');
        if !secure || !plain || host.is_empty() {
            return Err(InvalidPublicUrl);
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            // For a URL without a path, it is "/".
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the whole URL.
    pub fn base(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Returns the path, which is empty or begins with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Returns whether a host is a loopback address.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']);
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_must_use_https_unless_it_is_on_loopback() {
        for (text, path) in [
            ("https://directory.example", ""),
            ("https://directory.example:8443", ""),
            ("https://directory.example/iam/v1", "/iam/v1"),
            ("http://127.0.0.1:8080", ""),
            ("http://localhost", ""),
            ("http://[::1]:80/x", "/x"),
        ] {
            let url = PublicUrl::parse(text).unwrap();
            assert_eq!((url.base().as_str(), url.path()), (text, path));
        }
    }

    #[test]
    fn invalid_urls_are_rejected() {
        for text in [
            "",
            "directory.example",
            "/iam",
            "https://",
            "https:///iam",
            "http://directory.example",
            "http://127.0.0.1.directory.example",
            "ftp://directory.example",
            "https://directory.example/",
            "https://directory.example/iam/",
            "https://directory.example?a=b",
            "https://directory.example/iam?",
            "https://directory.example#a",
            "https://someone@directory.example",
            "https://directory.example/a b",
        ] {
            assert_eq!(PublicUrl::parse(text), Err(InvalidPublicUrl), "{text}");
        }
    }
}
