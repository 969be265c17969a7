//! The one reading of a request's path, on a machine of one's own and behind API Gateway.
//!
//! A path is percent-decoded once, as a whole, before anything looks for slashes in it. That is
//! what API Gateway does before the function is called, so `%2F` and `/` cannot be told apart
//! there, and must mean the same everywhere. Ids that this reading cannot carry go by the query
//! ([`crate::ids`]).

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::problem::Problem;

/// What is encoded in a segment: everything but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What no decoded path holds. `%` would show that something was encoded twice, `?` and `#` end a
/// path, and some clients and proxies turn `\` into `/`.
const AMBIGUOUS: [char; 4] = ['%', '?', '#', '\\'];

/// Why a request is refused before a route is looked for.
#[derive(Debug, Clone)]
pub struct RefusedPath(pub Problem);

/// Gives a request the path that the router reads. A path that could be read in two ways leads to
/// [`no_route`], which answers with the reason.
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

/// Sends a request to [`no_route`] with the reason for its refusal.
pub fn refuse(request: &mut Request, problem: Problem) {
    *request.uri_mut() = Uri::from_static("/");
    request.extensions_mut().insert(RefusedPath(problem));
}

/// Answers a request that no route takes.
pub async fn no_route(request: Request) -> Problem {
    let refused = request.extensions().get::<RefusedPath>();
    refused.map_or_else(Problem::not_found, |refused| refused.0.clone())
}

/// Encodes a decoded path, segment by segment.
pub fn encoded(path: &str) -> String {
    let segments = path.split('/');
    let segments = segments.map(|segment| utf8_percent_encode(segment, RESERVED).to_string());
    segments.collect::<Vec<_>>().join("/")
}

/// Decodes a path, and refuses one that does not say a single thing.
fn decoded(path: &str) -> Result<String, Problem> {
    // What is not UTF-8 is a replacement character here, as in what API Gateway hands over.
    let path = percent_decode_str(path).decode_utf8_lossy();
    let Some(segments) = path.strip_prefix('/') else {
        return Err(refused("It begins with a slash."));
    };
    let ambiguous =
        |c: char| AMBIGUOUS.contains(&c) || c.is_control() || c == char::REPLACEMENT_CHARACTER;
    if path.contains(ambiguous) {
        return Err(refused(
            "Once decoded it is UTF-8 without %, ?, #, \\, and control and replacement characters.",
        ));
    }
    let mut segments = segments.split('/');
    if path != "/" && segments.any(|segment| ["", ".", ".."].contains(&segment)) {
        return Err(refused("A segment must not be empty, `.` or `..`."));
    }
    Ok(path.into_owned())
}

fn refused(reason: &str) -> Problem {
    let advice = "Pass an id that needs this as the query parameter of its name, with - in the \
                  path: /users/-?id=ID.";
    Problem::invalid("path", format!("The path is ambiguous. {reason} {advice}"))
}

/// The same address with another path.
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
    fn a_path_is_decoded_once_as_a_whole() {
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
    fn a_path_with_two_readings_is_refused() {
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
