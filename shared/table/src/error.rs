//! Errors of reading and writing, and the classification of SDK errors, which no other file
//! inspects.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{BatchStatementError, BatchStatementErrorCodeEnum};
use roster_item::UnreadableItem;

use crate::WRITE_ATTEMPTS;

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB returned no usable response.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// An item does not have this version's format.
    #[error(transparent)]
    Unreadable(#[from] UnreadableItem),
    /// The read would take more keys than its budget.
    #[error("the request would read more keys than its budget allows")]
    OverBudget,
}

/// Why the events were not folded into the item, or not certainly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// DynamoDB returned no usable response.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The item does not have this version's format.
    #[error(transparent)]
    Unreadable(#[from] UnreadableItem),
    /// Other writers kept changing the item.
    #[error(transparent)]
    LostRaces(#[from] LostRaces),
}

/// Other consumers changed the item between every read and its write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lost {WRITE_ATTEMPTS} races for the item against other consumers")]
pub struct LostRaces;

/// A request that failed after the SDK's own retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct ServiceError {
    /// What the error means for the caller.
    pub kind: ServiceErrorKind,
    /// The error text of the service or the SDK. It contains no attribute value.
    pub detail: String,
}

/// What a [`ServiceError`] means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ServiceErrorKind {
    /// Too many requests; retry later.
    #[error("throttled")]
    Throttled,
    /// No usable response: unreachable, timed out or an internal error; retry later.
    #[error("unavailable")]
    Unavailable,
    /// No such table, one with other keys, or no permission; retry once the configuration is fixed.
    #[error("misconfigured")]
    Misconfigured,
    /// The item or the request itself is invalid; a retry cannot succeed.
    #[error("refused")]
    Refused,
}

impl ServiceErrorKind {
    /// Whether the error is transient: the same request may succeed later.
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
                kind: kind_of(code, message),
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

    /// The error of one statement of a batch, whose codes differ from those of requests.
    pub fn of_statement(error: &BatchStatementError) -> Self {
        let code = error.code().map(BatchStatementErrorCodeEnum::as_str);
        let code = code.unwrap_or("unknown error");
        let message = error.message().unwrap_or("no message");
        Self {
            kind: kind_of(code, message),
            detail: format!("{code}: {message}"),
        }
    }

    /// The error of a request that cannot be built.
    pub fn invalid(error: &dyn Error) -> Self {
        Self {
            kind: ServiceErrorKind::Refused,
            detail: error.to_string(),
        }
    }
}

/// Formats the error and its causes. The SDK's own formatting adds a dump of the response, which
/// may contain an item.
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

/// What the messages of DynamoDB contain if an item is at fault. It has no code for these, and the
/// same code tells that the table has other keys, which is the fault of no event.
const FAULTS_OF_AN_ITEM: [&str; 8] = [
    "Item size has exceeded the maximum allowed size",
    "Item size to update has exceeded the maximum allowed size",
    "Size of hashkey has exceeded",
    "Size of rangekey has exceeded",
    "cannot contain an empty string value",
    "Nesting Levels have exceeded",
    "Number overflow",
    "Number underflow",
];

fn kind_of(code: &str, message: &str) -> ServiceErrorKind {
    let is_of_item = || {
        FAULTS_OF_AN_ITEM
            .iter()
            .any(|fault| message.contains(fault))
    };
    match code {
        "ProvisionedThroughputExceeded"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingError"
        | "ThrottlingException" => ServiceErrorKind::Throttled,
        "ValidationError" | "ValidationException" if is_of_item() => ServiceErrorKind::Refused,
        "AccessDenied"
        | "AccessDeniedException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "ItemCollectionSizeLimitExceeded" // Roster's tables have no local index.
        | "ItemCollectionSizeLimitExceededException"
        | "MissingAuthenticationTokenException"
        | "ResourceNotFound"
        | "ResourceNotFoundException"
        | "UnrecognizedClientException"
        | "ValidationError"
        | "ValidationException" => ServiceErrorKind::Misconfigured,
        _ => ServiceErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_invalid_item_is_refused_and_a_wrong_table_is_misconfigured() {
        for message in [
            "Item size to update has exceeded the maximum allowed size",
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum \
             size limit of2048 bytes",
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: PK",
            "Number overflow. Attempting to store a number with magnitude larger than supported \
             range",
        ] {
            let kind = kind_of("ValidationException", message);
            assert_eq!(kind, ServiceErrorKind::Refused, "{message}");
        }
        for message in [
            "The provided key element does not match the schema",
            "One or more parameter values were invalid: Type mismatch for Index Key GSI1PK \
             Expected: N Actual: S IndexName: GSI1",
            "The table does not have the specified index: GSI1",
            "One or more parameter values were invalid: Missing the key id in the item",
            "no message",
        ] {
            let kind = kind_of("ValidationException", message);
            assert_eq!(kind, ServiceErrorKind::Misconfigured, "{message}");
        }
        for code in ["AccessDeniedException", "ResourceNotFoundException"] {
            let kind = kind_of(code, "Item size has exceeded the maximum allowed size");
            assert_eq!(kind, ServiceErrorKind::Misconfigured, "{code}");
        }
        assert!(ServiceErrorKind::Misconfigured.is_passing());
    }

    #[test]
    fn each_code_of_a_statement_means_what_that_of_a_request_means() {
        use BatchStatementErrorCodeEnum as Code;
        let too_large = "Item size has exceeded the maximum allowed size";
        for (code, message, kind) in [
            (
                Code::ProvisionedThroughputExceeded,
                "",
                ServiceErrorKind::Throttled,
            ),
            (Code::RequestLimitExceeded, "", ServiceErrorKind::Throttled),
            (Code::ThrottlingError, "", ServiceErrorKind::Throttled),
            (Code::InternalServerError, "", ServiceErrorKind::Unavailable),
            (
                Code::AccessDenied,
                too_large,
                ServiceErrorKind::Misconfigured,
            ),
            (Code::ResourceNotFound, "", ServiceErrorKind::Misconfigured),
            (Code::ValidationError, "", ServiceErrorKind::Misconfigured),
            (Code::ValidationError, too_large, ServiceErrorKind::Refused),
        ] {
            let error = BatchStatementError::builder().code(code).message(message);
            let error = ServiceError::of_statement(&error.build());
            assert_eq!(error.kind, kind, "{error}");
        }
    }
}
