//! What became of a batch.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use roster_domain::Refusal;
use roster_table::{Applied, ApplyError, ServiceError, ServiceErrorKind};

/// What became of each message of a batch, in its order.
#[derive(Debug)]
#[must_use]
pub struct Report {
    /// One entry a message.
    pub messages: Vec<Settled>,
}

/// What became of one message.
#[derive(Debug)]
pub struct Settled {
    /// The id SQS gave it.
    pub message_id: Option<String>,
    /// What became of its event.
    pub result: Result<Applied, Failure>,
}

/// Why an event is not in the table, or not certainly so. Its text holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It is invalid.
    #[error(transparent)]
    Refused(Refusal),
    /// DynamoDB refused it for good, alone.
    #[error("the table refused the write: {0}")]
    RefusedByTable(ServiceError),
    /// The table could not be written this time.
    #[error("the table could not be written: {0}")]
    Table(ApplyError),
    /// The invocation had no time left for it.
    #[error("the invocation ran out of time")]
    OutOfTime,
    /// Handling it panicked.
    #[error("handling it panicked")]
    Panicked,
}

/// A failed message cannot be reported because it has no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a failed message has no message id, so the whole batch is to be retried")]
pub struct MissingMessageId;

impl Failure {
    /// Whether retrying cannot help.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(_) | Self::RefusedByTable(_) => true,
            Self::Table(_) | Self::OutOfTime | Self::Panicked => false,
        }
    }

    /// A stable code for programs, in snake case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason.code(),
            Self::RefusedByTable(_) => "refused_by_table",
            Self::Table(ApplyError::Service(error)) => match error.kind {
                ServiceErrorKind::Throttled => "throttled",
                ServiceErrorKind::Unavailable => "unavailable",
                ServiceErrorKind::Misconfigured => "misconfigured",
                ServiceErrorKind::Refused => "refused_by_table",
            },
            Self::Table(ApplyError::Unreadable(_)) => "unreadable_item",
            Self::Table(ApplyError::LostRaces(_)) => "lost_races",
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

impl Report {
    pub(crate) fn new(records: Vec<SqsMessage>, results: Vec<Result<Applied, Failure>>) -> Self {
        let settled = |(record, result): (SqsMessage, _)| Settled {
            message_id: record.message_id.filter(|id| !id.is_empty()),
            result,
        };
        Self {
            messages: records.into_iter().zip(results).map(settled).collect(),
        }
    }

    /// The partial batch response: exactly the messages that failed, each once.
    pub fn response(&self) -> Result<SqsBatchResponse, MissingMessageId> {
        let failed = self
            .messages
            .iter()
            .filter(|message| message.result.is_err());
        let mut ids: Vec<_> = failed
            .map(|message| message.message_id.as_deref().ok_or(MissingMessageId))
            .collect::<Result<_, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = ids.into_iter().map(item_failure).collect();
        Ok(response)
    }

    /// Logs each failure and contradiction, and a line for the batch.
    pub fn log(&self) {
        let mut counts = BTreeMap::new();
        for message in &self.messages {
            let message_id = message.message_id.as_deref();
            let code = match &message.result {
                Ok(applied) => {
                    if applied.contradicts {
                        tracing::warn!(message_id, "same event id and time, other content");
                    }
                    applied.outcome.name()
                }
                Err(failure) => {
                    let reason = failure.to_string();
                    tracing::warn!(message_id, code = failure.code(), reason, "failed");
                    "failed"
                }
            };
            *counts.entry(code).or_insert(0_usize) += 1;
        }
        let count = |name| counts.get(name).copied().unwrap_or_default();
        tracing::info!(
            applied = count("applied"),
            stale = count("stale"),
            duplicate = count("duplicate"),
            failed = count("failed"),
            "batch"
        );
    }
}

fn item_failure(id: &str) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id.to_owned();
    failure
}

#[cfg(test)]
mod tests {
    use roster_domain::Outcome;

    use super::*;

    fn report(messages: &[(Option<&str>, bool)]) -> Report {
        let settled = |&(id, ok): &(Option<&str>, bool)| Settled {
            message_id: id.map(str::to_owned),
            result: if ok {
                Ok(Applied {
                    outcome: Outcome::Stale,
                    contradicts: false,
                })
            } else {
                Err(Failure::OutOfTime)
            },
        };
        Report {
            messages: messages.iter().map(settled).collect(),
        }
    }

    fn failed(report: &Report) -> Result<Vec<String>, MissingMessageId> {
        let failures = report.response()?.batch_item_failures;
        Ok(failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect())
    }

    #[test]
    fn exactly_the_failed_messages_are_reported_each_once() {
        let messages = [
            (Some("a"), true),
            (Some("b"), false),
            (Some("b"), false),
            (None, true),
        ];
        assert_eq!(failed(&report(&messages)).unwrap(), ["b"]);
        assert_eq!(failed(&report(&[])).unwrap(), [""; 0]);
    }

    #[test]
    fn a_failed_message_without_an_id_fails_the_invocation() {
        let messages = [(Some("a"), false), (None, false)];
        assert_eq!(failed(&report(&messages)), Err(MissingMessageId));
    }

    #[test]
    fn an_empty_message_id_counts_as_none() {
        let mut record = SqsMessage::default();
        record.message_id = Some(String::new());
        let report = Report::new(vec![record], vec![Err(Failure::Panicked)]);
        assert_eq!(failed(&report), Err(MissingMessageId));
    }
}
