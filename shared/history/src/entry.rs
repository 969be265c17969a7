//! Version 1 of an entry of the history: from an event to attributes, and back.
//!
//! The test `old_entries` keeps entries of this version byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use roster_domain::{
    Clock, Content, Event, EventContent, EventId, EventTime, EventType, Field, Kind, Origin,
    OriginPart, Value,
};
use roster_item::{
    Attributes, ItemValue, Key, Name, ReadItem, UnreadableItem, content, entity, number, optional,
    required, unreadable,
};

use crate::attribute as name;

/// The version that this code writes.
pub const HISTORY_VERSION: u32 = 1;

/// An event in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The event.
    pub event: Event,
    /// When it was accepted.
    pub recorded_at: EventTime,
}

/// The key of an event: its entity, and its place in the order of the entity's events.
pub fn key_of(event: &Event) -> Key {
    let Key { pk, sk } = Key::of(&event.entity);
    Key {
        pk: format!("{pk}\t{sk}"),
        sk: event.clock.to_string(),
    }
}

/// All attributes of an event, the key included.
pub fn attributes(event: &Event, recorded_at: EventTime) -> Attributes {
    let Key { pk, sk } = key_of(event);
    let kind = event.entity.kind();
    let mut attributes: Attributes = [
        (name::PK, ItemValue::Text(pk)),
        (name::SK, ItemValue::Text(sk)),
        (
            name::HISTORY_VERSION,
            ItemValue::Number(HISTORY_VERSION.to_string()),
        ),
        (name::EVENT_TYPE, text(event.event_type.name)),
        (name::EVENT_ID, text(event.id.as_str())),
        (name::ENTITY_TYPE, text(kind.code())),
        (name::RECORDED_AT, ItemValue::Text(recorded_at.to_string())),
    ]
    .map(|(name, value)| (Name::from(name), value))
    .into();
    let ids = kind.ids().iter().zip(event.entity.ids());
    attributes.extend(ids.map(|(id, value)| (id.name.into(), text(value))));
    attributes.extend(stated(event));
    attributes.extend(origin_attributes(&event.origin));
    attributes
}

fn origin_attributes(origin: &Origin) -> Attributes {
    let stated = origin.stated();
    let parts = stated.map(|(part, value)| (part.name().into(), text(value)));
    let envelope = Some(origin.envelope()).filter(|envelope| !envelope.is_empty());
    let envelope = envelope.map(|envelope| (name::ENVELOPE.into(), text(envelope)));
    parts.chain(envelope).collect()
}

/// What the event states: its values, the fields that it clears, and the floor of a restore.
fn stated(event: &Event) -> Attributes {
    let mut stated = Attributes::new();
    let mut cleared = Vec::new();
    for (field, register) in event.delta.fields() {
        if register.value.is_empty() {
            cleared.push(field.name().to_owned());
        }
        let contents = register.value.contents();
        stated
            .extend(contents.map(|(attribute, content)| (attribute.name().into(), content.into())));
    }
    if !cleared.is_empty() {
        stated.insert(name::CLEARED.into(), ItemValue::Texts(cleared));
    }
    let restored = event.delta.registers().restored.as_ref();
    if let Some(floor) = restored.and_then(|restored| restored.floor.as_ref()) {
        stated.insert(name::FLOOR.into(), text(floor.as_str()));
    }
    stated
}

