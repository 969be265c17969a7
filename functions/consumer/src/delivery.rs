//! One message of a batch, from its record to what became of it.

use roster_domain::{Event, EventId, EventTime};
use roster_table::Applied;

use crate::failure::Failure;
use crate::record::SqsRecord;

/// One message of a batch. Each stage of the consumer adds what it finds out.
#[derive(Debug)]
pub struct Delivery {
    /// As Lambda handed it over.
    pub record: SqsRecord,
    /// When the batch came, for a record that does not say when SQS got it.
    pub received: EventTime,
    /// Its event; if it has no valid one, the event id that it claims.
    pub event: Result<Event, Option<EventId>>,
    /// What became of its event. Until a write says otherwise, it counts as failed.
    pub result: Result<Applied, Failure>,
    /// The id it has on the dead-letter queue, if it was sent there.
    pub dead_letter: Option<String>,
}

/// A valid event that is to be written, and where its result goes.
#[derive(Debug)]
pub struct Pending<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its result.
    pub result: &'a mut Result<Applied, Failure>,
}

impl Delivery {
    /// Reads the event in a record of a batch that came at `received`.
    pub fn read(record: SqsRecord, received: EventTime) -> Self {
        let read = record.event(received);
        Self::new(record, received, read)
    }

    /// A record and what was read from it.
    pub fn new(record: SqsRecord, received: EventTime, read: Result<Event, Failure>) -> Self {
        let (event, result) = match read {
            Ok(event) => (Ok(event), Err(Failure::Panicked)),
            Err(failure) => (Err(record.claimed_id()), Err(failure)),
        };
        Self {
            record,
            received,
            event,
            result,
            dead_letter: None,
        }
    }

    /// Its event as a write needs it; none if it has no valid one.
    pub fn pending(&mut self) -> Option<Pending<'_>> {
        let event = self.event.as_ref().ok()?;
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

    /// Logs a failure or a contradiction, and with the level `debug` anything else.
    pub fn log(&self) {
        let message_id = self.record.message_id();
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
