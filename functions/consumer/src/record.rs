//! Reads an SQS record as an event.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
use roster_domain::{Event, EventId, EventTime, Found, Reason, Refusal};
use roster_envelope::{AttributeText, KnownAttributes, Message, carries_time, decode, label};

use crate::failure::Failure;

/// The attribute with the time when SQS received the message.
pub const SENT: &str = "SentTimestamp";

/// One record of a batch, as far as it can be read.
#[derive(Debug, Clone, Default)]
pub struct SqsRecord {
    message: SqsMessage,
    lost: BTreeSet<RecordPart>,
}

/// A part of a record that does not have the format that Lambda documents. The names of a
/// producer's attributes are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordPart {
    /// The whole record, which is not a JSON object.
    Whole,
    /// `body`.
    Body,
    /// `messageAttributes` as a whole.
    MessageAttributes,
    /// The attribute [`EVENT_TIME`] in `messageAttributes`.
    EventTime,
    /// `SentTimestamp` in `attributes`.
    SentTimestamp,
    /// Another member of `messageAttributes`.
    MessageAttribute,
}

impl RecordPart {
    /// Its location in the record; none for the record itself.
    pub const fn path(self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Body => Some("body"),
            Self::MessageAttributes | Self::MessageAttribute => Some("messageAttributes"),
            Self::EventTime => Some("messageAttributes.EventTime"),
            Self::SentTimestamp => Some("attributes.SentTimestamp"),
        }
    }
}

impl fmt::Display for RecordPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MessageAttribute => f.write_str("a member of messageAttributes"),
            part => f.write_str(part.path().unwrap_or("any part")),
        }
    }
}

impl From<SqsMessage> for SqsRecord {
    fn from(message: SqsMessage) -> Self {
        let lost = BTreeSet::new();
        Self { message, lost }
    }
}

impl SqsRecord {
    /// The parts that could be read.
    pub const fn message(&self) -> &SqsMessage {
        &self.message
    }

    pub(crate) const fn message_mut(&mut self) -> &mut SqsMessage {
        &mut self.message
    }

    /// Marks a part as unreadable.
    pub(crate) fn lose(&mut self, part: RecordPart) {
        self.lost.insert(part);
    }

    /// The id that SQS gave the message; none if it is empty.
    pub fn message_id(&self) -> Option<&str> {
        let id = self.message.message_id.as_deref();
        id.filter(|id| !id.is_empty())
    }

    /// Reads the event. For `received`, see [`Self::content`].
    pub fn event(&self, received: EventTime) -> Result<Event, Failure> {
        if let Some(part) = self.lost.first() {
            return Err(Failure::Unreadable(*part));
        }
        let read = || decode(&self.content(received).ok_or_else(no_body)?);
        isolated(read)?.map_err(Failure::Refused)
    }

    /// The event id that the body claims, whether or not the event is valid.
    pub fn claimed_id(&self) -> Option<EventId> {
        isolated(|| label(self.message.body.as_deref()?).id).ok()?
    }

    /// The content to send to another queue; none if the body is missing, or if the copy would
    /// have a different time than the message.
    pub fn to_copy(&self, received: EventTime) -> Option<Message<'_>> {
        let content = self.content(received)?;
        let lost = |part| self.lost.contains(&part);
        if lost(RecordPart::EventTime) || lost(RecordPart::MessageAttributes) {
            return None;
        }
        let has_time = || content.attributes.event_time.is_some() || carries_time(content.body);
        (!lost(RecordPart::SentTimestamp) || has_time()).then_some(content)
    }

    /// The content; none without a body. `received` replaces a missing `SentTimestamp`, which
    /// only handmade records lack.
    fn content(&self, received: EventTime) -> Option<Message<'_>> {
        let attributes = &self.message.message_attributes;
        Some(Message {
            body: self.message.body.as_deref()?,
            attributes: KnownAttributes::read(|name| attributes.get(name).map(attribute)),
            sent: self.sent().unwrap_or(received),
        })
    }

    fn sent(&self) -> Option<EventTime> {
        let millis = self.message.attributes.get(SENT)?.parse().ok()?;
        EventTime::from_unix_millis(millis).ok()
    }
}

/// Runs `read`, so that a panic fails this record alone.
fn isolated<T>(read: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| Failure::Panicked)
}

fn attribute(attribute: &SqsMessageAttribute) -> AttributeText<'_> {
    attribute
        .string_value
        .as_deref()
        .map_or(AttributeText::Binary, AttributeText::Text)
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
    fn a_panic_while_reading_is_a_failure() {
        let broken = isolated(|| -> Option<EventId> { panic!("broken") });
        assert_eq!(broken, Err(Failure::Panicked));
        assert_eq!(isolated(|| 1), Ok(1));
    }

    #[test]
    fn a_record_without_a_body_is_refused() {
        let failure = SqsRecord::default()
            .event(EventTime::UNIX_EPOCH)
            .unwrap_err();
        assert_eq!(
            failure.to_string(),
            "$: found nothing, expected a message body"
        );
    }
}
