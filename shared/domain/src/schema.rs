//! The JSON Schema of each event's payload, made from the same definitions that validate it.
//!
//! What a schema accepts is a valid payload, but for lengths: JSON Schema counts characters and
//! [`limits`] counts bytes. A schema refuses a little more than Roster does: an unknown spelling
//! of a field that is left aside must have the right type, too.

use serde_json::{Map, Value, json};

use crate::role::{BuiltInRole, built_in_permissions};
use crate::{Attribute, CATALOGUE, Change, EventType, Field, Kind, limits};

/// The dialect.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// No control characters.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

impl EventType {
    /// The JSON Schema of its payload.
    pub fn schema(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for id in self.kind.ids() {
            properties.insert(id.payload.to_owned(), self.id_schema(id.payload));
            required.push(id.payload);
        }
        let mut rules = Vec::new();
        let fields: Vec<_> = self.fields().collect();
        let is_alone = self.change != Change::Patch || fields.len() == 1;
        for &field in &fields {
            for &attribute in field.attributes() {
                if field.spellings().iter().any(|s| s.contains(&attribute)) {
                    let schema = attribute_schema(attribute);
                    let may_be_null =
                        field.is_optional() || (is_alone && field.spellings().len() > 1);
                    let schema = if may_be_null { or_null(schema) } else { schema };
                    properties.insert(attribute.name().to_owned(), schema);
                }
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

    /// What it does, in a sentence.
    pub fn meaning(&self) -> String {
        let kind = self.kind.name();
        match self.change {
            Change::Put => format!("Makes a {kind} present with exactly these fields."),
            Change::Patch => {
                format!("Changes fields of a {kind} if it is present, and does nothing otherwise.")
            }
            Change::Remove => format!("Makes a {kind} absent."),
        }
        .replace(" a organization", " an organization")
    }

    fn id_schema(&self, name: &str) -> Value {
        let mut schema = id();
        let reserved: Vec<_> = match self.kind {
            Kind::Role if name == "id" => role_ids().collect(),
            Kind::Permission if name == "id" => built_in_permissions().collect(),
            _ => return schema,
        };
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("not".to_owned(), json!({"enum": reserved}));
        }
        schema
    }
}

/// Every schema, by the name of its event type.
pub fn schemas() -> impl Iterator<Item = (&'static str, Value)> {
    CATALOGUE
        .iter()
        .map(|event_type| (event_type.name, event_type.schema()))
}

/// One of the spellings, whose attributes are not null; of an owner exactly one.
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
    let how = if field == Field::Owner {
        "oneOf"
    } else {
        "anyOf"
    };
    json!({how: spellings})
}

/// A spelling of several attributes takes all or none of them.
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

fn attribute_schema(attribute: Attribute) -> Value {
    match attribute {
        Attribute::Name => text(limits::NAME),
        Attribute::FirstName | Attribute::LastName => text(limits::PART_OF_NAME),
        Attribute::Description => text(limits::DESCRIPTION),
        Attribute::Email => json!({"type": "string", "maxLength": limits::EMAIL,
            "pattern": r"^[^\s@]+@[^\s@]+\.[^\s@]+$"}),
        Attribute::Role => {
            let aliases = BuiltInRole::all().flat_map(|role| role.aliases());
            let words: Vec<_> = role_ids().chain(aliases.copied()).collect();
            json!({"type": "string", "enum": words})
        }
        Attribute::RoleId => json!({"type": "string", "minLength": 1,
            "maxLength": limits::ENTITY_ID, "pattern": PRINTABLE,
            "not": {"enum": role_ids().collect::<Vec<_>>()}}),
        Attribute::PermissionIds => json!({"type": "array", "maxItems": limits::PERMISSIONS,
            "items": id()}),
        Attribute::OwnerUserId | Attribute::OwnerOrganizationId | Attribute::CreatedByUserId => {
            id()
        }
    }
}

fn role_ids() -> impl Iterator<Item = &'static str> {
    BuiltInRole::all().map(BuiltInRole::as_str)
}

fn text(limit: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": limit})
}

fn id() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": limits::ENTITY_ID, "pattern": PRINTABLE})
}
