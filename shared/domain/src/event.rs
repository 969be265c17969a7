//! A valid event.

use sha2::{Digest, Sha256};

use crate::clock::HASH_WIDTH;
use crate::json::Object;
use crate::{
    Change, Clock, Content, Entity, EventId, EventTime, EventType, Field, Found, Reason, Refusal,
    State, Value,
};

/// A fact about one entity that passed validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Which type of event it is.
    pub event_type: &'static EventType,
    /// Its id, as its producer gave it.
    pub id: EventId,
    /// The entity it is about.
    pub entity: Entity,
    /// Its place in the order of all events.
    pub clock: Clock,
    /// What it says, as a state that holds nothing else.
    pub delta: State,
}

impl Event {
    /// Checks the payload of an event against its type. Unknown fields are tolerated.
    pub fn validate(
        event_type: &'static EventType,
        id: EventId,
        time: EventTime,
        payload: &Object<'_>,
    ) -> Result<Self, Refusal> {
        let entity = event_type.kind.named_in(payload)?;
        let fields = stated_fields(event_type, payload)?;
        let hash = content_hash(&entity, event_type.change, &fields);
        let clock = Clock::new(time, &id, &hash);
        let delta = State::delta(event_type.change, &clock, fields);
        Ok(Self {
            event_type,
            id,
            entity,
            clock,
            delta,
        })
    }
}

/// What the payload says of each field: of all in a put, of at least one in a patch.
fn stated_fields(
    event_type: &EventType,
    payload: &Object<'_>,
) -> Result<Vec<(Field, Value)>, Refusal> {
    let fields: Vec<_> = event_type.fields().collect();
    let required = |field: &Field| Ok((*field, field.required(payload)?));
    match (event_type.change, &*fields) {
        (Change::Put | Change::Remove, fields) => fields.iter().map(required).collect(),
        (Change::Patch, [only]) => Ok(vec![required(only)?]),
        (Change::Patch, fields) => {
            let mut stated = Vec::new();
            for &field in fields {
                stated.extend(field.stated(payload)?.map(|value| (field, value)));
            }
            if stated.is_empty() {
                return Err(Refusal {
                    reason: Reason::Missing,
                    path: payload.path().to_owned(),
                    found: Found::Object,
                    expected: "at least one of the fields that this event changes",
                });
            }
            Ok(stated)
        }
    }
}

/// SHA-256 of what the event means, cut to 128 bits. Each part is preceded by its length, so
/// that no two meanings are written alike.
fn content_hash(entity: &Entity, change: Change, fields: &[(Field, Value)]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(entity.kind().name());
    entity.ids().into_iter().for_each(&mut add);
    add(change.name());
    for (field, value) in fields {
        if value.is_empty() {
            add(field.name());
            add(""); // No text is empty.
        }
        for (attribute, content) in value.contents() {
            add(attribute.name());
            match content {
                Content::Text(text) => add(text),
                Content::Texts(texts) => {
                    add(&texts.len().to_string());
                    texts.iter().for_each(|text| add(text));
                }
            }
        }
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
            &payload,
        )
    }

    fn refused(name: &str, payload: &str) -> (Reason, String) {
        let refusal = validate(name, payload).unwrap_err();
        (refusal.reason, refusal.path)
    }

    #[test]
    fn each_required_field_is_refused_by_its_path_when_it_is_missing() {
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
    fn a_value_of_the_wrong_form_is_refused() {
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
    fn a_role_that_comes_with_a_removal_means_nothing() {
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

    /// Clocks are stored: another hash would make every event that comes again a new one.
    #[test]
    fn the_hash_of_an_event_does_not_change() {
        let member = r#"{"organizationId":"o","userId":"u","role":"admin"}"#;
        for (name, payload, hash) in [
            (
                "UserCreated",
                r#"{"id":"u","name":"N","email":"e@x.y"}"#,
                "1891e8a3e8f69f7e2f3564c1a62e7158",
            ),
            (
                "OrganizationCreated",
                r#"{"id":"o","name":"N"}"#,
                "aceff426f27bf4b9b1ba468cade90ec4",
            ),
            (
                "OrganizationUserAdded",
                member,
                "bc5f8ad4436e70fbb679551d42d1b7f9",
            ),
            (
                "OrganizationUserUpdated",
                member,
                "21d197e90b33d05e808bf44ed55bada6",
            ),
            (
                "OrganizationUserRemoved",
                member,
                "1498335122e31150f78f42eb761a9743",
            ),
        ] {
            let clock = validate(name, payload).unwrap().clock;
            assert_eq!(
                clock.as_str(),
                format!("1970-01-01T00:00:00.000000000Z\te\t{hash}")
            );
        }
    }

    #[test]
    fn events_that_mean_different_things_have_different_clocks() {
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
