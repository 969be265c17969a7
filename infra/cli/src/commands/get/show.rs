//! One entity, for a person or a program.

use roster_domain::{Attribute, Entity};
use roster_table::Record;
use roster_table::attribute::{CREATED_AT, UPDATED_AT};
use serde_json::{Map, Value, json};

use super::lists::Listed;
use crate::commands::output::{printable, title};
use crate::directory::contents;

/// The entity and what belongs to it. One that is not known has a null in the place of its name.
pub fn entity(entity: &Entity, record: Option<&Record>, lists: &[Listed]) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("name".to_owned(), Value::Null);
    for (id, value) in entity.kind().ids().iter().zip(entity.ids()) {
        object.insert(id.payload.to_owned(), json!(value));
    }
    if let Some(record) = record {
        object.extend(contents(&record.value));
        object.insert(CREATED_AT.to_owned(), json!(record.created_at));
        object.insert(UPDATED_AT.to_owned(), json!(record.updated_at));
    }
    let mut consistent = Map::new();
    for listed in lists {
        object.insert(listed.name.to_owned(), listed.json(Some(entity)));
        consistent.insert(listed.name.to_owned(), json!(listed.consistent));
    }
    object.insert("consistent".to_owned(), consistent.into());
    object
}

/// A line that says what it is.
pub fn headline(entity: &Entity, record: Option<&Record>) -> String {
    let what = title(&entity.to_string());
    let Some(record) = record else {
        return printable(&format!("{what}, not known yet"));
    };
    printable(&format!("{what}: {}", described(&record.value)))
}

/// The contents of an entity in a line.
pub fn described(value: &roster_domain::Value) -> String {
    let contents = value.contents();
    let contents: Vec<_> = contents
        .filter(|(attribute, _)| !matches!(attribute, Attribute::FirstName | Attribute::LastName))
        .map(|(attribute, content)| match attribute {
            Attribute::Name | Attribute::Role => content.to_string(),
            Attribute::Email => format!("<{content}>"),
            other => format!("{}: {content}", other.name()),
        })
        .collect();
    contents.join(", ")
}

/// The ids of an entity that are not those of `of`, each with its name.
pub fn ids_beside<'a>(entity: &'a Entity, of: Option<&Entity>) -> Vec<(&'static str, &'a str)> {
    let known: Vec<_> = of
        .into_iter()
        .flat_map(|of| of.kind().ids().iter().zip(of.ids()))
        .collect();
    let ids = entity.kind().ids().iter().zip(entity.ids());
    let new = ids.filter(|(id, value)| {
        !known
            .iter()
            .any(|(other, text)| other.name == id.name && text == value)
    });
    new.map(|(id, value)| (id.name, value)).collect()
}
