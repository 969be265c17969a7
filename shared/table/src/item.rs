//! A state as attributes, and back.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{
    Attribute, Clock, Content, Entity, EntityId, Field, Kind, Life, LifeKind, Register, State,
    Status, Value,
};

use crate::attribute as name;
use crate::key::{index_of_field, index_of_ids};
use crate::protocol::Stored;

/// An item as the SDK hands it over.
pub type Item = HashMap<String, AttributeValue>;

/// The attributes to set, but for the key and the revision.
pub(crate) type Attributes = BTreeMap<&'static str, AttributeValue>;

/// Version of the item format.
pub(crate) const ITEM_VERSION: u32 = 1;

/// An item that Roster did not write, or wrote in a later version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the item cannot be read: attribute {attribute} is missing or is not {expected}")]
pub struct UnreadableItem {
    /// The attribute that cannot be read.
    pub attribute: &'static str,
    /// What it should hold.
    pub expected: &'static str,
}

/// Every attribute of an entity in that state. They are a function of the state alone.
pub(crate) fn attributes(entity: &Entity, state: &State) -> Attributes {
    let mut attributes = of_entity(entity);
    let mut set = |name, value: &str| attributes.insert(name, text(value));
    set(name::STATUS, state.status().name());
    if let Some(newest) = state.newest() {
        set(name::NEWEST_CLOCK, newest.as_str());
    }
    if let Some(life) = state.life() {
        set(name::LIFE_CLOCK, life.clock.as_str());
        set(name::LIFE_KIND, life_kind(life.kind));
    }
    match (state.status(), state.life(), state.newest()) {
        (Status::Active, Some(life), Some(newest)) => {
            set(name::CREATED_AT, life.clock.time());
            set(name::UPDATED_AT, newest.time());
            attributes.extend(shown_fields(entity, state));
            if let Some(index) = index_of_ids(entity) {
                attributes.extend(index_key(index));
            }
        }
        (_, Some(life), _) => {
            set(name::UPDATED_AT, life.clock.time());
            attributes.extend(pending_fields(state));
        }
        (_, None, _) => attributes.extend(pending_fields(state)),
    }
    attributes
}

/// The attributes that a patch of a present entity sets.
pub(crate) fn patch_attributes(entity: &Entity, patch: &State) -> Attributes {
    let mut attributes: Attributes = shown_fields(entity, patch).collect();
    if let Some(newest) = patch.newest() {
        attributes.insert(name::NEWEST_CLOCK, text(newest.as_str()));
        attributes.insert(name::UPDATED_AT, text(newest.time()));
    }
    attributes
}

/// Every attribute that a patch of a present entity decides and that it may not set.
pub(crate) fn patched_attributes(patch: &State) -> impl Iterator<Item = &'static str> {
    let attributes = patch.fields().flat_map(|(field, _)| field.attributes());
    attributes.map(|attribute| attribute.name())
}

/// Every attribute that an item of that entity can have and that a state decides.
pub(crate) fn possible_attributes(entity: &Entity) -> impl Iterator<Item = &'static str> {
    let fields = entity.kind().fields().iter();
    let fields = fields.flat_map(|&field| {
        let values = field.attributes().iter();
        let values = values.flat_map(|&a| [a.name(), name::pending(a)]);
        values.chain([name::clock(field)])
    });
    let others = [
        name::GSI1PK,
        name::GSI1SK,
        name::CREATED_AT,
        name::UPDATED_AT,
        name::LIFE_CLOCK,
        name::LIFE_KIND,
    ];
    others.into_iter().chain(fields)
}

/// Reads which entity an item is about.
pub(crate) fn entity(item: &Item) -> Result<Entity, UnreadableItem> {
    kind(item)?.entity(|id| {
        EntityId::parse(required(item, id.name)?).map_err(|_| unreadable(id.name, "an id"))
    })
}

fn kind(item: &Item) -> Result<Kind, UnreadableItem> {
    Kind::of_code(required(item, name::ENTITY_TYPE)?)
        .ok_or(unreadable(name::ENTITY_TYPE, "a kind this code knows"))
}

/// Reads the status of an item.
pub(crate) fn status(item: &Item) -> Result<Status, UnreadableItem> {
    let status = required(item, name::STATUS)?;
    let known = [Status::Active, Status::Removed, Status::Pending];
    let status = known.into_iter().find(|known| known.name() == status);
    status.ok_or(unreadable(name::STATUS, "a status this code knows"))
}

/// Reads the values that an item shows, all together; none unless it is present.
pub(crate) fn shown(item: &Item) -> Result<Value, UnreadableItem> {
    let mut shown = Value::default();
    if status(item)? == Status::Active {
        for &field in kind(item)?.fields() {
            shown.extend(&value(item, field, Attribute::name)?);
        }
    }
    Ok(shown)
}

