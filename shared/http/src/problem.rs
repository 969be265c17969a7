//! Errors as problem details (RFC 9457).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use roster_table::{ReadError, ServiceErrorKind};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Object, Ref, RefOr, ResponseBuilder, Type};
use utoipa::{IntoResponses, ToSchema};

use crate::limits;
use crate::throttle::whole_seconds;

/// What can be wrong, as far as a caller has to tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// Something in the request is missing or malformed.
    InvalidRequest,
    /// The cursor belongs to another question.
    ForeignCursor,
    /// The answer would take too many reads.
    TooMuchToRead,
    /// The request carries no token.
    NoToken,
    /// The header that should carry a token is malformed.
    MalformedAuthorization,
    /// The token does not hold.
    Unauthorized,
    /// The caller may not ask that.
    Forbidden,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// The path takes other methods.
    MethodNotAllowed,
    /// Several things have that id.
    Ambiguous,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is too large.
    BodyTooLarge,
    /// The headers are too large.
    HeadersTooLarge,
    /// The caller, or somebody at its address without a valid token, asks too often.
    TooManyRequests,
    /// The table or the issuer's keys cannot be reached.
    Unavailable,
    /// A mistake on our side.
    Internal,
}

/// An error that a caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// What is wrong in this case.
    pub detail: String,
    /// The parameter, or the place in the body, that is wrong.
    pub field: Option<String>,
    /// After how many seconds it is worth trying again.
    pub retry_after: Option<u64>,
}

/// The body of an error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// Stays the same for the same kind of error.
    pub r#type: String,
    /// The kind of error in words.
    pub title: &'static str,
    /// The status code.
    pub status: u16,
    /// What is wrong in this case.
    pub detail: String,
    /// The parameter, or the place in the body, that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// What to do.
    pub action: &'static str,
    /// Names the request in the log.
    pub request_id: String,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::InvalidRequest,
        Self::ForeignCursor,
        Self::TooMuchToRead,
        Self::NoToken,
        Self::MalformedAuthorization,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Ambiguous,
        Self::RequestTimeout,
        Self::BodyTooLarge,
        Self::HeadersTooLarge,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Code of the `type`, title, status, and what to do.
    const fn parts(self) -> (&'static str, &'static str, StatusCode, &'static str) {
        match self {
            Self::InvalidRequest | Self::MalformedAuthorization => (
                "invalid-request",
                "The request is not valid",
                StatusCode::BAD_REQUEST,
                "Correct the field and send the request again.",
            ),
            Self::ForeignCursor => (
                "foreign-cursor",
                "The cursor does not belong to this question",
                StatusCode::BAD_REQUEST,
                "Start without a cursor, and repeat the question as it was for the next page.",
            ),
            Self::TooMuchToRead => (
                "too-much-to-read",
                "The answer would take too many reads",
                StatusCode::BAD_REQUEST,
                "Ask for fewer evaluations, or for a shorter page.",
            ),
            Self::NoToken | Self::Unauthorized => (
                "unauthorized",
                "There is no valid token",
                StatusCode::UNAUTHORIZED,
                "Get a new token from the issuer and send it as `Authorization: Bearer TOKEN`.",
            ),
            Self::Forbidden => (
                "forbidden",
                "The caller may not ask this",
                StatusCode::FORBIDDEN,
                "Ask about yourself, or have an admin of the organization or a service ask.",
            ),
            Self::NotFound => (
                "not-found",
                "There is no such thing, or the caller may not see it",
                StatusCode::NOT_FOUND,
                "Check the id, and whether the caller is a member.",
            ),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                "The path takes other methods",
                StatusCode::METHOD_NOT_ALLOWED,
                "Use a method that the header Allow names.",
            ),
            Self::Ambiguous => (
                "ambiguous",
                "Several things have that id",
                StatusCode::CONFLICT,
                "Name the organization with the parameter organizationId.",
            ),
            Self::RequestTimeout => (
                "request-timeout",
                "The request did not arrive in time",
                StatusCode::REQUEST_TIMEOUT,
                "Send the request again, all of it at once.",
            ),
            Self::BodyTooLarge => (
                "body-too-large",
                "The body is too large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "Ask for less at a time.",
            ),
            Self::HeadersTooLarge => (
                "headers-too-large",
                "The headers are too large",
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Leave out headers that are not needed.",
            ),
            Self::TooManyRequests => (
                "too-many-requests",
                "There are too many requests",
                StatusCode::TOO_MANY_REQUESTS,
                "Send the request again after the seconds that the header Retry-After names.",
            ),
            Self::Unavailable => (
                "unavailable",
                "The directory cannot be asked now",
                StatusCode::SERVICE_UNAVAILABLE,
                "Send the request again after the seconds that the header Retry-After names.",
            ),
            Self::Internal => (
                "internal",
                "Something went wrong here",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Report the request id.",
            ),
        }
    }

    /// The status code of an answer.
    pub const fn status(self) -> StatusCode {
        self.parts().2
    }

    /// Whether the caller did not prove who it is.
    pub const fn is_of_credentials(self) -> bool {
        self.challenge().is_some()
    }

    /// What `WWW-Authenticate` says: a request without a token is told of no error (RFC 6750, 3).
    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some(r#"Bearer realm="roster""#),
            Self::MalformedAuthorization => {
                Some(r#"Bearer realm="roster", error="invalid_request""#)
            }
            Self::Unauthorized => Some(r#"Bearer realm="roster", error="invalid_token""#),
            _ => None,
        }
    }

    /// The stable `type`, a URN.
    pub fn urn(self) -> String {
        format!("urn:roster:problem:{}", self.parts().0)
    }
}

