//! The JSON Schema of each event's payload, derived from the definitions that validate it.
//!
//! Every payload that a schema accepts is valid, except for lengths and for invisible characters in
//! emails: JSON Schema counts characters, [`limits`] counts bytes, and the regular expressions that
//! all validators know have no name for invisible characters. A schema is slightly stricter than Roster: what Roster
//! ignores in a field with several spellings must be right, too, and a name in parts has a first name.

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
        let is_patch = self.change == Change::Patch;
        let is_required = |field: Field| match is_patch {
            true => fields.len() == 1,
            false => !field.is_optional(),
        };
        for &field in &fields {
            for attribute in field.attributes() {
                let schema = or_nothing(field, attribute, is_required(field));
                properties.insert(attribute.name().to_owned(), schema);
            }
            match field.spellings() {
                [[only]] if is_required(field) => required.push(only.name()),
                [_] => {}
                _ if is_required(field) => rules.push(stated(field)),
                _ => rules.push(json!({"anyOf": [stated(field), not_stated(field)]})),
            }
        }
        if is_patch && fields.len() > 1 {
            let any: Vec<_> = fields.iter().map(|&field| stated(field)).collect();
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
            Change::Patch if self.implies_active().is_some() => {
                let active = self.implies_active() == Some(true);
                format!("Sets `active` to {active} if the {kind} is present, and does nothing otherwise.")
            }
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

/// The schema of an attribute. Null states nothing unless the field is required, and an empty
/// text is the same as null where there may be no value.
fn or_nothing(field: Field, attribute: Attribute, is_required: bool) -> Value {
    let schema = form_schema(attribute.form());
    let has_others = field.spellings().len() > 1;
    if attribute.may_be_absent() || has_others && !field.has_one_spelling() {
        json!({"anyOf": [schema, {"enum": NOTHING}]})
    } else if is_required && !has_others {
        schema
    } else {
        json!({"anyOf": [schema, {"type": "null"}]})
    }
}

/// What states that there is no value.
const NOTHING: [Option<&str>; 2] = [None, Some("")];

/// Accepts a payload that states a field in one of its spellings; in exactly one where using two
/// is an error.
fn stated(field: Field) -> Value {
    let spellings = field.spellings().iter().map(|spelling| {
        let names: Vec<_> = spelling.iter().map(|attribute| attribute.name()).collect();
        let required = spelling.iter().filter(|a| !a.may_be_absent());
        let values = required.map(|a| (a.name().to_owned(), json!({"not": {"enum": NOTHING}})));
        let values: Map<_, _> = values.collect();
        match values.is_empty() {
            true => json!({"required": names}),
            false => json!({"required": names, "properties": values}),
        }
    });
    let mut spellings: Vec<_> = spellings.collect();
    match spellings.pop() {
        Some(only) if spellings.is_empty() => only,
        last => {
            spellings.extend(last);
            let how = if field.has_one_spelling() {
                "oneOf"
            } else {
                "anyOf"
            };
            json!({how: spellings})
        }
    }
}

/// Accepts a payload that states nothing for a field of several spellings.
fn not_stated(field: Field) -> Value {
    let nothing = field.attributes().map(|attribute| {
        let nothing = match attribute.may_be_absent() {
            true => json!({"enum": NOTHING}),
            false => json!({"type": "null"}),
        };
        (attribute.name().to_owned(), nothing)
    });
    json!({"properties": nothing.collect::<Map<_, _>>()})
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
        Form::Flag => json!({"type": "boolean"}),
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
