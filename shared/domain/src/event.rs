//! A valid event.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::clock::HASH_WIDTH;
use crate::contents::Contents;
use crate::json::Object;
use crate::{
    Change, Clock, Content, Entity, EventId, EventTime, EventType, Field, Found, Origin, Reason,
    Refusal, Sequence, State, Value,
};

/// The name of a restore's floor in its payload.
const FLOOR: &str = "floor";

/// A validated fact about one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The type of the event.
    pub event_type: &'static EventType,
    /// The id that the producer gave it.
    pub id: EventId,
    /// The entity it is about.
    pub entity: Entity,
    /// Its position in the order of all events.
    pub clock: Clock,
    /// What it states, as a state with nothing else in it.
    pub delta: State,
    /// Where it comes from.
    pub origin: Origin,
}

/// What an event states besides its entity and its change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContent {
    /// The fields, an empty value for one that the event clears.
    pub fields: Vec<(Field, Value)>,
    /// The floor of a restore.
    pub floor: Option<Clock>,
}

impl Event {
    /// Validates the payload of an event against its type. Unknown fields are ignored.
    pub fn validate(
        event_type: &'static EventType,
        id: EventId,
        time: EventTime,
        sequence: Option<&Sequence>,
        payload: &Object<'_>,
    ) -> Result<Self, Refusal> {
        let entity = event_type.kind.named_in(payload)?;
        let stated = stated_fields(event_type, payload)?;
        let floor = floor(event_type.change, payload)?;
        let hash = content_hash(&entity, event_type.change, &stated, floor.as_ref());
        let clock = Clock::new(time, sequence, event_type.change, &id, &hash);
        let fields = stated.into_iter();
        let fields = fields.map(|(field, contents)| (field, Value::from_contents(contents)));
        let stated = EventContent {
            fields: fields.collect(),
            floor,
        };
        Ok(Self::from_parts(event_type, id, entity, clock, stated))
    }

    /// Puts an event together from what is stored of it, without an origin. The caller vouches for it:
    /// nothing is validated, and the clock is taken as it is.
    pub fn from_parts(
        event_type: &'static EventType,
        id: EventId,
        entity: Entity,
        clock: Clock,
        stated: EventContent,
    ) -> Self {
        let EventContent { fields, floor } = stated;
        let delta = State::delta(event_type.change, &clock, fields, floor);
        Self {
            event_type,
            id,
            entity,
            clock,
            delta,
            origin: Origin::default(),
        }
    }
}

/// Reads the fields that a payload states. A put states all fields except optional ones, and one
/// without a value gets no register; a patch states at least one, and one without a value is
/// cleared.
fn stated_fields(
    event_type: &EventType,
    payload: &Object<'_>,
) -> Result<Vec<(Field, Contents)>, Refusal> {
    let is_patch = event_type.change == Change::Patch;
    let is_alone = event_type.fields().count() == 1;
    let mut stated: Vec<_> = event_type.implied().into_iter().collect();
    for field in event_type.fields() {
        let is_required = if is_patch {
            is_alone
        } else {
            !field.is_optional()
        };
        match field.stated(event_type.change, payload)? {
            Some(contents) if is_patch || !contents.is_empty() => stated.push((field, contents)),
            None if is_required => return Err(field.missing(payload)),
            Some(_) | None => {}
        }
    }
    if is_patch && stated.is_empty() {
        return Err(Refusal {
            reason: Reason::Missing,
            path: payload.path().to_owned(),
            found: Found::Object,
            expected: "at least one of the fields that this event changes",
        });
    }
    Ok(stated)
}

/// Reads the floor of a restore: the clock of the removal in force before the one that it undoes,
/// if there was one.
fn floor(change: Change, payload: &Object<'_>) -> Result<Option<Clock>, Refusal> {
    if change != Change::Restore {
        return Ok(None);
    }
    let Some(text) = payload.optional_text(FLOOR)? else {
        return Ok(None);
    };
    let expected = "the clock of a removal";
    let malformed = |_| payload.refuse(FLOOR, Reason::Malformed, Found::Text(text.len()), expected);
    Clock::parse(&text).map(Some).map_err(malformed)
}

