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

/// The kinds of errors that callers can distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A part of the request is missing or malformed.
    InvalidRequest,
    /// The cursor belongs to another request.
    ForeignCursor,
    /// The request would read too many keys.
    TooMuchToRead,
    /// The request has no token.
    NoToken,
    /// The `Authorization` header is malformed.
    MalformedAuthorization,
    /// The token is invalid.
    Unauthorized,
    /// The user of the token is deactivated.
    Deactivated,
    /// The caller is not allowed to make the request.
    Forbidden,
    /// The resource does not exist, or the caller may not see it.
    NotFound,
    /// The path does not allow the method.
    MethodNotAllowed,
    /// Several teams have the id.
    Ambiguous,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is too large.
    BodyTooLarge,
    /// The headers are too large.
    HeadersTooLarge,
    /// The caller, or clients without a valid token at its address, exceeded the rate limit.
    TooManyRequests,
    /// The table or the issuer's keys cannot be reached.
    Unavailable,
    /// A bug or misconfiguration of the API.
    Internal,
}

/// An error that is returned to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind of error.
    pub kind: ProblemKind,
    /// What is wrong in this case.
    pub detail: String,
    /// The parameter, or the place in the body, that is wrong.
    pub field: Option<String>,
    /// The number of seconds after which to retry.
    pub retry_after: Option<u64>,
}

/// The body of an error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// The stable identifier of the kind of error.
    pub r#type: String,
    /// A description of the kind of error.
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
    /// Identifies the request in the log.
    pub request_id: String,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: [Self; 17] = [
        Self::InvalidRequest,
        Self::ForeignCursor,
        Self::TooMuchToRead,
        Self::NoToken,
        Self::MalformedAuthorization,
        Self::Unauthorized,
        Self::Deactivated,
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

    /// Returns the code of the `type`, the title, the status, and what to do.
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
                "The cursor does not belong to this request",
                StatusCode::BAD_REQUEST,
                "Start again without a cursor, and change only the cursor for each further page.",
            ),
            Self::TooMuchToRead => (
                "too-much-to-read",
                "The request would read too much",
                StatusCode::BAD_REQUEST,
                "Send fewer evaluations, or request a shorter page.",
            ),
            Self::NoToken | Self::Unauthorized => (
                "unauthorized",
                "The request has no valid token",
                StatusCode::UNAUTHORIZED,
                "Get a new token from the issuer and send it as `Authorization: Bearer TOKEN`.",
            ),
            Self::Deactivated => (
                "deactivated",
                "The user is deactivated",
                StatusCode::UNAUTHORIZED,
                "Let an administrator activate the user. A new token does not help.",
            ),
            Self::Forbidden => (
                "forbidden",
                "The caller is not allowed to make this request",
                StatusCode::FORBIDDEN,
                "Ask only about yourself, or let an organization admin or a service make the request.",
            ),
            Self::NotFound => (
                "not-found",
                "The resource does not exist, or the caller may not see it",
                StatusCode::NOT_FOUND,
                "Check the id, and whether the caller is a member of the organization.",
            ),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                "The path does not allow this method",
                StatusCode::METHOD_NOT_ALLOWED,
                "Use a method listed in the Allow header.",
            ),
            Self::Ambiguous => (
                "ambiguous",
                "Several teams have this id",
                StatusCode::CONFLICT,
                "Name the organization with the parameter organizationId.",
            ),
            Self::RequestTimeout => (
                "request-timeout",
                "The request did not arrive in time",
                StatusCode::REQUEST_TIMEOUT,
                "Retry, and send the whole request without delay.",
            ),
            Self::BodyTooLarge => (
                "body-too-large",
                "The body is too large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "Send a smaller request, for example with fewer evaluations.",
            ),
            Self::HeadersTooLarge => (
                "headers-too-large",
                "The headers are too large",
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Omit headers that are not needed.",
            ),
            Self::TooManyRequests => (
                "too-many-requests",
                "Too many requests",
                StatusCode::TOO_MANY_REQUESTS,
                "Retry after the number of seconds in the Retry-After header.",
            ),
            Self::Unavailable => (
                "unavailable",
                "The directory is temporarily unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "Retry after the number of seconds in the Retry-After header.",
            ),
            Self::Internal => (
                "internal",
                "An internal error occurred",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Report the request id.",
            ),
        }
    }

    /// Returns the status code of the response.
    pub const fn status(self) -> StatusCode {
        self.parts().2
    }

    /// Returns whether authentication failed.
    pub const fn is_of_credentials(self) -> bool {
        self.challenge().is_some()
    }

    /// Returns the value of `WWW-Authenticate`. For a request without a token, it has no error code
    /// (RFC 6750, 3).
    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some(r#"Bearer realm="roster""#),
            Self::MalformedAuthorization => {
                Some(r#"Bearer realm="roster", error="invalid_request""#)
            }
            Self::Unauthorized | Self::Deactivated => {
                Some(r#"Bearer realm="roster", error="invalid_token""#)
            }
            _ => None,
        }
    }

    /// Returns the stable `type`, a URN.
    pub fn urn(self) -> String {
        format!("urn:roster:problem:{}", self.parts().0)
    }
}

impl Problem {
    /// Creates an error of a kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            field: None,
            retry_after: (kind == ProblemKind::Unavailable).then_some(1),
        }
    }

    /// The rate limit is exceeded; the caller may retry after `wait`.
    pub fn too_many_requests(detail: &str, wait: Duration) -> Self {
        Self {
            retry_after: Some(whole_seconds(wait)),
            ..Self::new(ProblemKind::TooManyRequests, detail)
        }
    }

    /// A parameter, or a member of the body, is invalid.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(ProblemKind::InvalidRequest, detail)
        }
    }

    /// The error for what does not exist and for what the caller may not see.
    pub fn not_found() -> Self {
        Self::new(
            ProblemKind::NotFound,
            "It does not exist, or the caller may not see it.",
        )
    }

    /// The caller is not allowed to make the request.
    pub fn forbidden(detail: &str) -> Self {
        Self::new(ProblemKind::Forbidden, detail)
    }

    /// Returns the body of the response.
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
                tracing::error!(%error, "DynamoDB rejected a request");
                Self::new(ProblemKind::Internal, "The table rejected the request.")
            }
            ReadError::Service(error) => {
                tracing::warn!(%error, "DynamoDB did not respond");
                Self::new(ProblemKind::Unavailable, "The table does not respond.")
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
                let detail = format!("The request would read more than {keys} keys of the table.");
                Self::new(ProblemKind::TooMuchToRead, detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    /// [`crate::request::finish`] adds the body, since it knows the request id.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = self.kind.challenge() {
            let challenge = HeaderValue::from_static(challenge);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.kind == ProblemKind::RequestTimeout {
            // The rest of the body would be parsed as the next request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The errors that any route can return.
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

/// Returns the headers of an error response about retries and rate limits, with their descriptions.
fn documented_headers(kind: ProblemKind) -> impl Iterator<Item = (&'static str, &'static str)> {
    let retry = ("Retry-After", "The number of seconds after which to retry");
    let policy = (
        "RateLimit-Policy",
        "The caller's units (`q`) per window of `w` seconds. Sent with every authenticated response",
    );
    let limit = (
        "RateLimit",
        "The remaining units (`r`) for the next `t` seconds. Sent with every authenticated response",
    );
    let headers = match kind {
        ProblemKind::TooManyRequests => vec![retry, policy, limit],
        ProblemKind::Unavailable => vec![retry],
        _ => Vec::new(),
    };
    headers.into_iter()
}
