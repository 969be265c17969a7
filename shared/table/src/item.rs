//! A state as attributes, and back.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Clock, Entity, Field, Life, LifeKind, Register, State, Status};

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

/// The attributes that a patch of a present entity changes.
pub(crate) fn patch_attributes(entity: &Entity, patch: &State) -> Attributes {
    let mut attributes: Attributes = shown_fields(entity, patch).collect();
    if let Some(newest) = patch.newest() {
        attributes.insert(name::NEWEST_CLOCK, text(newest.as_str()));
        attributes.insert(name::UPDATED_AT, text(newest.time()));
    }
    attributes
}

/// Every attribute that an item of that entity can have and that a state decides.
pub(crate) fn possible_attributes(entity: &Entity) -> impl Iterator<Item = &'static str> {
    let fields = entity.kind().fields().iter().flat_map(|&field| {
        let names = name::of(field);
        [names.value, names.pending, names.clock]
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
    let mut fields = BTreeMap::new();
    for field in Field::ALL {
        let names = name::of(field);
        let Some(text) = optional(item, names.clock)? else {
            continue;
        };
        let value = match optional(item, names.value)? {
            Some(value) => value,
            None => required(item, names.pending)?,
        };
        fields.insert(
            field,
            Register {
                clock: clock(text, names.clock)?,
                value: value.to_owned(),
            },
        );
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

fn number(item: &Item, name: &'static str) -> Result<u64, UnreadableItem> {
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
    let version = AttributeValue::N(ITEM_VERSION.to_string());
    let mut attributes = Attributes::from([(name::ITEM_VERSION, version)]);
    let mut set = |name, value: &str| attributes.insert(name, text(value));
    match entity {
        Entity::User(user) => {
            set(name::ENTITY_TYPE, "USER");
            set(name::USER_ID, user.as_str());
        }
        Entity::Organization(organization) => {
            set(name::ENTITY_TYPE, "ORGANIZATION");
            set(name::ORGANIZATION_ID, organization.as_str());
        }
        Entity::Membership { organization, user } => {
            set(name::ENTITY_TYPE, "MEMBERSHIP");
            set(name::ORGANIZATION_ID, organization.as_str());
            set(name::USER_ID, user.as_str());
        }
    }
    attributes
}

fn shown_fields(
    entity: &Entity,
    state: &State,
) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    state.fields().flat_map(|(field, register)| {
        let names = name::of(field);
        let index = index_of_field(entity, field, register);
        [
            (names.value, text(&register.value)),
            (names.clock, text(register.clock.as_str())),
        ]
        .into_iter()
        .chain(index.into_iter().flat_map(index_key))
    })
}

fn pending_fields(state: &State) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    state.fields().flat_map(|(field, register)| {
        let names = name::of(field);
        [
            (names.pending, text(&register.value)),
            (names.clock, text(register.clock.as_str())),
        ]
    })
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