/// SHA-256 of what the event states, cut to 128 bits: the attributes by name, ordered by name, so
/// that adding an optional field later does not change the hash of an event without it. A length
/// precedes each part, so that no two different statements have the same encoding.
fn content_hash(
    entity: &Entity,
    change: Change,
    stated: &[(Field, Contents)],
    floor: Option<&Clock>,
) -> String {
    let mut attributes = BTreeMap::new();
    for (field, contents) in stated {
        if contents.is_empty() {
            attributes.insert(field.name(), None);
        }
        let contents = contents.iter();
        attributes.extend(contents.map(|(attribute, content)| (attribute.name(), Some(content))));
    }
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(entity.kind().code());
    entity.ids().into_iter().for_each(&mut add);
    add(change.name());
    for (name, content) in attributes {
        add(name);
        match content {
            None => add(""), // No text is empty.
            Some(Content::Text(text)) => add(text),
            Some(Content::Texts(texts)) => {
                add(&texts.len().to_string());
                texts.iter().for_each(|text| add(text));
            }
            Some(Content::Flag(flag)) => add(&flag.to_string()),
        }
    }
    if change == Change::Restore {
        add(FLOOR);
        add(floor.map_or("", Clock::as_str));
    }
    let digest = hash.finalize();
    let mut text = String::with_capacity(HASH_WIDTH);
    for byte in digest.iter().take(HASH_WIDTH / 2) {
        let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
        text.extend(digits.into_iter().flatten());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    fn validate(name: &str, payload: &str) -> Result<Event, Refusal> {
        let time = EventTime::from_unix_millis(0).unwrap();
        let payload = Object::parse(payload, "$.payload")?;
        Event::validate(
            EventType::named(name).unwrap(),
            EventId::parse("e").unwrap(),
            time,
            None,
            &payload,
        )
    }

    fn refused(name: &str, payload: &str) -> (Reason, String) {
        let refusal = validate(name, payload).unwrap_err();
        (refusal.reason, refusal.path)
    }

    #[test]
    fn a_missing_required_field_is_refused_with_its_path() {
        for (name, payload, fields) in [
            (
                "UserCreated",
                r#"{"id":"u","name":"n","email":"e@x.y"}"#,
                &["id", "name", "email"][..],
            ),
            (
                "OrganizationCreated",
                r#"{"id":"o","name":"n"}"#,
                &["id", "name"],
            ),
            (
                "OrganizationUserAdded",
                r#"{"organizationId":"o","userId":"u","role":"admin"}"#,
                &["organizationId", "userId", "role"],
            ),
            (
                "OrganizationUserUpdated",
                r#"{"organizationId":"o","userId":"u","role":"admin"}"#,
                &["organizationId", "userId", "role"],
            ),
            (
                "OrganizationUserRemoved",
                r#"{"organizationId":"o","userId":"u"}"#,
                &["organizationId", "userId"],
            ),
        ] {
            assert!(validate(name, payload).is_ok(), "{name}");
            for field in fields {
                let without = payload.replace(&format!("\"{field}\""), "\"other\"");
                assert_eq!(
                    refused(name, &without),
                    (Reason::Missing, format!("$.payload.{field}"))
                );
            }
        }
    }

    #[test]
    fn a_malformed_value_is_refused() {
        let payload = r#"{"organizationId":"o","userId":"u","role":"owner"}"#;
        assert_eq!(
            refused("OrganizationUserAdded", payload),
            (Reason::Malformed, "$.payload.role".to_owned())
        );
        let payload = r#"{"id":"u","name":"n","email":"nobody"}"#;
        let refusal = validate("UserCreated", payload).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "$.payload.email: found a string of 6 bytes, \
             expected an email address like name@example.com, of at most 320 bytes"
        );
    }

    #[test]
    fn a_role_in_a_removal_is_ignored() {
        let plain = validate(
            "OrganizationUserRemoved",
            r#"{"organizationId":"o","userId":"u"}"#,
        );
        let with_role = validate(
            "OrganizationUserRemoved",
            r#"{"organizationId":"o","userId":"u","role":7,"extra":{}}"#,
        );
        assert_eq!(plain, with_role);
    }

    /// Clocks are stored: if the hash changed, a redelivered event would count as a new one.
    #[test]
    fn the_hash_of_an_event_does_not_change() {
        let member = r#"{"organizationId":"o","userId":"u","role":"admin"}"#;
        for (name, payload, hash) in [
            (
                "UserCreated",
                r#"{"id":"u","name":"N","email":"e@x.y"}"#,
                "b9f358302237ecf6eb1f35eba2a45c82",
            ),
            (
                "PermissionCreated",
                r#"{"id":"p","name":"N"}"#,
                "fa062385fc05ce85d07ae74d7c38755e",
            ),
            (
                "OrganizationCreated",
                r#"{"id":"o","name":"N"}"#,
                "9f4ce342acfc46456ab08cf134718b80",
            ),
            (
                "OrganizationUserAdded",
                member,
                "34bec2c5bd97e5e1d2d9d7f2a0614f33",
            ),
            (
                "OrganizationUserUpdated",
                member,
                "003dd413b1aa0e009fc68f2abc32b3bf",
            ),
            (
                "OrganizationUserRemoved",
                member,
                "289243879194590234bfb915d0e80fa3",
            ),
        ] {
            let Event {
                clock, event_type, ..
            } = validate(name, payload).unwrap();
            let rank = event_type.change.rank();
            assert_eq!(
                clock.as_str(),
                format!("1970-01-01T00:00:00.000000000Z\t\t{rank}\te\t{hash}")
            );
        }
    }

    /// This keeps the clocks of older events when a field is added later.
    #[test]
    fn an_omitted_optional_field_is_not_part_of_the_hash() {
        let without = r#"{"id":"p","name":"N"}"#;
        let null = r#"{"id":"p","name":"N","description":null}"#;
        let created = validate("PermissionCreated", without);
        assert_eq!(created, validate("PermissionCreated", null));
        assert_eq!(created.unwrap().delta.fields().count(), 1);
        let [renamed, cleared] = [without, null].map(|patch| validate("PermissionUpdated", patch));
        let cleared = cleared.unwrap();
        assert_ne!(renamed.unwrap().clock, cleared.clock, "null clears");
        assert_eq!(cleared.delta.fields().count(), 2);
    }

    #[test]
    fn a_name_in_parts_is_hashed_as_it_is_stated() {
        let hash = |stated: &str| {
            let payload = format!(r#"{{"id":"u","email":"e@x.y",{stated}}}"#);
            validate("UserCreated", &payload).unwrap().clock
        };
        let parts = hash(r#""firstName":"A","lastName":"B""#);
        assert_ne!(parts, hash(r#""name":"A B""#));
        assert_ne!(parts, hash(r#""firstName":"A B","lastName":"B""#));
    }

    #[test]
    fn events_with_different_content_have_different_clocks() {
        let payloads = [
            r#"{"organizationId":"o","userId":"u","role":"admin"}"#,
            r#"{"organizationId":"o","userId":"u","role":"reader"}"#,
            r#"{"organizationId":"ou","userId":"u","role":"reader"}"#,
            r#"{"organizationId":"o","userId":"uu","role":"reader"}"#,
        ];
        let types = ["OrganizationUserAdded", "OrganizationUserUpdated"];
        let mut clocks: Vec<_> = types
            .iter()
            .flat_map(|name| payloads.map(|payload| validate(name, payload).unwrap().clock))
            .collect();
        clocks.sort();
        clocks.dedup();
        assert_eq!(clocks.len(), types.len() * payloads.len());
    }
}
