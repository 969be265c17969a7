//! The caller of a request.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use roster_domain::UserId;

use crate::clock;
use crate::gate::Gate;
use crate::peer;
use crate::problem::{Problem, ProblemKind};
use crate::throttle::{Attempt, IdentifiedCaller};

/// The caller that the access token identifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A user of the directory.
    User(UserId),
    /// A service that may read everything, identified by the subject of its token.
    Service(String),
}

impl Caller {
    /// Returns whether the caller is a service.
    pub const fn is_service(&self) -> bool {
        matches!(self, Self::Service(_))
    }

    /// Returns whether the caller is this user.
    pub fn is(&self, user: &UserId) -> bool {
        matches!(self, Self::User(caller) if caller == user)
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Gate: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let gate = Gate::from_ref(state);
        let now = clock::since_1970();
        let address = peer::source_address(&parts.extensions);
        let token = bearer(&parts.headers);
        let attempt = Attempt::new(address, token.as_ref().ok().copied());
        gate.throttle.admit(&attempt, now)?;
        let caller = match token {
            Ok(token) => gate.tokens.caller(token, now.as_secs()).await,
            Err(problem) => Err(problem),
        };
        match &caller {
            Ok(caller) => {
                if let Some(asker) = parts.extensions.get::<IdentifiedCaller>() {
                    asker.is(caller);
                }
                gate.throttle.accept(&attempt, caller, now)?;
            }
            Err(problem) if problem.kind.is_of_credentials() => {
                gate.throttle.failed(&attempt, now);
            }
            Err(_) => {}
        }
        caller
    }
}

/// Returns the bearer token of a request (RFC 6750, 2.1 and 3.1).
///
/// A request without the header, or with another scheme, returns 401 without an error code. A
/// duplicate header, or a scheme without a token, returns 400 (`invalid_request`). API Gateway
/// joins duplicate headers with a comma, which no token contains, so the response is the same
/// there.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).into_iter();
    let no_token = || Problem::new(ProblemKind::NoToken, "The request has no access token.");
    let header = given.next().ok_or_else(no_token)?;
    if given.next().is_some() {
        return Err(malformed());
    }
    let text = header.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(no_token());
    }
    let token = token.trim();
    is_token(token).then_some(token).ok_or_else(malformed)
}

/// Returns whether a text has the form `b64token` (RFC 6750, 2.1).
fn is_token(text: &str) -> bool {
    let begin = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !begin.is_empty() && begin.bytes().all(allowed)
}

fn malformed() -> Problem {
    Problem {
        field: Some("Authorization".to_owned()),
        ..Problem::new(
            ProblemKind::MalformedAuthorization,
            "Expected a single header `Authorization: Bearer TOKEN`.",
        )
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> Result<String, ProblemKind> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value).unwrap();
            headers.append(header::AUTHORIZATION, value);
        }
        let token = bearer(&headers).map(ToOwned::to_owned);
        token.map_err(|problem| problem.kind)
    }

    #[test]
    fn the_token_is_read_from_a_single_header_with_the_bearer_scheme() {
        for header in [
            "Bearer a.b-c_~+/==",
            "bearer a.b-c_~+/==",
            "BEARER   a.b-c_~+/==",
        ] {
            assert_eq!(
                read(&[header.as_bytes()]).as_deref(),
                Ok("a.b-c_~+/=="),
                "{header}"
            );
        }
        assert_eq!(read(&[]), Err(ProblemKind::NoToken));
        for header in ["", "Basic YTpi", "Basic", "a.b.c", "Bearera", "Bearer,a"] {
            assert_eq!(
                read(&[header.as_bytes()]),
                Err(ProblemKind::NoToken),
                "{header}"
            );
        }
        for header in [
            "Bearer",
            "Bearer ",
            "Bearer =",
            "Bearer a b",
            "Bearer a,Bearer a",
            "Bearer a, b",
        ] {
            let refused = read(&[header.as_bytes()]);
            assert_eq!(
                refused,
                Err(ProblemKind::MalformedAuthorization),
                "{header}"
            );
        }
        for headers in [
            &[b"Bearer a".as_slice(), b"Bearer a"][..],
            &[b"Bearer a", b"Basic YTpi"],
            &[b"Basic YTpi", b"Bearer a"],
            &[b"Bearer \xFF"],
        ] {
            assert_eq!(
                read(headers),
                Err(ProblemKind::MalformedAuthorization),
                "{headers:?}"
            );
        }
    }
}
