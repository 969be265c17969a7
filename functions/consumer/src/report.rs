//! The result of a batch.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use roster_domain::EventTime;
use roster_table::Usage;

use crate::delivery::Delivery;

/// The result of each message of a batch, in order.
#[derive(Debug)]
#[must_use]
pub struct Report {
    /// One entry for each message.
    pub messages: Vec<Delivery>,
    /// The requests to the table.
    pub usage: Usage,
    /// The number of requests to the history.
    pub history_requests: u64,
    /// When the last message was settled.
    pub finished: EventTime,
}

/// A failed message cannot be reported because it has no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a failed message has no message id, so the whole batch must be retried")]
pub struct MissingMessageId;

impl Report {
    /// The partial batch response: the messages to be retried, each once.
    pub fn response(&self) -> Result<SqsBatchResponse, MissingMessageId> {
        let retried = self
            .messages
            .iter()
            .filter(|message| message.retried().is_some());
        let mut ids: Vec<_> = retried
            .map(|message| message.record.message_id().ok_or(MissingMessageId))
            .collect::<Result<_, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = ids.into_iter().map(item_failure).collect();
        Ok(response)
    }

    /// Logs each failure and contradiction as a warning, and each message at level `debug`.
    pub fn log(&self) {
        self.messages.iter().for_each(Delivery::log);
    }
}

fn item_failure(id: &str) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id.to_owned();
    failure
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsMessage;
    use roster_domain::Outcome;
    use roster_table::Applied;

    use super::*;
    use crate::failure::Failure;

    fn settled(id: Option<&str>, failure: Option<Failure>, dead_letter: Option<&str>) -> Delivery {
        let applied = Applied {
            outcome: Outcome::Stale,
            contradicts: false,
        };
        let mut message = SqsMessage::default();
        message.message_id = id.map(str::to_owned);
        Delivery {
            record: message.into(),
            received: EventTime::UNIX_EPOCH,
            event: Err(None),
            is_recorded: false,
            result: failure.map_or(Ok(applied), Err),
            dead_letter: dead_letter.map(str::to_owned),
        }
    }

    fn report(messages: Vec<Delivery>) -> Report {
        Report {
            messages,
            usage: Usage::default(),
            history_requests: 0,
            finished: EventTime::UNIX_EPOCH,
        }
    }

    fn good(id: Option<&str>) -> Delivery {
        settled(id, None, None)
    }

    fn bad(id: Option<&str>) -> Delivery {
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
    fn each_failed_message_is_reported_once_and_no_others() {
        let messages = vec![good(Some("a")), bad(Some("b")), bad(Some("b")), good(None)];
        assert_eq!(failed(&report(messages)).unwrap(), ["b"]);
        assert_eq!(failed(&report(Vec::new())).unwrap(), [""; 0]);
    }

    #[test]
    fn a_dead_letter_is_not_reported_and_needs_no_message_id() {
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
