//! Determines when an event happened from the first source that states it.

use roster_domain::{EventTime, Found, Reason, Refusal, limits};

use crate::envelope::Envelope;

/// The message attribute with the time (RFC 3339) of an event that does not state its own. Set it
/// when relaying or re-sending such a message, so that the event keeps its position in the order.
pub const EVENT_TIME: &str = "EventTime";

const EXPECTED: &str = "an RFC 3339 time between the years 1970 and 9999";

/// The value of a message attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTimeAttribute<'a> {
    /// Of type String or Number.
    Text(&'a str),
    /// Of type Binary.
    Binary,
}

/// A time and the path where it was found.
pub struct Stated {
    time: EventTime,
    path: String,
}

/// Returns the time that a message states. The first of these applies: the event's own time; the
/// message attribute [`EVENT_TIME`]; that attribute of an SNS notification; the notification's
/// `Timestamp`.
pub fn stated(
    envelope: &Envelope<'_>,
    attribute: Option<EventTimeAttribute<'_>>,
) -> Result<Option<Stated>, Refusal> {
    let (object, field) = envelope.time();
    if let Some(text) = object.optional_text(field)? {
        return parse(&text, object.path_of(field)).map(Some);
    }
    if let Some(attribute) = attribute {
        return of_attribute(attribute).map(Some);
    }
    let Some(notification) = envelope.notification else {
        return Ok(None);
    };
    if let Some(attributes) = notification.optional_object("MessageAttributes")?
        && let Some(attribute) = attributes.optional_object(EVENT_TIME)?
    {
        return parse(&attribute.text("Value")?, attribute.path_of("Value")).map(Some);
    }
    match notification.optional_text("Timestamp")? {
        Some(text) => parse(&text, notification.path_of("Timestamp")).map(Some),
        None => Ok(None),
    }
}

impl Stated {
    /// Returns the time, even if it is in the future.
    pub fn time(self) -> EventTime {
        self.time
    }

    /// Returns the time if it is at most [`limits::CLOCK_AHEAD`] after `sent`.
    pub fn not_ahead_of(self, sent: EventTime) -> Result<EventTime, Refusal> {
        if self.time <= sent.saturating_add(limits::CLOCK_AHEAD) {
            return Ok(self.time);
        }
        Err(Refusal {
            reason: Reason::InFuture,
            path: self.path,
            found: Found::Time(self.time),
            expected: "a time at most 5 minutes after SQS received the message",
        })
    }
}

fn of_attribute(attribute: EventTimeAttribute<'_>) -> Result<Stated, Refusal> {
    let path = format!("messageAttributes.{EVENT_TIME}");
    match attribute {
        EventTimeAttribute::Text(text) => parse(text, path),
        EventTimeAttribute::Binary => Err(Refusal {
            reason: Reason::WrongType,
            path,
            found: Found::Binary,
            expected: EXPECTED,
        }),
    }
}

fn parse(text: &str, path: String) -> Result<Stated, Refusal> {
    match EventTime::parse(text) {
        Ok(time) => Ok(Stated { time, path }),
        Err(_) => Err(Refusal {
            reason: Reason::Malformed,
            path,
            found: Found::Text(text.len()),
            expected: EXPECTED,
        }),
    }
}