/// Reads the value of a field, each attribute by what `name` calls it.
fn value(
    item: &Item,
    field: Field,
    name: fn(Attribute) -> &'static str,
) -> Result<Value, UnreadableItem> {
    let mut contents = BTreeMap::new();
    for &attribute in field.attributes() {
        let content = match item.get(name(attribute)) {
            None => continue,
            Some(AttributeValue::S(text)) => Content::Text(text.clone()),
            Some(AttributeValue::L(texts)) => {
                let text = |text: &AttributeValue| text.as_s().ok().cloned();
                let texts: Option<_> = texts.iter().map(text).collect();
                Content::Texts(texts.ok_or(unreadable(name(attribute), "a list of strings"))?)
            }
            Some(_) => return Err(unreadable(name(attribute), "a string or a list of them")),
        };
        contents.insert(attribute, content);
    }
    match field.attributes() {
        [first, ..] if contents.is_empty() && !field.is_optional() => {
            Err(unreadable(name(*first), "a value"))
        }
        _ => Ok(Value::from_contents(contents)),
    }
}

/// Reads the registers of an item.
pub(crate) fn read(item: &Item) -> Result<Stored, UnreadableItem> {
    check_version(item)?;
    let revision = number(item, name::REVISION)?;
    let life = match optional(item, name::LIFE_CLOCK)? {
        None => None,
        Some(text) => Some(Life {
            clock: clock(text, name::LIFE_CLOCK)?,
            kind: match required(item, name::LIFE_KIND)? {
                "PUT" => LifeKind::Put,
                "REMOVE" => LifeKind::Remove,
                _ => return Err(unreadable(name::LIFE_KIND, "PUT or REMOVE")),
            },
        }),
    };
    let name_of = match status(item)? {
        Status::Active => Attribute::name,
        Status::Removed | Status::Pending => name::pending,
    };
    let mut fields = BTreeMap::new();
    for &field in kind(item)?.fields() {
        let name = name::clock(field);
        if let Some(text) = optional(item, name)? {
            let register = Register {
                clock: clock(text, name)?,
                value: value(item, field, name_of)?,
            };
            fields.insert(field, register);
        }
    }
    let state = State::from_registers(life, fields);
    let newest = clock(required(item, name::NEWEST_CLOCK)?, name::NEWEST_CLOCK)?;
    if state.newest() != Some(&newest) {
        return Err(unreadable(
            name::NEWEST_CLOCK,
            "the greatest clock of the item",
        ));
    }
    Ok(Stored { revision, state })
}

/// Refuses an item of a later version, which may mean something else by the same names.
pub(crate) fn check_version(item: &Item) -> Result<(), UnreadableItem> {
    if number(item, name::ITEM_VERSION)? > u64::from(ITEM_VERSION) {
        return Err(unreadable(name::ITEM_VERSION, "a version this code knows"));
    }
    Ok(())
}

/// The text of an attribute that must be there.
pub(crate) fn required<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, UnreadableItem> {
    optional(item, name)?.ok_or(unreadable(name, "a string"))
}

/// The text of an attribute that may be missing.
pub(crate) fn optional<'a>(
    item: &'a Item,
    name: &'static str,
) -> Result<Option<&'a str>, UnreadableItem> {
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::S(text)) => Ok(Some(text)),
        Some(_) => Err(unreadable(name, "a string")),
    }
}

pub(crate) fn unreadable(attribute: &'static str, expected: &'static str) -> UnreadableItem {
    UnreadableItem {
        attribute,
        expected,
    }
}

pub(crate) fn number(item: &Item, name: &'static str) -> Result<u64, UnreadableItem> {
    match item.get(name) {
        Some(AttributeValue::N(text)) => text.parse().ok(),
        _ => None,
    }
    .ok_or(unreadable(name, "a whole number"))
}

fn clock(text: &str, attribute: &'static str) -> Result<Clock, UnreadableItem> {
    Clock::parse(text).map_err(|_| unreadable(attribute, "a clock"))
}

fn of_entity(entity: &Entity) -> Attributes {
    let kind = entity.kind();
    let ids = kind.ids().iter().zip(entity.ids());
    let mut attributes: Attributes = ids.map(|(id, value)| (id.name, text(value))).collect();
    attributes.insert(name::ENTITY_TYPE, text(kind.code()));
    let version = AttributeValue::N(ITEM_VERSION.to_string());
    attributes.insert(name::ITEM_VERSION, version);
    attributes
}

fn shown_fields(
    entity: &Entity,
    state: &State,
) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    let index = state
        .fields()
        .filter_map(|(field, register)| index_of_field(entity, field, register))
        .flat_map(index_key);
    fields(state, Attribute::name).chain(index)
}

fn pending_fields(state: &State) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    fields(state, name::pending)
}

/// Each value by what `name` calls its attribute, and the clocks.
fn fields(
    state: &State,
    name: fn(Attribute) -> &'static str,
) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    state.fields().flat_map(move |(field, register)| {
        let contents = register.value.contents();
        let clock = (name::clock(field), text(register.clock.as_str()));
        contents
            .map(move |(attribute, content)| (name(attribute), attribute_value(content)))
            .chain([clock])
    })
}

fn attribute_value(content: &Content) -> AttributeValue {
    match content {
        Content::Text(value) => text(value),
        Content::Texts(texts) => AttributeValue::L(texts.iter().map(|value| text(value)).collect()),
    }
}

fn index_key((pk, sk): (String, String)) -> [(&'static str, AttributeValue); 2] {
    [
        (name::GSI1PK, AttributeValue::S(pk)),
        (name::GSI1SK, AttributeValue::S(sk)),
    ]
}

const fn life_kind(kind: LifeKind) -> &'static str {
    match kind {
        LifeKind::Put => "PUT",
        LifeKind::Remove => "REMOVE",
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
