//! Detects the envelope of a body and locates its parts.

use roster_domain::json::Object;
use roster_domain::{Found, Reason, Refusal};

/// An opened envelope.
pub struct Envelope<'a> {
    format: Format,
    object: &'a Object<'a>,
    /// The SNS notification that contains the envelope.
    pub notification: Option<&'a Object<'a>>,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Plain,
    EventBridge,
    CloudEvents,
}

/// Opens the envelope in `body` and passes it to `read`. An SNS notification is unwrapped
/// once; its message is opened like any other body.
pub fn with_envelope<T>(
    body: &str,
    read: impl FnOnce(&Envelope<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let object = Object::parse(body, "$")?;
    if !is_sns_notification(&object) {
        return read(&Envelope::open(&object, None)?);
    }
    let text = object.text("Message")?;
    let inner = Object::parse(&text, object.path_of("Message"))?;
    read(&Envelope::open(&inner, Some(&object))?)
}

fn is_sns_notification(object: &Object<'_>) -> bool {
    object.text("Type").is_ok_and(|text| text == "Notification")
}

impl<'a> Envelope<'a> {
    fn open(object: &'a Object<'a>, notification: Option<&'a Object<'a>>) -> Result<Self, Refusal> {
        let format = if object.has("detail-type") {
            Format::EventBridge
        } else if object.has("specversion") {
            Format::CloudEvents
        } else {
            Format::Plain
        };
        if let Format::CloudEvents = format {
            require_version_1(object)?;
        }
        Ok(Self {
            format,
            object,
            notification,
        })
    }

    /// Returns the object and field with the event type.
    pub fn event_type(&self) -> (&Object<'a>, &'static str) {
        let field = match self.format {
            Format::Plain | Format::CloudEvents => "type",
            Format::EventBridge => "detail-type",
        };
        (self.object, field)
    }

    /// Returns the object and field with the event id.
    pub fn id(&self) -> (&Object<'a>, &'static str) {
        let field = match self.format {
            Format::Plain => "eventId",
            Format::EventBridge | Format::CloudEvents => "id",
        };
        (self.object, field)
    }

    /// Returns the object and field with the event's own time.
    pub fn time(&self) -> (&Object<'a>, &'static str) {
        let field = match self.format {
            Format::Plain => "timestamp",
            Format::EventBridge | Format::CloudEvents => "time",
        };
        (self.object, field)
    }

    /// Returns the object and the name of the field that hold the sequence, in envelopes that have one.
    pub fn sequence(&self) -> Option<(&Object<'a>, &'static str)> {
        match self.format {
            Format::Plain | Format::CloudEvents => Some((self.object, "sequence")),
            Format::EventBridge => None,
        }
    }

    /// Returns the payload.
    pub fn payload(&self) -> Result<Object<'a>, Refusal> {
        self.object.object(match self.format {
            Format::Plain => "payload",
            Format::EventBridge => "detail",
            Format::CloudEvents => "data",
        })
    }
}

fn require_version_1(object: &Object<'_>) -> Result<(), Refusal> {
    let version = object.text("specversion")?;
    if version == "1.0" {
        Ok(())
    } else {
        let found = Found::Text(version.len());
        Err(object.refuse("specversion", Reason::Malformed, found, r#""1.0""#))
    }
}
