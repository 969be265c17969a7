//! Decodes the path of a request in the same way locally and behind API Gateway.
//!
//! A path is percent-decoded once, as a whole, before it is split at slashes. API Gateway does this
//! before it calls the function, so `%2F` and `/` cannot be distinguished there, and must mean the
//! same everywhere. Ids that a path cannot contain are passed in the query ([`crate::ids`]).

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::problem::Problem;

/// The characters to encode in a segment: all but the unreserved ones (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The characters that a decoded path must not contain. `%` indicates double encoding, `?` and `#`
/// end a path, and some clients and proxies convert `\` to `/`.
const AMBIGUOUS: [char; 4] = ['%', '?', '#', '\\'];

/// Why a request is rejected before routing.
#[derive(Debug, Clone)]
pub struct RefusedPath(pub Problem);

/// Decodes the path of a request for the router. A request with an ambiguous path is sent to
/// [`no_route`], which returns the reason.
pub fn decode_once(mut request: Request) -> Request {
    if request.extensions().get::<RefusedPath>().is_some() {
        return request;
    }
    match decoded(request.uri().path()) {
        Ok(path) => {
            let path = encoded(&path);
            if path != request.uri().path() {
                *request.uri_mut() = with_path(request.uri(), &path);
            }
        }
        Err(problem) => refuse(&mut request, problem),
    }
    request
}

/// Sends a request to [`no_route`] with the reason for its rejection.
pub fn refuse(request: &mut Request, problem: Problem) {
    *request.uri_mut() = Uri::from_static("/");
    request.extensions_mut().insert(RefusedPath(problem));
}

/// Handles requests that match no route.
pub async fn no_route(request: Request) -> Problem {
    let refused = request.extensions().get::<RefusedPath>();
    refused.map_or_else(Problem::not_found, |refused| refused.0.clone())
}

/// Percent-encodes the segments of a decoded path.
pub fn encoded(path: &str) -> String {
    let segments = path.split('/');
    let segments = segments.map(|segment| utf8_percent_encode(segment, RESERVED).to_string());
    segments.collect::<Vec<_>>().join("/")
}

/// Percent-decodes a path, and rejects an ambiguous one.
fn decoded(path: &str) -> Result<String, Problem> {
    // Invalid UTF-8 becomes a replacement character here, as it does in API Gateway.
    let path = percent_decode_str(path).decode_utf8_lossy();
    let Some(segments) = path.strip_prefix('/') else {
        return Err(refused("It must begin with a slash."));
    };
    let ambiguous =
        |c: char| AMBIGUOUS.contains(&c) || c.is_control() || c == char::REPLACEMENT_CHARACTER;
    if path.contains(ambiguous) {
        return Err(refused(
            "Once decoded, it must be UTF-8 without %, ?, #, \\, control or replacement characters.",
        ));
    }
    let mut segments = segments.split('/');
    if path != "/" && segments.any(|segment| ["", ".", ".."].contains(&segment)) {
        return Err(refused("A segment must not be empty, `.` or `..`."));
    }
    Ok(path.into_owned())
}

fn refused(reason: &str) -> Problem {
    let advice = "Pass an id with such characters as a query parameter with its name, and - in the \
                  path: /users/-?id=ID.";
    Problem::invalid("path", format!("The path is ambiguous. {reason} {advice}"))
}

/// Replaces the path of a URI.
fn with_path(uri: &Uri, path: &str) -> Uri {
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let Ok(path) = PathAndQuery::try_from(text) else {
        return Uri::from_static("/");
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.clone());
    Uri::from_parts(parts).unwrap_or_else(|_| Uri::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Result<String, Problem> {
        decoded(path).map(|path| encoded(&path))
    }

    #[test]
    fn paths_are_decoded_once_as_a_whole() {
        for (path, expected) in [
            ("/", "/"),
            ("/users/ada", "/users/ada"),
            ("/%75sers/a%64a", "/users/ada"),
            ("/users/a%2Fb", "/users/a/b"),
            ("/users%2fa", "/users/a"),
            ("/users/a+b&c=d", "/users/a%2Bb%26c%3Dd"),
            ("/users/{id}", "/users/%7Bid%7D"),
            ("/users/é%C3%A9", "/users/%C3%A9%C3%A9"),
            ("/users/...", "/users/..."),
        ] {
            assert_eq!(read(path), Ok(expected.to_owned()), "{path}");
        }
    }

    #[test]
    fn ambiguous_paths_are_rejected() {
        for path in [
            "",
            "*",
            "users",
            "//",
            "/users/",
            "/users//teams",
            "/users/%2F",
            "/.",
            "/..",
            "/users/%2e%2E",
            "/users/./teams",
            "/a%2523",
            "/a%",
            "/a%zz",
            "/a%3Fb",
            "/a%23",
            "/a\\b",
            "/a%5Cb",
            "/a%00",
            "/a%C2%85",
            "/a%FF",
            "/a%EF%BF%BD",
        ] {
            let problem = read(path).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("path"), "{path}");
            assert!(problem.detail.contains("query parameter"), "{path}");
        }
    }
}
