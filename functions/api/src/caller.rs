//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use roster_domain::UserId;

use crate::api::Api;
use crate::clock;
use crate::gateway;
use crate::problem::{Kind, Problem};
use crate::throttle::{Asker, Attempt};

/// Who asks, as its token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A user of the directory.
    User(UserId),
    /// A service that may read everything, by the subject of its token.
    Service(String),
}

impl Caller {
    /// Whether it is a service.
    pub const fn is_service(&self) -> bool {
        matches!(self, Self::Service(_))
    }

    /// Whether it is that user.
    pub fn is(&self, user: &UserId) -> bool {
        matches!(self, Self::User(caller) if caller == user)
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let now = clock::since_1970();
        let address = gateway::source_address(&parts.extensions);
        let token = bearer(&parts.headers);
        let attempt = Attempt::new(address, token);
        api.throttle.admit(&attempt, now)?;
        let caller = match token {
            Some(token) => api.tokens.caller(token, now.as_secs()).await,
            None => Err(missing()),
        };
        match &caller {
            Ok(caller) => {
                if let Some(asker) = parts.extensions.get::<Asker>() {
                    asker.is(caller);
                }
                api.throttle.accept(&attempt, caller, now)?;
            }
            Err(problem) if problem.kind == Kind::Unauthorized => {
                api.throttle.failed(&attempt, now);
            }
            Err(_) => {}
        }
        caller
    }
}

/// The token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).into_iter();
    let (Some(header), None) = (given.next(), given.next()) else {
        return None;
    };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

fn missing() -> Problem {
    Problem::new(Kind::Unauthorized, "The request carries no token.")
}
