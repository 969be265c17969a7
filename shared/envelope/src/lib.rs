//! Decodes the body of a message to a valid event.
//!
//! A message has one of four envelopes: a plain one, an EventBridge event, a CloudEvent in
//! structured JSON, or an SNS notification that contains one of the three. The `detail` of an
//! EventBridge event may itself be a plain event or a CloudEvent, which then counts. This crate
//! detects the envelope, determines the event's time and validates the event. Like
//! `roster-domain`, it does no I/O: the time at which SQS received the message is an argument.

mod attribute;
mod envelope;
mod origin;
mod time;

use std::borrow::Cow;

use envelope::{Envelope, with_envelope};
use roster_domain::{
    CATALOGUE, Event, EventId, EventTime, EventType, Found, Reason, Refusal, Sequence, limits,
};

pub use attribute::{AttributeText, KnownAttributes};
pub use time::EVENT_TIME;

/// A message as SQS delivers it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The body.
    pub body: &'a str,
    /// Its attributes.
    pub attributes: KnownAttributes<'a>,
    /// When SQS received the message (`SentTimestamp`).
    pub sent: EventTime,
}

/// Decodes the event in a message, or returns why it is invalid. A refusal is permanent.
pub fn decode(message: &Message<'_>) -> Result<Event, Refusal> {
    with_envelope(message.body, |envelope| {
        let event_type = event_type(envelope)?;
        let id = event_id(envelope)?;
        let time = match time::stated(envelope, message.attributes.event_time)? {
            Some(stated) => stated.not_ahead_of(message.sent)?,
            None => message.sent,
        };
        let sequence = sequence(envelope)?;
        let origin = origin::stated(envelope, &message.attributes)?;
        let payload = envelope.payload()?;
        let event = Event::validate(event_type, id, time, sequence.as_ref(), payload)?;
        Ok(Event { origin, ..event })
    })
}

/// Returns whether the body states the event's time. If it does not, the sender should set the
/// message attribute [`EVENT_TIME`].
pub fn carries_time(body: &str) -> bool {
    with_envelope(body, |envelope| time::stated(envelope, None))
        .is_ok_and(|stated| stated.is_some())
}

/// Returns the [`EVENT_TIME`] to set when this message is sent again, so that its event keeps its
/// position in the order.
///
/// `None` if the message already has that attribute, which is then kept, or if it states an
/// invalid time: replacing that would make an invalid event valid.
pub fn time_to_carry(message: &Message<'_>) -> Option<EventTime> {
    if message.attributes.event_time.is_some() {
        return None;
    }
    match with_envelope(message.body, |envelope| Ok(time::stated(envelope, None))) {
        Ok(Ok(Some(stated))) => Some(stated.time()),
        Ok(Err(_)) => None,
        Ok(Ok(None)) | Err(_) => Some(message.sent),
    }
}

/// The type and id of an event that may be invalid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// The event type, known or not.
    pub event_type: Option<String>,
    /// The event id, if it is valid.
    pub id: Option<EventId>,
}

/// Returns the type and id of the event in a body.
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
            Found::Quoted(name.into_owned())
        } else {
            Found::Text(name.len())
        };
        object.refuse(
            field,
            Reason::UnknownType,
            found,
            "an event type from the catalogue, such as \"UserCreated\"",
        )
    })
}

/// Returns whether an unknown type may appear in an error message. A word that begins like a
/// known type comes from the producer's code; anything else could be personal data in the wrong
/// field.
fn is_quotable(name: &str) -> bool {
    let known = CATALOGUE
        .iter()
        .any(|known| name.starts_with(first_word(known.name)));
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric());
    known && is_word && name.len() <= limits::QUOTED
}

/// Returns the first word of a type, such as `User` in `UserCreated`.
fn first_word(name: &str) -> &str {
    let next = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase());
    next.and_then(|(place, _)| name.get(..place))
        .unwrap_or(name)
}

/// None where it is missing or null.
fn sequence(envelope: &Envelope<'_>) -> Result<Option<Sequence>, Refusal> {
    let Some((object, field)) = envelope.sequence() else {
        return Ok(None);
    };
    let Some(text) = object.optional_text(field)? else {
        return Ok(None);
    };
    let sequence = Sequence::parse(&text).map_err(|invalid| object.invalid(field, invalid))?;
    Ok(Some(sequence))
}

fn event_id(envelope: &Envelope<'_>) -> Result<EventId, Refusal> {
    let (object, field) = envelope.id();
    EventId::parse(&object.text(field)?).map_err(|invalid| object.invalid(field, invalid))
}
