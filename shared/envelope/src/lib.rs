//! From the body of a message to a valid event.
//!
//! A message is one of four envelopes: a plain one, an EventBridge event, a CloudEvent in
//! structured JSON, or an SNS notification around one of the three. This crate decides
//! which, where the event's time comes from, and whether the event is valid. Like
//! `roster-domain` it is pure: when SQS got the message is an argument.

mod envelope;
mod time;

use std::borrow::Cow;

use envelope::{Envelope, with_envelope};
use roster_domain::{
    CATALOGUE, Event, EventId, EventTime, EventType, Found, Reason, Refusal, limits,
};

pub use time::{EVENT_TIME, EventTimeAttribute};

/// A message as SQS delivers it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The body.
    pub body: &'a str,
    /// The message attribute [`EVENT_TIME`], if the message has one.
    pub event_time: Option<EventTimeAttribute<'a>>,
    /// When SQS got the message (`SentTimestamp`).
    pub sent: EventTime,
}

/// Reads the event in a message, or says what is wrong with it. A refusal is permanent.
pub fn decode(message: &Message<'_>) -> Result<Event, Refusal> {
    with_envelope(message.body, |envelope| {
        let event_type = event_type(envelope)?;
        let id = event_id(envelope)?;
        let time = match time::stated(envelope, message.event_time)? {
            Some(stated) => stated.not_ahead_of(message.sent)?,
            None => message.sent,
        };
        Event::validate(event_type, id, time, &envelope.payload()?)
    })
}

/// Whether the body says when its event happened. Where it does not, its sender should add
/// the message attribute [`EVENT_TIME`].
pub fn carries_time(body: &str) -> bool {
    with_envelope(body, |envelope| time::stated(envelope, None))
        .is_ok_and(|stated| stated.is_some())
}

/// The time to send along as [`EVENT_TIME`] when this message is sent again, so that its event
/// keeps its place in the order.
///
/// None if the message has that attribute, which then stays as it is, or if it states a time
/// that cannot be read: another in its place would let an event in that is refused.
pub fn time_to_carry(message: &Message<'_>) -> Option<EventTime> {
    if message.event_time.is_some() {
        return None;
    }
    match with_envelope(message.body, |envelope| Ok(time::stated(envelope, None))) {
        Ok(Ok(Some(stated))) => Some(stated.time()),
        Ok(Err(_)) => None,
        Ok(Ok(None)) | Err(_) => Some(message.sent),
    }
}

/// What a message says of its event, whether or not that is valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// The event type, known or not.
    pub event_type: Option<String>,
    /// The event id, if it is a valid one.
    pub id: Option<EventId>,
}

/// Reads what the body of a message calls its event.
pub fn label(body: &str) -> Label {
    let read = |envelope: &Envelope<'_>| {
        let (object, field) = envelope.event_type();
        Ok(Label {
            event_type: object.text(field).ok().map(Cow::into_owned),
            id: event_id(envelope).ok(),
        })
    };
    with_envelope(body, read).unwrap_or_default()
}

fn event_type(envelope: &Envelope<'_>) -> Result<&'static EventType, Refusal> {
    let (object, field) = envelope.event_type();
    let name = object.text(field)?;
    EventType::named(&name).ok_or_else(|| {
        let found = if is_quotable(&name) {
            Found::Type(name.into_owned())
        } else {
            Found::Text(name.len())
        };
        object.refuse(
            field,
            Reason::UnknownType,
            found,
            "an event type of the catalogue, as in \"UserCreated\"",
        )
    })
}

/// A word that begins like a known type is a word of the producer's program and may be
/// repeated. Anything else could be a name or an email in the wrong place.
fn is_quotable(name: &str) -> bool {
    let known = CATALOGUE
        .iter()
        .any(|known| name.starts_with(first_word(known.name)));
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric());
    known && is_word && name.len() <= limits::QUOTED_TYPE
}

/// As `User` in `UserCreated`.
fn first_word(name: &str) -> &str {
    let next = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase());
    next.and_then(|(place, _)| name.get(..place))
        .unwrap_or(name)
}

fn event_id(envelope: &Envelope<'_>) -> Result<EventId, Refusal> {
    let (object, field) = envelope.id();
    EventId::parse(&object.text(field)?)
        .map_err(|invalid| object.refuse(field, invalid.reason, invalid.found, invalid.expected))
}
