//! What became of a batch.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use roster_domain::{Event, EventId, EventTime, Refusal};
use roster_table::{Applied, ApplyError, ServiceError, ServiceErrorKind, Usage};

/// What became of each message of a batch, in its order.
#[derive(Debug)]
#[must_use]
pub struct Report {
    /// One entry a message.
    pub messages: Vec<Settled>,
    /// What the table was asked.
    pub usage: Usage,
    /// When the last message was settled.
    pub finished: EventTime,
}

/// What became of one message.
#[derive(Debug)]
pub struct Settled {
    /// The id SQS gave it.
    pub message_id: Option<String>,
    /// Its event; if it has no valid one, the event id that it claims.
    pub event: Result<Event, Option<EventId>>,
    /// What became of its event.
    pub result: Result<Applied, Failure>,
    /// The id it has on the dead-letter queue, if it was sent there.
    pub dead_letter: Option<String>,
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

/// A failed message cannot be reported because it has no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a failed message has no message id, so the whole batch is to be retried")]
pub struct MissingMessageId;

impl Failure {
    /// Whether retrying cannot help.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(_) | Self::RefusedByTable(_) => true,
            Self::Table(_) | Self::NotTried | Self::OutOfTime | Self::Panicked => false,
        }
    }

    /// The JSON path of the mistake, if it has one place.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.path),
            _ => None,
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

impl Settled {
    /// The event id, if the message has a valid one.
    pub fn event_id(&self) -> Option<&EventId> {
        match &self.event {
            Ok(event) => Some(&event.id),
            Err(claimed) => claimed.as_ref(),
        }
    }

    /// Its failure, if retrying cannot help.
    pub fn failed_for_good(&self) -> Option<&Failure> {
        self.result.as_ref().err().filter(|f| f.is_permanent())
    }

    /// Why the message has to come back. None if its event is in the table or on the
    /// dead-letter queue.
    pub fn retried(&self) -> Option<&Failure> {
        match (&self.result, &self.dead_letter) {
            (Err(failure), None) => Some(failure),
            _ => None,
        }
    }

    fn log(&self) {
        let message_id = self.message_id.as_deref();
        let event_id = self.event_id().map(EventId::as_str);
        let event = self.event.as_ref().ok();
        let entity = event.map(|event| event.entity.to_string());
        match &self.result {
            Ok(applied) => {
                if applied.contradicts {
                    let warning = "same event id and time, other content";
                    tracing::warn!(message_id, event_id, entity, "{warning}");
                }
                let outcome = applied.outcome.name();
                tracing::debug!(message_id, event_id, entity, outcome, "settled");
            }
            Err(failure) => {
                let code = failure.code();
                let reason = failure.to_string();
                let dead_letter = self.dead_letter.as_deref();
                tracing::warn!(
                    message_id,
                    event_id,
                    entity,
                    code,
                    reason,
                    dead_letter,
                    "failed"
                );
            }
        }
    }
}

impl Report {
    /// The partial batch response: exactly the messages that have to come back, each once.
    pub fn response(&self) -> Result<SqsBatchResponse, MissingMessageId> {
        let retried = self
            .messages
            .iter()
            .filter(|message| message.retried().is_some());
        let mut ids: Vec<_> = retried
            .map(|message| message.message_id.as_deref().ok_or(MissingMessageId))
            .collect::<Result<_, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = ids.into_iter().map(item_failure).collect();
        Ok(response)
    }

    /// Logs each failure and contradiction, and with the level `debug` each message.
    pub fn log(&self) {
        self.messages.iter().for_each(Settled::log);
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

    fn settled(id: Option<&str>, failure: Option<Failure>, dead_letter: Option<&str>) -> Settled {
        let applied = Applied {
            outcome: Outcome::Stale,
            contradicts: false,
        };
        Settled {
            message_id: id.map(str::to_owned),
            event: Err(None),
            result: failure.map_or(Ok(applied), Err),
            dead_letter: dead_letter.map(str::to_owned),
        }
    }

    fn report(messages: Vec<Settled>) -> Report {
        Report {
            messages,
            usage: Usage::default(),
            finished: EventTime::UNIX_EPOCH,
        }
    }

    fn good(id: Option<&str>) -> Settled {
        settled(id, None, None)
    }

    fn bad(id: Option<&str>) -> Settled {
        settled(id, Some(Failure::OutOfTime), None)
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
        let messages = vec![good(Some("a")), bad(Some("b")), bad(Some("b")), good(None)];
        assert_eq!(failed(&report(messages)).unwrap(), ["b"]);
        assert_eq!(failed(&report(Vec::new())).unwrap(), [""; 0]);
    }

    #[test]
    fn a_dead_letter_is_not_reported_and_needs_no_id() {
        let dead = |id| settled(id, Some(Failure::Panicked), Some("d"));
        let messages = vec![dead(Some("a")), dead(None), bad(Some("b"))];
        assert_eq!(failed(&report(messages)).unwrap(), ["b"]);
    }

    #[test]
    fn a_failed_message_without_an_id_fails_the_invocation() {
        let messages = vec![bad(Some("a")), bad(None)];
        assert_eq!(failed(&report(messages)), Err(MissingMessageId));
    }
}
