//! Detects the envelope of a body and locates its parts.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roster_domain::json::Object;
use roster_domain::{EventType, Found, OriginPart, Reason, Refusal};

/// An opened envelope.
pub struct Envelope<'a> {
    format: Format,
    object: &'a Object<'a>,
    payload: Result<Object<'a>, Refusal>,
    /// What the envelope arrived in.
    pub around: Around<'a>,
}

/// What an envelope arrived in.
#[derive(Clone, Copy, Default)]
pub struct Around<'a> {
    /// The SNS notification.
    pub notification: Option<&'a Object<'a>>,
    /// The EventBridge event whose `detail` the envelope is.
    pub event_bridge: Option<&'a Object<'a>>,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Plain,
    EventBridge,
    CloudEvents,
}

/// The base64 text of a CloudEvent's payload.
const DATA_BASE64: &str = "data_base64";

/// Opens the envelope in `body` and passes it to `read`. An SNS notification is unwrapped once; its
/// message is opened like any other body. So is an envelope in the `detail` of an EventBridge
/// event.
pub fn with_envelope<T>(
    body: &str,
    read: impl FnOnce(&Envelope<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let object = one_event(body, "$".to_owned())?;
    if !is_sns_notification(&object) {
        return open(&object, Around::default(), read);
    }
    let text = object.text("Message")?;
    let inner = one_event(&text, object.path_of("Message"))?;
    let around = Around {
        notification: Some(&object),
        ..Around::default()
    };
    open(&inner, around, read)
}

/// Parses the object of an event. An array is refused with a reason of its own.
fn one_event(text: &str, path: String) -> Result<Object<'_>, Refusal> {
    Object::parse(text, path).map_err(|refusal| match refusal.found {
        Found::Array => Refusal {
            expected: "one event; the batched mode of CloudEvents and other arrays are not read, \
                       so send each event as a message of its own",
            ..refusal
        },
        _ => refusal,
    })
}

fn is_sns_notification(object: &Object<'_>) -> bool {
    object.text("Type").is_ok_and(|text| text == "Notification")
}

/// The fields by which the `detail` of an EventBridge event is recognized as an envelope. No payload
/// of the catalogue has one of them.
const FIELDS_OF_ENVELOPES: [&str; 6] = [
    "specversion",
    "data",
    DATA_BASE64,
    "payload",
    "eventId",
    "detail-type",
];

/// Whether the `detail` of an EventBridge event is an envelope and not a payload: it has a field that
/// only envelopes have, or a `type` from the catalogue. What only looks like an envelope is refused
/// rather than read as a payload, since the `id` of an event would then be that of an entity.
fn is_envelope(detail: &Object<'_>) -> bool {
    let has_field = FIELDS_OF_ENVELOPES.iter().any(|name| detail.has(name));
    let of_type = |text: Cow<'_, str>| EventType::named(&text).is_some();
    has_field || detail.text("type").is_ok_and(of_type)
}

fn open<'a, T>(
    object: &'a Object<'a>,
    around: Around<'a>,
    read: impl FnOnce(&Envelope<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if !object.has("detail-type") {
        return open_own(object, around, read);
    }
    let text = object.text("detail").ok();
    let detail = match &text {
        Some(text) => Object::parse(text, object.path_of("detail")),
        None => object.object("detail"),
    };
    match detail {
        Ok(inner) if inner.has("detail-type") => {
            let expected =
                "a plain event, a CloudEvent or a payload, not another EventBridge event";
            Err(object.refuse("detail", Reason::Malformed, Found::Object, expected))
        }
        Ok(inner) if is_envelope(&inner) => {
            let around = Around {
                event_bridge: Some(object),
                ..around
            };
            open_own(&inner, around, read)
        }
        payload => read(&Envelope {
            format: Format::EventBridge,
            object,
            payload,
            around,
        }),
    }
}

/// Opens a plain event or a CloudEvent.
fn open_own<T>(
    object: &Object<'_>,
    around: Around<'_>,
    read: impl FnOnce(&Envelope<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let is_plain = object.has("payload") || !object.has("data") && !object.has(DATA_BASE64);
    if is_plain && !object.has("specversion") {
        return read(&Envelope {
            format: Format::Plain,
            object,
            payload: object.object("payload"),
            around,
        });
    }
    require_version_1(object)?;
    let decoded = decoded(object);
    let payload = match &decoded {
        Ok(Some(text)) => Object::parse(text, object.path_of(DATA_BASE64)),
        Ok(None) => object.object("data"),
        Err(refusal) => Err(refusal.clone()),
    };
    read(&Envelope {
        format: Format::CloudEvents,
        object,
        payload,
        around,
    })
}

impl<'a> Envelope<'a> {
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

    /// Returns the name of the envelope.
    pub const fn name(&self) -> &'static str {
        match self.format {
            Format::Plain => "Plain",
            Format::EventBridge => "EventBridge",
            Format::CloudEvents => "CloudEvents",
        }
    }

    /// Returns the object and the name of the field that hold a part of the origin, in envelopes that
    /// have one. The names of CloudEvents' attributes are in lower case. EventBridge has a source
    /// only; that of the event around this one applies if this one states none.
    pub fn origin(&self, part: OriginPart) -> Option<(&Object<'a>, Cow<'static, str>)> {
        let name = part.name();
        let own = match self.format {
            Format::Plain => Some(Cow::from(name)),
            Format::CloudEvents => Some(Cow::from(name.to_ascii_lowercase())),
            Format::EventBridge if part == OriginPart::Source => Some(Cow::from(name)),
            Format::EventBridge => None,
        };
        let own = own.filter(|own| self.object.states(own));
        let own = own.map(|own| (self.object, own));
        own.or_else(|| {
            let around = self.around.event_bridge;
            let around = around.filter(|around| part == OriginPart::Source && around.states(name));
            Some((around?, Cow::from(name)))
        })
    }

    /// Returns the payload.
    pub fn payload(&self) -> Result<&Object<'a>, Refusal> {
        self.payload.as_ref().map_err(Clone::clone)
    }
}

fn require_version_1(object: &Object<'_>) -> Result<(), Refusal> {
    let version = object.text("specversion")?;
    if version == "1.0" {
        Ok(())
    } else {
        let found = Found::version(&version);
        Err(object.refuse("specversion", Reason::Malformed, found, r#""1.0""#))
    }
}

/// Decodes `data_base64`; none if the payload is not in it.
fn decoded(object: &Object<'_>) -> Result<Option<String>, Refusal> {
    let Some(text) = object.optional_text(DATA_BASE64)? else {
        return Ok(None);
    };
    let refuse = |reason, expected| {
        let found = Found::Text(text.len());
        Err(object.refuse(DATA_BASE64, reason, found, expected))
    };
    if object.states("data") {
        return refuse(Reason::Ambiguous, "only one of data and data_base64");
    }
    let bytes = STANDARD.decode(Cow::as_ref(&text)).ok();
    match bytes.map(String::from_utf8) {
        Some(Ok(json)) => Ok(Some(json)),
        Some(Err(_)) => refuse(Reason::NotJson, "base64 of JSON in UTF-8"),
        None => refuse(Reason::Malformed, "base64 (RFC 4648, 4) of a JSON object"),
    }
}
