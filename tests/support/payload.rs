//! Payloads of every type in the catalogue, built from a few ids and values, so that events of
//! one entity meet and ties occur. No type or kind is named here.

use roster_domain::{Attribute, Change, EventType, Field, Form, Kind};
use serde_json::{Map, Value, json};

/// Chooses one of this many.
pub type Choose<'a> = &'a mut dyn FnMut(usize) -> usize;

/// Ids of an entity of this kind, in the order of [`Kind::ids`]: each is one of two.
pub fn ids(kind: Kind, suffix: &str, choose: Choose<'_>) -> Vec<String> {
    let id = |id: &roster_domain::IdName| id_of(id.name, choose(2), suffix);
    kind.ids().iter().map(id).collect()
}

/// A valid payload of this type about the entity with these ids.
pub fn payload(event_type: &EventType, ids: &[String], suffix: &str, choose: Choose<'_>) -> Value {
    let mut payload = Map::new();
    for (id, text) in event_type.kind.ids().iter().zip(ids) {
        payload.insert(id.payload.to_owned(), json!(text));
    }
    let mut fields: Vec<_> = event_type.fields().collect();
    if event_type.change == Change::Patch && !fields.is_empty() {
        let kept = choose(fields.len());
        let mut place = 0..;
        fields.retain(|_| place.next() == Some(kept) || choose(2) == 0);
    }
    for field in fields {
        state(field, &mut payload, suffix, choose);
    }
    payload.into()
}

/// States one of a few values of a field in one of its spellings.
fn state(field: Field, payload: &mut Map<String, Value>, suffix: &str, choose: Choose<'_>) {
    if field.may_be_absent() && choose(3) == 0 {
        let none = if choose(2) == 0 {
            Value::Null
        } else {
            json!("")
        };
        payload.insert(field.name().to_owned(), none);
        return;
    }
    let spelling = choose(field.spellings().len());
    for &attribute in field
        .spellings()
        .get(spelling)
        .into_iter()
        .copied()
        .flatten()
    {
        let value = value(attribute, choose(3), suffix);
        payload.insert(attribute.name().to_owned(), value);
    }
}

fn value(attribute: Attribute, n: usize, suffix: &str) -> Value {
    match attribute.form() {
        Form::Email => json!(format!("Mail{n}@example.com")),
        Form::BuiltInRole => json!(["admin", "ORG_USER", "reader"].get(n)),
        Form::CustomRole => json!(id_of("roleId", n, suffix)),
        Form::Permissions => {
            let ids = [0, 1].map(|n| id_of("permissionId", n, suffix));
            json!(ids.get(..n).unwrap_or_default())
        }
        Form::Id => {
            let kinds = ["organizationId", "userId"];
            let named = kinds.into_iter().find(|kind| names(attribute, kind));
            json!(id_of(named.unwrap_or(attribute.name()), n, suffix))
        }
        Form::Text { .. } if attribute.may_be_absent() && n == 0 => Value::Null,
        Form::Text { .. } => json!(format!("{} {n}", attribute.name())),
        Form::Flag => json!(n > 0),
    }
}

/// Whether an attribute refers to an id, as `ownerUserId` refers to a `userId`.
fn names(attribute: Attribute, id: &str) -> bool {
    attribute
        .name()
        .to_lowercase()
        .ends_with(&id.to_lowercase())
}

fn id_of(name: &str, n: usize, suffix: &str) -> String {
    let word = name.strip_suffix("Id").unwrap_or(name);
    format!("{word}{n}{suffix}")
}