impl Entry {
    /// Reads an entry of any version.
    ///
    /// # Errors
    ///
    /// [`UnreadableItem`] if Roster did not write it, or wrote it in a later version.
    pub fn read(item: &impl ReadItem) -> Result<Self, UnreadableItem> {
        if number(item, name::HISTORY_VERSION)? != u64::from(HISTORY_VERSION) {
            return Err(unreadable(name::HISTORY_VERSION, "a known version"));
        }
        let entity = entity(item)?;
        let event_type = EventType::named(required(item, name::EVENT_TYPE)?)
            .filter(|event_type| event_type.kind == entity.kind())
            .ok_or_else(|| unreadable(name::EVENT_TYPE, "an event type of the entity's kind"))?;
        let id = EventId::parse(required(item, name::EVENT_ID)?)
            .map_err(|_| unreadable(name::EVENT_ID, "an event id"))?;
        let content = EventContent {
            fields: fields(item, event_type.kind)?,
            floor: optional(item, name::FLOOR)?
                .map(|text| clock(text, name::FLOOR))
                .transpose()?,
        };
        let clock = clock(required(item, name::SK)?, name::SK)?;
        let mut event = Event::from_parts(event_type, id, entity, clock, content);
        event.origin = origin(item)?;
        Ok(Self {
            event,
            recorded_at: EventTime::parse(required(item, name::RECORDED_AT)?)
                .map_err(|_| unreadable(name::RECORDED_AT, "a time"))?,
        })
    }
}

/// Reads the fields that an event states.
fn fields(item: &impl ReadItem, kind: Kind) -> Result<Vec<(Field, Value)>, UnreadableItem> {
    let cleared = cleared(item)?;
    let mut fields = Vec::new();
    for &field in kind.fields() {
        let mut contents = BTreeMap::new();
        for attribute in field.attributes() {
            if let Some(content) = content(item, attribute.name())? {
                contents.insert(attribute, content);
            }
        }
        if !contents.is_empty() || cleared.contains(field.name()) {
            fields.push((field, Value::from_contents(contents)));
        }
    }
    Ok(fields)
}

fn cleared(item: &impl ReadItem) -> Result<BTreeSet<String>, UnreadableItem> {
    match content(item, name::CLEARED)? {
        None => Ok(BTreeSet::new()),
        Some(Content::Texts(names)) => Ok(names),
        Some(_) => Err(unreadable(name::CLEARED, "a list of names of fields")),
    }
}

fn origin(item: &impl ReadItem) -> Result<Origin, UnreadableItem> {
    let envelope = optional(item, name::ENVELOPE)?.unwrap_or_default();
    let mut origin = Origin::of_envelope(envelope.to_owned());
    for part in OriginPart::ALL {
        if let Some(text) = optional(item, part.name())? {
            let set = origin.set(part, text);
            set.map_err(|_| unreadable(part.name(), "a part of an origin"))?;
        }
    }
    Ok(origin)
}

fn clock(text: &str, attribute: &'static str) -> Result<Clock, UnreadableItem> {
    Clock::parse(text).map_err(|_| unreadable(attribute, "a clock"))
}

fn text(value: &str) -> ItemValue {
    ItemValue::Text(value.to_owned())
}

#[cfg(test)]
mod tests {
    use roster_domain::json::Object;
    use roster_domain::{CATALOGUE, Sequence};
    use roster_item::ItemValueRef;

    use super::*;

    struct Written(Attributes);

