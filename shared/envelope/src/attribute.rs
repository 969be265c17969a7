//! Attributes of messages: of SQS, and of SNS notifications.

use roster_domain::json::Object;
use roster_domain::{OriginPart, Refusal};

use crate::envelope::Envelope;
use crate::time::EVENT_TIME;

/// The value of a message attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeText<'a> {
    /// Of type String or Number.
    Text(&'a str),
    /// Of type Binary.
    Binary,
}

/// The attributes of an SQS message that Roster reads. For the others, see
/// [`KnownAttributes::read`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KnownAttributes<'a> {
    /// [`EVENT_TIME`]
    pub event_time: Option<AttributeText<'a>>,
    /// The parts of the origin, in the order of [`OriginPart::ALL`].
    origin: [Option<AttributeText<'a>>; OriginPart::ALL.len()],
}

impl<'a> KnownAttributes<'a> {
    /// Reads the attributes. `get` returns the value of one, if the message has it.
    pub fn read(get: impl Fn(&str) -> Option<AttributeText<'a>>) -> Self {
        Self {
            event_time: get(EVENT_TIME),
            origin: OriginPart::ALL.map(|part| get(name_of(part))),
        }
    }

    /// The attributes of a message that has at most [`EVENT_TIME`].
    pub fn with_time(event_time: Option<AttributeText<'a>>) -> Self {
        Self {
            event_time,
            ..Self::default()
        }
    }

    /// The attribute with a part of the origin.
    pub fn origin(&self, part: OriginPart) -> Option<AttributeText<'a>> {
        let parts = OriginPart::ALL.into_iter().zip(self.origin);
        let mut values = parts.filter(|(of, _)| *of == part);
        values.next().and_then(|(_, value)| value)
    }
}

/// The message attribute with a part of the origin. Instrumentation sends `traceparent` by that
/// name.
pub const fn name_of(part: OriginPart) -> &'static str {
    match part {
        OriginPart::Source => "Source",
        OriginPart::Actor => "Actor",
        OriginPart::CorrelationId => "CorrelationId",
        OriginPart::TraceParent => "traceparent",
    }
}

/// An attribute of the SNS notification that the envelope arrived in.
pub fn in_notification<'a>(
    envelope: &Envelope<'a>,
    name: &str,
) -> Result<Option<Object<'a>>, Refusal> {
    let Some(notification) = envelope.around.notification else {
        return Ok(None);
    };
    match notification.optional_object("MessageAttributes")? {
        Some(attributes) => attributes.optional_object(name),
        None => Ok(None),
    }
}
