//! Which web pages may read responses (CORS, as defined by the Fetch standard).
//!
//! Pages send their token explicitly, so credentials stored by the browser are not allowed.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::gate::Gate;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, If-None-Match, X-Request-ID");
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static(
    "ETag, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-ID",
);

/// How long a browser may cache a preflight response, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// The origins whose pages may read responses. With none, responses have no CORS headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors(Vec<HeaderValue>);

/// The text is not an origin as browsers send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be origins separated by commas, each https:// or http:// with a host in lower case, without \
    a path and without the scheme's default port"
)]
pub struct InvalidOrigin;

impl Cors {
    /// Parses origins separated by commas.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let origins = text
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty());
        origins.map(origin).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the origin of a request if it is allowed.
    fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.0.contains(origin).then_some(origin)
    }

    /// Returns the headers with which a browser lets a page read the response to `request`.
    pub fn of_answer(&self, request: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(origin) = self.allowed(request) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
        if !self.0.is_empty() {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        headers
    }
}

/// Answers preflight requests, which browsers send without a token.
pub async fn preflight(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_preflight = request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight || gate.cors.allowed(headers).is_none() {
        return next.run(request).await;
    }
    let answer: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    (StatusCode::NO_CONTENT, answer).into_response()
}

fn origin(text: &str) -> Result<HeaderValue, InvalidOrigin> {
    let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
    let default_port = match uri.scheme_str() {
        Some("https") => ":443",
        Some("http") => ":80",
        _ => return Err(InvalidOrigin),
    };
    let host = uri.authority().ok_or(InvalidOrigin)?.as_str();
    let exact = text
        .rsplit_once("://")
        .is_some_and(|(_, rest)| rest == host);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    if !exact || !host.chars().all(plain) || host.ends_with(default_port) {
        return Err(InvalidOrigin);
    }
    HeaderValue::from_str(text).map_err(|_| InvalidOrigin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_must_be_as_browsers_send_them() {
        let two = Cors::parse("https://app.example, http://localhost:3000,").unwrap();
        assert_eq!(two.0, ["https://app.example", "http://localhost:3000"]);
        assert_eq!(Cors::parse(" "), Ok(Cors::default()));
        for text in [
            "*",
            "null",
            "app.example",
            "https://*.app.example",
            "https://app.example/",
            "https://app.example/a",
            "https://app.example?a",
            "https://App.example",
            "https://someone@app.example",
            "https://app.example:443",
            "http://app.example:80",
            "ftp://app.example",
            "https://app.example https://other.example",
        ] {
            assert_eq!(Cors::parse(text), Err(InvalidOrigin), "{text}");
        }
    }

    #[test]
    fn only_allowed_origins_get_cors_headers() {
        let cors = Cors::parse("https://app.example").unwrap();
        let told = |cors: &Cors, origin: &'static str| {
            let origin = (header::ORIGIN, HeaderValue::from_static(origin));
            let answer = cors.of_answer(&HeaderMap::from_iter([origin]));
            let allowed = answer.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
            (allowed, answer.contains_key(header::VARY))
        };
        let allowed = HeaderValue::from_static("https://app.example");
        assert_eq!(told(&cors, "https://app.example"), (Some(allowed), true));
        for other in ["https://other.example", "http://app.example", "null", "*"] {
            assert_eq!(told(&cors, other), (None, true), "{other}");
        }
        let none = Cors::default();
        assert_eq!(told(&none, "https://app.example"), (None, false));
        assert_eq!(cors.of_answer(&HeaderMap::new()).len(), 1, "Vary alone");
    }
}
