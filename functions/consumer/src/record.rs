//! One SQS record as an event.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
use roster_domain::{Event, EventId, EventTime, Found, Reason, Refusal};
use roster_envelope::{Attribute, EVENT_TIME, Message, decode, label};

use crate::report::Failure;

/// Reads the event in a record. `received` is as for [`message`].
pub fn read(record: &SqsMessage, received: EventTime) -> Result<Event, Failure> {
    let read = || decode(&message(record, received).ok_or_else(no_body)?);
    isolated(read)?.map_err(Failure::Refused)
}

/// The event id that a record claims, whether or not its event is valid.
pub fn claimed_id(record: &SqsMessage) -> Option<EventId> {
    isolated(|| label(record.body.as_deref()?).id).ok()?
}

/// The content of a record; none without a body. `received` stands in for a `SentTimestamp`
/// that is missing, which happens in records made by hand only.
pub fn message(record: &SqsMessage, received: EventTime) -> Option<Message<'_>> {
    Some(Message {
        body: record.body.as_deref()?,
        event_time: record.message_attributes.get(EVENT_TIME).map(attribute),
        sent: sent(record).unwrap_or(received),
    })
}

/// A panic fails this record alone.
fn isolated<T>(read: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| Failure::Panicked)
}

fn attribute(attribute: &SqsMessageAttribute) -> Attribute<'_> {
    attribute
        .string_value
        .as_deref()
        .map_or(Attribute::Binary, Attribute::Text)
}

fn sent(record: &SqsMessage) -> Option<EventTime> {
    let millis = record.attributes.get("SentTimestamp")?.parse().ok()?;
    EventTime::from_unix_millis(millis).ok()
}

fn no_body() -> Refusal {
    Refusal {
        reason: Reason::Missing,
        path: "$".to_owned(),
        found: Found::Nothing,
        expected: "a message body",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_while_reading_is_a_failure_like_any_other() {
        let broken = isolated(|| -> Option<EventId> { panic!("broken") });
        assert_eq!(broken, Err(Failure::Panicked));
        assert_eq!(isolated(|| 1), Ok(1));
    }

    #[test]
    fn a_record_without_a_body_is_refused() {
        let failure = read(&SqsMessage::default(), EventTime::UNIX_EPOCH).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "$: found nothing, expected a message body"
        );
    }
}
