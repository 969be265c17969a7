//! Why an event is not in the history or not in the table.

use roster_domain::{Reason, Refusal};
use roster_history::RecordError;
use roster_table::{ApplyError, ServiceError, ServiceErrorKind};

use crate::record::RecordPart;

/// Why an event is not in the table, or not certainly. The text contains no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The event is invalid.
    #[error(transparent)]
    Refused(Refusal),
    /// The record does not have the format that Lambda documents.
    #[error("cannot read {0} of the SQS record")]
    Unreadable(RecordPart),
    /// DynamoDB rejected a write of this event alone as invalid.
    #[error("the table refused the write: {0}")]
    RefusedByTable(ServiceError),
    /// The write failed, and a retry may succeed.
    #[error("the write to the table failed: {0}")]
    Table(ApplyError),
    /// DynamoDB rejected the entry of this event in the history as invalid.
    #[error("the history refused the event: {0}")]
    RefusedByHistory(ServiceError),
    /// The event could not be recorded, so it was not applied, and a retry may succeed.
    #[error("the event could not be recorded in the history: {0}")]
    History(RecordError),
    /// Writes to the table kept failing, so this one was not attempted.
    #[error("writes to the table kept failing, so this one was not attempted")]
    NotTried,
    /// The invocation ran out of time.
    #[error("the invocation ran out of time")]
    OutOfTime,
    /// The code panicked while handling the message.
    #[error("the code that handled the message panicked")]
    Panicked,
}

/// The codes of permanent failures that are not refusals.
const UNREADABLE_RECORD: &str = "unreadable_record";
const REFUSED_BY_TABLE: &str = "refused_by_table";
const REFUSED_BY_HISTORY: &str = "refused_by_history";

impl Failure {
    /// The codes of all permanent failures: the reasons of dead letters.
    pub fn permanent_codes() -> impl Iterator<Item = &'static str> {
        let refusals = Reason::ALL.into_iter().map(Reason::code);
        refusals.chain([UNREADABLE_RECORD, REFUSED_BY_TABLE, REFUSED_BY_HISTORY])
    }

    /// Whether the failure is permanent, so that a retry cannot succeed.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Unreadable(_)
            | Self::RefusedByTable(_)
            | Self::RefusedByHistory(_) => true,
            Self::Table(_)
            | Self::History(_)
            | Self::NotTried
            | Self::OutOfTime
            | Self::Panicked => false,
        }
    }

    /// The JSON path of the error, if it has one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.path),
            Self::Unreadable(part) => part.path(),
            _ => None,
        }
    }

    /// A stable code for programs, in snake case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason.code(),
            Self::Unreadable(_) => UNREADABLE_RECORD,
            Self::RefusedByTable(_) => REFUSED_BY_TABLE,
            Self::Table(ApplyError::Service(error)) => match error.kind {
                ServiceErrorKind::Throttled => "throttled",
                ServiceErrorKind::Unavailable => "unavailable",
                ServiceErrorKind::Misconfigured => "misconfigured",
                ServiceErrorKind::Refused => REFUSED_BY_TABLE,
            },
            Self::Table(ApplyError::Unreadable(_)) => "unreadable_item",
            Self::Table(ApplyError::LostRaces(_)) => "lost_races",
            Self::RefusedByHistory(_) => REFUSED_BY_HISTORY,
            Self::History(RecordError::Service(error)) => match error.kind {
                ServiceErrorKind::Throttled => "history_throttled",
                ServiceErrorKind::Unavailable => "history_unavailable",
                ServiceErrorKind::Misconfigured => "history_misconfigured",
                ServiceErrorKind::Refused => REFUSED_BY_HISTORY,
            },
            Self::History(RecordError::Conflict) => "history_conflict",
            Self::NotTried => "not_tried",
            Self::History(RecordError::OutOfTime) | Self::OutOfTime => "out_of_time",
            Self::Panicked => "panicked",
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Service(error) if error.kind == ServiceErrorKind::Refused => {
                Self::RefusedByTable(error)
            }
            error => Self::Table(error),
        }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Service(error) if error.kind == ServiceErrorKind::Refused => {
                Self::RefusedByHistory(error)
            }
            RecordError::OutOfTime => Self::OutOfTime,
            error => Self::History(error),
        }
    }
}
