//! The JSON Schema of each event's payload, derived from the definitions that validate it.
//!
//! Every payload that a schema accepts is valid, except for lengths: JSON Schema counts
//! characters and [`limits`] counts bytes. A schema is slightly stricter than Roster: an
//! alternative spelling of a field that Roster ignores must have the right type, too.

use serde_json::{Map, Value, json};

use crate::role::BuiltInRole;
use crate::{Attribute, CATALOGUE, Change, EventType, Field, Form, Kind, limits};

/// The dialect of JSON Schema.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A text without control characters.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

impl EventType {
    /// The JSON Schema of the payload.
    pub fn schema(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for id in self.kind.ids() {
            let schema = id_other_than(&self.kind.reserved_ids());
            properties.insert(id.payload.to_owned(), schema);
            required.push(id.payload);
        }
        let mut rules = Vec::new();
        let fields: Vec<_> = self.fields().collect();
        let is_alone = self.change != Change::Patch || fields.len() == 1;
        for &field in &fields {
            for attribute in field.attributes() {
                let schema = form_schema(attribute.form());
                let may_be_null = field.is_optional() || (is_alone && field.spellings().len() > 1);
                let schema = if may_be_null { or_null(schema) } else { schema };
                properties.insert(attribute.name().to_owned(), schema);
            }
            match field.spellings() {
                [[only]] if is_alone && !field.is_optional() => required.push(only.name()),
                [_] => {}
                several if is_alone => rules.push(one_of(field, several)),
                several => rules.extend(several.iter().filter_map(|s| whole(s))),
            }
        }
        if !is_alone {
            let any = fields
                .iter()
                .flat_map(|field| field.spellings().iter().copied());
            let any: Vec<_> = any
                .map(|spelling| json!({"required": names(spelling)}))
                .collect();
            rules.push(json!({"anyOf": any}));
        }
        let mut schema = json!({
            "$schema": DRAFT,
            "$id": format!("urn:roster:event:{}", self.name),
            "title": self.name,
            "description": self.meaning(),
            "type": "object",
            "properties": properties,
            "required": required,
            "examples": [serde_json::from_str::<Value>(self.example).unwrap_or_default()],
        });
        if let (Some(schema), false) = (schema.as_object_mut(), rules.is_empty()) {
            schema.insert("allOf".to_owned(), rules.into());
        }
        schema
    }

    /// What the event does, as a sentence.
    pub fn meaning(&self) -> String {
        let kind = self.kind.name();
        match self.change {
            Change::Put => format!("Makes a {kind} present with exactly these fields."),
            Change::Patch => {
                format!("Changes fields of a {kind} if it is present, and does nothing otherwise.")
            }
            Change::Remove => format!("Makes a {kind} absent."),
            Change::Restore => {
                format!("Undoes the removal of a {kind}, which gets exactly these fields.")
            }
        }
        .replace(" a organization", " an organization")
    }
}

/// All schemas, by the name of the event type.
pub fn schemas() -> impl Iterator<Item = (&'static str, Value)> {
    CATALOGUE
        .iter()
        .map(|event_type| (event_type.name, event_type.schema()))
}

/// Accepts one of the spellings, without nulls; exactly one where using two is an error.
fn one_of(field: Field, spellings: &[&[Attribute]]) -> Value {
    let spellings: Vec<_> = spellings
        .iter()
        .map(|spelling| {
            let not_null = spelling.iter().map(|attribute| {
                (
                    attribute.name().to_owned(),
                    json!({"not": {"type": "null"}}),
                )
            });
            let not_null: Map<_, _> = not_null.collect();
            json!({"required": names(spelling), "properties": not_null})
        })
        .collect();
    let how = if field.has_one_spelling() {
        "oneOf"
    } else {
        "anyOf"
    };
    json!({how: spellings})
}

/// Requires all attributes of a spelling, or none of them.
fn whole(spelling: &[Attribute]) -> Option<Value> {
    let names = names(spelling);
    let dependent: Map<_, _> = names
        .iter()
        .map(|&name| (name.to_owned(), json!(names)))
        .collect();
    (names.len() > 1).then(|| json!({"dependentRequired": dependent}))
}

fn names(spelling: &[Attribute]) -> Vec<&'static str> {
    spelling.iter().map(|attribute| attribute.name()).collect()
}

fn or_null(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            values.push(Value::Null);
        }
        schema.insert("type".to_owned(), json!(["string", "null"]));
    }
    schema
}

fn form_schema(form: Form) -> Value {
    match form {
        Form::Text { limit, .. } => json!({"type": "string", "minLength": 1, "maxLength": limit}),
        Form::Email => json!({"type": "string", "maxLength": limits::EMAIL,
            "pattern": r"^[^\s@]+@[^\s@]+\.[^\s@]+$"}),
        Form::BuiltInRole => {
            let ids = BuiltInRole::all().map(BuiltInRole::as_str);
            let aliases = BuiltInRole::all().flat_map(BuiltInRole::aliases);
            let words: Vec<_> = ids.chain(aliases.copied()).collect();
            json!({"type": "string", "enum": words})
        }
        Form::CustomRole => id_other_than(&Kind::Role.reserved_ids()),
        Form::Permissions => json!({"type": "array", "maxItems": limits::PERMISSIONS,
            "items": form_schema(Form::Id)}),
        Form::Id => json!({"type": "string", "minLength": 1, "maxLength": limits::ENTITY_ID,
            "pattern": PRINTABLE}),
    }
}

/// An id that is none of `ids`.
fn id_other_than(ids: &[&str]) -> Value {
    let mut schema = form_schema(Form::Id);
    if let (Some(schema), false) = (schema.as_object_mut(), ids.is_empty()) {
        schema.insert("not".to_owned(), json!({"enum": ids}));
    }
    schema
}
