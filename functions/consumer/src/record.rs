//! One SQS record as an event.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
use roster_domain::{Event, EventTime, Found, Reason, Refusal};
use roster_envelope::{Attribute, EVENT_TIME, Message, decode};

use crate::report::Failure;

/// Reads the event in a record. `received` stands in for a `SentTimestamp` that is missing,
/// which happens in records made by hand only.
pub fn read(record: &SqsMessage, received: EventTime) -> Result<Event, Failure> {
    isolated(|| {
        let message = Message {
            body: record.body.as_deref().ok_or_else(no_body)?,
            event_time: record.message_attributes.get(EVENT_TIME).map(attribute),
            sent: sent(record).unwrap_or(received),
        };
        decode(&message)
    })
}

/// A panic fails this record alone.
fn isolated(read: impl FnOnce() -> Result<Event, Refusal>) -> Result<Event, Failure> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(Failure::Refused),
        Err(_) => Err(Failure::Panicked),
    }
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
        assert_eq!(isolated(|| panic!("broken")), Err(Failure::Panicked));
        assert!(matches!(
            isolated(|| Err(no_body())),
            Err(Failure::Refused(_))
        ));
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
