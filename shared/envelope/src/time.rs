//! Determines when an event happened from the first source that states it.

use roster_domain::json::Object;
use roster_domain::{EventTime, Found, Reason, Refusal, limits};

use crate::attribute::{AttributeText, in_notification};
use crate::envelope::Envelope;

/// The message attribute with the time (RFC 3339) of an event that does not state its own. Set it
/// when relaying or re-sending such a message, so that the event keeps its position in the order.
pub const EVENT_TIME: &str = "EventTime";

const EXPECTED: &str =
    "an RFC 3339 time between the years 1970 and 9999, such as \"2026-01-31T09:30:00Z\"";

/// A time and the path where it was found.
pub struct Stated {
    time: EventTime,
    path: String,
}

/// Returns the time that a message states. The first of these applies: the event's own time; the
/// message attribute [`EVENT_TIME`]; that attribute of an SNS notification; the `time` of the
/// EventBridge event whose `detail` the envelope is; the notification's `Timestamp`.
pub fn stated(
    envelope: &Envelope<'_>,
    attribute: Option<AttributeText<'_>>,
) -> Result<Option<Stated>, Refusal> {
    let (object, field) = envelope.time();
    if let Some(own) = of_field(object, field)? {
        return Ok(Some(own));
    }
    if let Some(attribute) = attribute {
        return of_attribute(attribute).map(Some);
    }
    if let Some(attribute) = in_notification(envelope, EVENT_TIME)? {
        let text = attribute.text("Value").map_err(expecting_a_time)?;
        return parse(&text, attribute.path_of("Value")).map(Some);
    }
    if let Some(event_bridge) = envelope.around.event_bridge
        && let Some(sent) = of_field(event_bridge, "time")?
    {
        return Ok(Some(sent));
    }
    match envelope.around.notification {
        Some(notification) => of_field(notification, "Timestamp"),
        None => Ok(None),
    }
}

/// Reads the time in a field; none if it is missing or null.
fn of_field(object: &Object<'_>, field: &str) -> Result<Option<Stated>, Refusal> {
    if let Some(digits) = object.number(field) {
        let found = if digits.len() <= limits::QUOTED {
            Found::QuotedNumber(digits.to_owned())
        } else {
            Found::Number
        };
        let expected = "a string such as \"2026-01-31T09:30:00Z\", since a number does not tell \
                        seconds from milliseconds";
        return Err(object.refuse(field, Reason::WrongType, found, expected));
    }
    match object.optional_text(field).map_err(expecting_a_time)? {
        Some(text) => parse(&text, object.path_of(field)).map(Some),
        None => Ok(None),
    }
}

/// The refusal of a value that is no text, or an empty one, in the place of a time.
fn expecting_a_time(refusal: Refusal) -> Refusal {
    match refusal.reason {
        Reason::NotJson => refusal,
        _ => Refusal {
            expected: EXPECTED,
            ..refusal
        },
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

fn of_attribute(attribute: AttributeText<'_>) -> Result<Stated, Refusal> {
    let path = format!("messageAttributes.{EVENT_TIME}");
    match attribute {
        AttributeText::Text(text) => parse(text, path),
        AttributeText::Binary => Err(Refusal {
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
            found: Found::time(text),
            expected: EXPECTED,
        }),
    }
}
