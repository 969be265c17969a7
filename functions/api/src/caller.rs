//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use roster_domain::UserId;

use crate::api::Api;
use crate::clock;
use crate::problem::{Kind, Problem};

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
        let missing = || Problem::new(Kind::Unauthorized, "The request carries no token.");
        let mut given = parts.headers.get_all(header::AUTHORIZATION).into_iter();
        let (Some(header), None) = (given.next(), given.next()) else {
            return Err(missing());
        };
        let (scheme, token) = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(missing());
        }
        api.tokens.caller(token.trim(), clock::now()).await
    }
}
