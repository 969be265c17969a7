//! One message of a batch, from its record to its result.

use roster_domain::{Event, EventId, EventTime};
use roster_table::Applied;

use crate::failure::Failure;
use crate::record::SqsRecord;

/// One message of a batch. Each stage of the consumer adds its result.
#[derive(Debug)]
pub struct Delivery {
    /// The record from Lambda.
    pub record: SqsRecord,
    /// When the batch arrived, for a record that does not state when SQS received it.
    pub received: EventTime,
    /// Its valid event; otherwise the event id that the message claims, if any.
    pub event: Result<Event, Option<EventId>>,
    /// Whether its event is in the history. Only then is it applied.
    pub is_recorded: bool,
    /// The result of its event. It counts as failed until a write succeeds.
    pub result: Result<Applied, Failure>,
    /// Its message id on the dead-letter queue, if it was sent there.
    pub dead_letter: Option<String>,
}

/// A valid event to be applied, and the place for its result.
#[derive(Debug)]
pub struct Pending<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its result.
    pub result: &'a mut Result<Applied, Failure>,
}

impl Delivery {
    /// Reads the event in a record of a batch that arrived at `received`.
    pub fn read(record: SqsRecord, received: EventTime) -> Self {
        let read = record.event(received);
        Self::new(record, received, read)
    }

    /// Creates a delivery from a record and the event read from it.
    pub fn new(record: SqsRecord, received: EventTime, read: Result<Event, Failure>) -> Self {
        let (event, result) = match read {
            Ok(event) => (Ok(event), Err(Failure::Panicked)),
            Err(failure) => (Err(record.claimed_id()), Err(failure)),
        };
        Self {
            record,
            received,
            event,
            is_recorded: false,
            result,
            dead_letter: None,
        }
    }

    /// Takes the result of recording its event.
    pub fn recorded(&mut self, result: Result<(), Failure>) {
        match result {
            Ok(()) => self.is_recorded = true,
            Err(failure) => self.result = Err(failure),
        }
    }

    /// The event to apply; none if the message has no valid one or it is not in the history.
    pub fn pending(&mut self) -> Option<Pending<'_>> {
        let event = self.event.as_ref().ok().filter(|_| self.is_recorded)?;
        let result = &mut self.result;
        Some(Pending { event, result })
    }

    /// The event id, if the message has a valid one.
    pub fn event_id(&self) -> Option<&EventId> {
        match &self.event {
            Ok(event) => Some(&event.id),
            Err(claimed) => claimed.as_ref(),
        }
    }

    /// Its failure, if it is permanent.
    pub fn failed_for_good(&self) -> Option<&Failure> {
        self.result.as_ref().err().filter(|f| f.is_permanent())
    }

    /// Why the message must be retried; none if its event is in the table or the message is on
    /// the dead-letter queue.
    pub fn retried(&self) -> Option<&Failure> {
        match (&self.result, &self.dead_letter) {
            (Err(failure), None) => Some(failure),
            _ => None,
        }
    }

    /// Logs a failure or a contradiction as a warning, and anything else at level `debug`.
    pub fn log(&self) {
        let message_id = self.record.message_id();
        let event_id = self.event_id().map(EventId::as_str);
        let event = self.event.as_ref().ok();
        let entity = event.map(|event| event.entity.to_string());
        match &self.result {
            Ok(applied) => {
                if applied.contradicts {
                    let warning = "same event id and time, different content";
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