    impl ReadItem for Written {
        fn get(&self, name: &str) -> Option<ItemValueRef<'_>> {
            Some(match self.0.get(name)? {
                ItemValue::Text(text) => ItemValueRef::Text(text),
                ItemValue::Number(digits) => ItemValueRef::Number(digits),
                ItemValue::Texts(texts) => {
                    ItemValueRef::Texts(texts.iter().map(String::as_str).collect())
                }
                ItemValue::Flag(flag) => ItemValueRef::Flag(*flag),
            })
        }
    }

    fn event(name: &str, payload: &str) -> Event {
        Event::validate(
            EventType::named(name).unwrap(),
            EventId::parse("e").unwrap(),
            EventTime::from_unix_millis(1).unwrap(),
            Some(&Sequence::parse("7").unwrap()),
            &Object::parse(payload, "$").unwrap(),
        )
        .unwrap()
    }

    fn recorded_at() -> EventTime {
        EventTime::from_unix_millis(1_234).unwrap()
    }

    fn written(event: &Event) -> Attributes {
        attributes(event, recorded_at())
    }

    #[test]
    fn every_type_of_event_is_read_back_as_it_was_written() {
        let examples = CATALOGUE.iter().map(|of| event(of.name, of.example));
        let others = [
            (
                "UserUpdated",
                r#"{"id":"u","firstName":"A","lastName":"B"}"#,
            ),
            (
                "UserUpdated",
                r#"{"id":"u","firstName":"A","lastName":null}"#,
            ),
            (
                "UserCreated",
                r#"{"id":"u","firstName":null,"lastName":"B","email":null}"#,
            ),
            ("UserUpdated", r#"{"id":"u","email":null,"name":"N"}"#),
            ("PermissionUpdated", r#"{"id":"p","description":""}"#),
            (
                "OrganizationUserUpdated",
                r#"{"organizationId":"o","userId":"u","role":null}"#,
            ),
        ];
        let others = others.map(|(name, payload)| event(name, payload));
        for event in examples.chain(others) {
            let read = Entry::read(&Written(written(&event)));
            let recorded_at = recorded_at();
            assert_eq!(read, Ok(Entry { event, recorded_at }));
        }
    }

    #[test]
    fn the_origin_of_an_event_is_read_back() {
        let mut event = event("UserUpdated", r#"{"id":"u","name":"N"}"#);
        event.origin = Origin::of_envelope("CloudEvents");
        for (part, value) in [
            (OriginPart::Source, "/hr"),
            (OriginPart::Actor, "ada"),
            (OriginPart::CorrelationId, "c-1"),
            (
                OriginPart::TraceParent,
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
        ] {
            event.origin.set(part, value).unwrap();
            let text = ItemValue::Text(value.to_owned());
            assert_eq!(written(&event).get(part.name()), Some(&text));
            let read = Entry::read(&Written(written(&event))).unwrap();
            assert_eq!(read.event.origin, event.origin);
        }
    }

    #[test]
    fn a_cleared_field_differs_from_one_that_is_not_stated() {
        let both = event("UserUpdated", r#"{"id":"u","email":null,"name":"N"}"#);
        let cleared = ItemValue::Texts(vec!["email".to_owned()]);
        assert_eq!(written(&both).get("cleared"), Some(&cleared));
        let one = event("UserUpdated", r#"{"id":"u","name":"N"}"#);
        assert_eq!(written(&one).get("cleared"), None);
    }

    #[test]
    fn the_key_is_that_of_the_entity_and_then_the_clock() {
        let event = event(
            "TeamUserAdded",
            r#"{"organizationId":"o","teamId":"t","userId":"u"}"#,
        );
        let Key { pk, sk } = key_of(&event);
        assert_eq!(pk, "TEAM#o\tt\tUSER#u");
        assert_eq!(sk, event.clock.as_str());
    }

    #[test]
    fn an_entry_of_a_later_version_or_with_a_wrong_attribute_is_refused() {
        let event = event("UserUpdated", r#"{"id":"u","email":null}"#);
        let wrong = |text: &str| ItemValue::Text(text.to_owned());
        for (attribute, value) in [
            ("historyVersion", ItemValue::Number("2".to_owned())),
            ("historyVersion", wrong("1")),
            ("eventType", wrong("UserRenamed")),
            ("eventType", wrong("OrganizationRenamed")),
            ("eventId", wrong("")),
            ("entityType", wrong("PLANET")),
            ("userId", wrong("")),
            ("recordedAt", wrong("yesterday")),
            ("SK", wrong("1970")),
            ("cleared", wrong("email")),
            ("floor", wrong("1970")),
            ("traceparent", wrong("1970")),
            ("actor", wrong("")),
            ("email", ItemValue::Number("1".to_owned())),
        ] {
            let mut item = written(&event);
            item.insert(attribute.into(), value);
            let error = Entry::read(&Written(item)).unwrap_err();
            assert_eq!(error.attribute, attribute);
        }
    }
}
