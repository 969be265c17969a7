//! One dead letter.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};
use consumer::Failure;
use roster_domain::{Event, EventTime};
use roster_envelope::{AttributeText, EVENT_TIME, KnownAttributes, decode, label, time_to_carry};
use roster_queue::limits::MAX_ATTRIBUTES;
use roster_queue::{ERROR_CODE, is_reason_attribute, message_bytes};

/// The reason of a message to which the consumer gave no [`ERROR_CODE`]: SQS moved it because it
/// was received too often.
pub const MAX_RECEIVES: &str = "max_receives";

/// Message attributes by their name.
pub type MessageAttributes = BTreeMap<String, MessageAttributeValue>;

/// A message of the dead-letter queue.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The id SQS gave it.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Its message attributes.
    pub attributes: MessageAttributes,
    /// When it was sent (its `SentTimestamp`): by the consumer, or, if SQS moved it here, by its
    /// producer.
    pub sent: SystemTime,
}

impl Letter {
    /// Reads a message as SQS hands it over.
    pub(super) fn read(message: Message) -> Result<Self> {
        let id = message.message_id.context("a message has no id")?;
        let sent = message
            .attributes
            .and_then(|attributes| {
                let sent = attributes.get(&MessageSystemAttributeName::SentTimestamp)?;
                Some(UNIX_EPOCH + Duration::from_millis(sent.parse().ok()?))
            })
            .with_context(|| format!("the message {id} has no SentTimestamp"))?;
        Ok(Self {
            id,
            body: message.body.unwrap_or_default(),
            attributes: message
                .message_attributes
                .unwrap_or_default()
                .into_iter()
                .collect(),
            sent,
        })
    }

    /// The text of a message attribute.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.string_value()
    }

    /// Why it is here: the code the consumer gave, or [`MAX_RECEIVES`].
    pub fn reason(&self) -> &str {
        self.text(ERROR_CODE).unwrap_or(MAX_RECEIVES)
    }

    /// What it calls the type of its event, known or not.
    pub fn event_type(&self) -> Option<String> {
        label(&self.body).event_type
    }

    /// How long ago it was sent.
    pub fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.sent).unwrap_or_default()
    }

    /// The event in it if it were sent again now, or what is wrong by today's code.
    pub fn event(&self, now: SystemTime) -> Result<Event, Failure> {
        let attributes = self.attributes_to_send();
        let message = roster_envelope::Message {
            body: &self.body,
            attributes: KnownAttributes::read(|name| attributes.get(name).map(value)),
            sent: event_time(now),
        };
        match catch_unwind(AssertUnwindSafe(|| decode(&message))) {
            Ok(decoded) => decoded.map_err(Failure::Refused),
            // As in the consumer: a bug that one event brings out is that event's alone.
            Err(_) => Err(Failure::Panicked),
        }
    }

    /// Its attributes when it is sent again: without what the consumer added, and with the time
    /// that keeps its event's place in the order. The producer's follow as far as SQS takes
    /// them, in the order of their names.
    pub fn attributes_to_send(&self) -> MessageAttributes {
        let message = roster_envelope::Message {
            body: &self.body,
            attributes: KnownAttributes::read(|name| self.attributes.get(name).map(value)),
            sent: event_time(self.sent),
        };
        let time = time_to_carry(&message).and_then(|time| {
            let time = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(time.to_string())
                .build();
            Some((EVENT_TIME.to_owned(), time.ok()?))
        });
        let room = MAX_ATTRIBUTES - usize::from(time.is_some());
        let received = self.attributes.iter();
        let from_producer = received.filter(|(name, _)| !is_reason_attribute(name));
        let kept = from_producer.take(room);
        let copies = kept.map(|(name, value)| (name.clone(), value.clone()));
        copies.chain(time).collect()
    }

    /// The message to send again, with an id for its request.
    pub(super) fn into_entry(self, id: usize) -> Result<SendMessageBatchRequestEntry> {
        let attributes = self.attributes_to_send().into_iter().collect();
        let entry = SendMessageBatchRequestEntry::builder()
            .id(id.to_string())
            .set_message_attributes(Some(attributes))
            .message_body(self.body);
        Ok(entry.build()?)
    }

    /// How many bytes it has, body and attributes together.
    pub fn bytes(&self) -> usize {
        message_bytes(&self.body, &self.attributes)
    }
}

/// A moment as the domain writes it.
pub fn event_time(at: SystemTime) -> EventTime {
    let since_1970 = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    EventTime::UNIX_EPOCH.saturating_add(since_1970)
}

fn value(attribute: &MessageAttributeValue) -> AttributeText<'_> {
    attribute
        .string_value()
        .map_or(AttributeText::Binary, AttributeText::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(body: &str, attributes: &[&str]) -> Letter {
        let attribute = |name: &&str| {
            let value = MessageAttributeValue::builder().data_type("String");
            let value = value.string_value("2026-01-01T00:00:00Z").build().unwrap();
            ((*name).to_owned(), value)
        };
        Letter {
            id: "id".to_owned(),
            body: body.to_owned(),
            attributes: attributes.iter().map(attribute).collect(),
            sent: UNIX_EPOCH + Duration::from_millis(1_767_225_600_123),
        }
    }

    const UNDATED: &str = r#"{"eventId":"e","type":"OrganizationUserRemoved",
        "payload":{"organizationId":"o","userId":"u"}}"#;

    fn names(attributes: &MessageAttributes) -> Vec<&str> {
        attributes.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_is_sent_again_keeps_the_first_time_and_the_producers_attributes() {
        let letter = letter(UNDATED, &["ErrorCode", "ErrorMessage", "Trace"]);
        let attributes = letter.attributes_to_send();
        assert_eq!(names(&attributes), ["EventTime", "Trace"]);
        let time = attributes[EVENT_TIME].string_value().unwrap();
        assert_eq!(time, "2026-01-01T00:00:00.123000000Z");
        let event = letter.event(SystemTime::now()).unwrap();
        assert_eq!(event.clock.time(), time);
    }

    #[test]
    fn a_time_that_is_there_stays_as_it_is() {
        let letter = letter(UNDATED, &["EventTime", "ErrorPath", "FunctionVersion"]);
        let attributes = letter.attributes_to_send();
        assert_eq!(names(&attributes), ["EventTime"]);
        assert_eq!(attributes[EVENT_TIME], letter.attributes[EVENT_TIME]);
    }

    #[test]
    fn no_more_attributes_are_sent_than_sqs_takes_and_the_time_is_one_of_them() {
        let ten = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
        let attributes = letter(UNDATED, &ten).attributes_to_send();
        assert_eq!(attributes.len(), MAX_ATTRIBUTES);
        assert!(attributes.contains_key(EVENT_TIME) && !attributes.contains_key("J"));
    }

    #[test]
    fn a_time_that_was_ahead_may_be_past_by_now() {
        let body = UNDATED.replace(
            "{\"eventId",
            "{\"timestamp\":\"2026-01-01T01:00:00Z\",\"eventId",
        );
        let letter = letter(&body, &[]);
        assert_eq!(letter.event(letter.sent).unwrap_err().code(), "in_future");
        let later = letter.sent + Duration::from_secs(3_600);
        assert!(letter.event(later).is_ok());
    }

    #[test]
    fn a_message_without_a_code_was_received_too_often() {
        assert_eq!(letter("", &["Trace"]).reason(), MAX_RECEIVES);
        assert_ne!(letter("", &["ErrorCode"]).reason(), MAX_RECEIVES);
    }
}
