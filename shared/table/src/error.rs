//! Errors of reading and writing, and what an error of the SDK means. No other file looks into one.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use roster_item::UnreadableItem;

use crate::WRITE_ATTEMPTS;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB did not answer as asked.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// An item there is not one of this version.
    #[error(transparent)]
    Unreadable(#[from] UnreadableItem),
    /// The answer would take more keys than the question may read.
    #[error("the answer would take more keys than a question may read")]
    OverBudget,
}

/// Why the events were not folded into the item, or not certainly so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// DynamoDB did not answer as asked.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The item there is not one of this version.
    #[error(transparent)]
    Unreadable(#[from] UnreadableItem),
    /// Others kept writing the item.
    #[error(transparent)]
    LostRaces(#[from] LostRaces),
}

/// Other consumers wrote the item between every read and its write back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lost {WRITE_ATTEMPTS} races for the item against other consumers")]
pub struct LostRaces;

/// A request that DynamoDB did not answer as asked, after the SDK's own retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct ServiceError {
    /// What it means for whoever asked.
    pub kind: ServiceErrorKind,
    /// What the service or the SDK said. It names no attribute value.
    pub detail: String,
}

/// What a [`ServiceError`] means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ServiceErrorKind {
    /// Too many requests; retry later.
    #[error("throttled")]
    Throttled,
    /// No usable answer: not reached, timed out, an internal error; retry later.
    #[error("unavailable")]
    Unavailable,
    /// No such table, or no permission; retry after it was mended.
    #[error("misconfigured")]
    Misconfigured,
    /// The request itself is invalid; retrying cannot help.
    #[error("refused")]
    Refused,
}

impl ServiceErrorKind {
    /// Whether the same request may succeed later.
    pub const fn is_passing(self) -> bool {
        match self {
            Self::Throttled | Self::Unavailable | Self::Misconfigured => true,
            Self::Refused => false,
        }
    }
}

impl<E, R> From<SdkError<E, R>> for ServiceError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        if let Some(service) = error.as_service_error() {
            let code = service.code().unwrap_or("unknown error");
            let message = service.message().unwrap_or("no message");
            return Self {
                kind: kind_of(code),
                detail: format!("{code}: {message}"),
            };
        }
        let kind = match error {
            SdkError::ConstructionFailure(_) => ServiceErrorKind::Misconfigured,
            _ => ServiceErrorKind::Unavailable,
        };
        Self {
            kind,
            detail: causes(&error),
        }
    }
}

impl ServiceError {
    pub(crate) fn unprocessed() -> Self {
        Self {
            kind: ServiceErrorKind::Throttled,
            detail: "DynamoDB kept leaving keys of a batch unread".to_owned(),
        }
    }

    pub(crate) fn invalid(error: &dyn Error) -> Self {
        Self {
            kind: ServiceErrorKind::Refused,
            detail: error.to_string(),
        }
    }
}

/// The error and its causes. The SDK's own way to print them adds a dump of the response, which
/// may hold an item.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn kind_of(code: &str) -> ServiceErrorKind {
    match code {
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException" => ServiceErrorKind::Throttled,
        "ValidationException" | "ItemCollectionSizeLimitExceededException" => {
            ServiceErrorKind::Refused
        }
        "AccessDeniedException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "ResourceNotFoundException"
        | "UnrecognizedClientException" => ServiceErrorKind::Misconfigured,
        _ => ServiceErrorKind::Unavailable,
    }
}