impl Problem {
    /// An error of that kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            field: None,
            retry_after: (kind == ProblemKind::Unavailable).then_some(1),
        }
    }

    /// Somebody asks too often, and may again after that time.
    pub fn too_many_requests(detail: &str, wait: Duration) -> Self {
        Self {
            retry_after: Some(whole_seconds(wait)),
            ..Self::new(ProblemKind::TooManyRequests, detail)
        }
    }

    /// Something is wrong with a parameter, or with a place in the body.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(ProblemKind::InvalidRequest, detail)
        }
    }

    /// What is not there and what the caller may not see look the same.
    pub fn not_found() -> Self {
        Self::new(
            ProblemKind::NotFound,
            "It does not exist, or the caller may not see it.",
        )
    }

    /// The caller may not ask that.
    pub fn forbidden(detail: &str) -> Self {
        Self::new(ProblemKind::Forbidden, detail)
    }

    /// The body of the answer.
    pub fn details(&self, request_id: String) -> ProblemDetails {
        let (_, title, status, action) = self.kind.parts();
        ProblemDetails {
            r#type: self.kind.urn(),
            title,
            status: status.as_u16(),
            detail: self.detail.clone(),
            field: self.field.clone(),
            action,
            request_id,
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Service(error) if error.kind == ServiceErrorKind::Refused => {
                tracing::error!(%error, "the table refused a request");
                Self::new(ProblemKind::Internal, "The table refused the question.")
            }
            ReadError::Service(error) => {
                tracing::warn!(%error, "the table did not answer");
                Self::new(ProblemKind::Unavailable, "The table does not answer.")
            }
            ReadError::Unreadable(error) => {
                tracing::error!(%error, "an item cannot be read");
                Self::new(
                    ProblemKind::Internal,
                    "An item in the table cannot be read.",
                )
            }
            ReadError::OverBudget => {
                let keys = limits::KEYS;
                let detail = format!("The answer would take more than {keys} keys of the table.");
                Self::new(ProblemKind::TooMuchToRead, detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    /// The body is written by [`crate::request::finish`], which knows the id of the request.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = self.kind.challenge() {
            let challenge = HeaderValue::from_static(challenge);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.kind == ProblemKind::RequestTimeout {
            // The rest of the body would be taken for the next request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The errors that any route may answer with.
#[derive(Debug)]
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let mut responses = BTreeMap::new();
        for kind in ProblemKind::ALL {
            let details = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(details)).build();
            let response = ResponseBuilder::new()
                .description(kind.parts().1)
                .content("application/problem+json", content);
            let response = documented_headers(kind).fold(response, |response, (name, text)| {
                let string = Object::with_type(Type::String);
                let header = HeaderBuilder::new()
                    .schema(Some(string))
                    .description(Some(text));
                response.header(name, header.build())
            });
            let status = kind.status().as_u16().to_string();
            responses
                .entry(status)
                .or_insert_with(|| response.build().into());
        }
        responses
    }
}

/// The headers of an error that say when to come back, and what they say.
fn documented_headers(kind: ProblemKind) -> impl Iterator<Item = (&'static str, &'static str)> {
    let retry = (
        "Retry-After",
        "Seconds after which to send the request again",
    );
    let policy = (
        "RateLimit-Policy",
        "What the caller may ask (`q`) in how many seconds (`w`); on every answer to a valid token",
    );
    let limit = (
        "RateLimit",
        "What is left of it (`r`) for how many seconds (`t`); on every answer to a valid token",
    );
    let headers = match kind {
        ProblemKind::TooManyRequests => vec![retry, policy, limit],
        ProblemKind::Unavailable => vec![retry],
        _ => Vec::new(),
    };
    headers.into_iter()
}
