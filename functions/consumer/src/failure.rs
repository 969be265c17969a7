//! Why an event is not in the table.

use roster_domain::Refusal;
use roster_table::{ApplyError, ServiceError, ServiceErrorKind};

use crate::record::RecordPart;

/// Why an event is not in the table, or not certainly so. Its text holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It is invalid.
    #[error(transparent)]
    Refused(Refusal),
    /// Its record is not as Lambda documents it.
    #[error("cannot read {0} of the SQS record")]
    Unreadable(RecordPart),
    /// DynamoDB refused it for good, alone.
    #[error("the table refused the write: {0}")]
    RefusedByTable(ServiceError),
    /// The table could not be written this time.
    #[error("the table could not be written: {0}")]
    Table(ApplyError),
    /// The table kept refusing other writes.
    #[error("the table kept refusing other writes, so this one was not tried")]
    NotTried,
    /// The invocation had no time left for it.
    #[error("the invocation ran out of time")]
    OutOfTime,
    /// Handling it panicked.
    #[error("handling it panicked")]
    Panicked,
}

impl Failure {
    /// Whether retrying cannot help.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unreadable(_) | Self::RefusedByTable(_) => true,
            Self::Table(_) | Self::NotTried | Self::OutOfTime | Self::Panicked => false,
        }
    }

    /// The JSON path of the mistake, if it has one place.
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
            Self::Unreadable(_) => "unreadable_record",
            Self::RefusedByTable(_) => "refused_by_table",
            Self::Table(ApplyError::Service(error)) => match error.kind {
                ServiceErrorKind::Throttled => "throttled",
                ServiceErrorKind::Unavailable => "unavailable",
                ServiceErrorKind::Misconfigured => "misconfigured",
                ServiceErrorKind::Refused => "refused_by_table",
            },
            Self::Table(ApplyError::Unreadable(_)) => "unreadable_item",
            Self::Table(ApplyError::LostRaces(_)) => "lost_races",
            Self::NotTried => "not_tried",
            Self::OutOfTime => "out_of_time",
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
