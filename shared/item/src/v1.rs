//! Version 1 of the item format: from a state to attributes, and back.
//!
//! The test `old_items` keeps items of this version byte for byte.

use std::collections::BTreeMap;

use roster_domain::{
    Attribute, Clock, Entity, Field, Life, LifeKind, Register, Registers, Restored, State,
    Statements, Status, Value,
};

use crate::Record;
use crate::attribute as name;
use crate::item::{
    Attributes, ItemValue, Name, ReadItem, Stored, UnreadableItem, content, entity, kind, number,
    optional, required, unreadable,
};
use crate::key::{decides_index, index_of_field, index_of_ids, index_of_name};

/// The version in its items.
const VERSION: &str = "1";

/// All attributes of an entity in this state. They depend on the state alone.
pub fn attributes(entity: &Entity, state: &State) -> Attributes {
    let mut attributes = of_entity(entity);
    let mut set = |name: &'static str, value: &str| attributes.insert(name.into(), text(value));
    set(name::STATUS, state.status().name());
    if let Some(newest) = state.newest() {
        set(name::NEWEST_CLOCK, newest.as_str());
    }
    if let Some(life) = state.life() {
        set(name::LIFE_CLOCK, life.clock.as_str());
        set(name::LIFE_KIND, life_kind(life.kind));
    }
    if let Some(removed) = &state.registers().removed {
        set(name::REMOVED_CLOCK, removed.as_str());
    }
    if let Some(restored) = &state.registers().restored {
        set(name::RESTORED_CLOCK, restored.clock.as_str());
        if let Some(floor) = &restored.floor {
            set(name::RESTORED_FLOOR, floor.as_str());
        }
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
pub fn patch_attributes(entity: &Entity, patch: &State) -> Attributes {
    let mut attributes: Attributes = shown_fields(entity, patch).collect();
    if let Some(newest) = patch.newest() {
        attributes.insert(name::NEWEST_CLOCK.into(), text(newest.as_str()));
        attributes.insert(name::UPDATED_AT.into(), text(newest.time()));
    }
    attributes
}

/// The attributes that a patch of a present entity sets or, if it does not set them, removes.
pub fn patched_attributes(entity: &Entity, patch: &State) -> impl Iterator<Item = Name> {
    let attributes = patch.fields().flat_map(|(field, _)| field.attributes());
    let mut fields = patch.fields();
    let moves = fields.any(|(field, _)| decides_index(entity, field));
    let index = moves.then_some([name::GSI1PK, name::GSI1SK]);
    let index = index.into_iter().flatten().map(Name::from);
    attributes.map(shown_name).chain(index)
}

/// All attributes that the item of this entity can have and that a write of the whole state sets
/// or removes. If the state has no removal and no restore, those of the item are kept.
pub fn possible_attributes(entity: &Entity, state: &State) -> impl Iterator<Item = Name> {
    let Registers {
        removed, restored, ..
    } = state.registers();
    let decides_restore = removed.is_some() || restored.is_some();
    let restore = decides_restore.then_some([name::RESTORED_CLOCK, name::RESTORED_FLOOR]);
    let fields = entity.kind().fields().iter();
    let fields = fields.flat_map(|&field| {
        let values = field
            .attributes()
            .flat_map(|a| [shown_name(a), pending_name(a)]);
        values.chain([name::clock(field).into()])
    });
    let others = [
        name::GSI1PK,
        name::GSI1SK,
        name::GSI2PK,
        name::GSI2SK,
        name::CREATED_AT,
        name::UPDATED_AT,
        name::LIFE_CLOCK,
        name::LIFE_KIND,
    ];
    let others = others.into_iter().chain(restore.into_iter().flatten());
    others.map(Name::from).chain(fields)
}

/// Reads what an item shows to readers.
pub(crate) fn record(item: &impl ReadItem) -> Result<Record, UnreadableItem> {
    let time = |name: &'static str| optional(item, name).map(|time| time.map(str::to_owned));
    Ok(Record {
        entity: entity(item)?,
        status: status(item)?,
        value: shown(item)?,
        statements: statements(item)?,
        created_at: time(name::CREATED_AT)?,
        updated_at: time(name::UPDATED_AT)?,
        revision: number(item, name::REVISION)?,
    })
}

/// Reads the status of an item.
fn status(item: &impl ReadItem) -> Result<Status, UnreadableItem> {
    let status = required(item, name::STATUS)?;
    let known = [Status::Active, Status::Removed, Status::Pending];
    let status = known.into_iter().find(|known| known.name() == status);
    status.ok_or_else(|| unreadable(name::STATUS, "a known status"))
}

/// Reads the visible values of an item; empty unless the entity is present.
fn shown(item: &impl ReadItem) -> Result<Value, UnreadableItem> {
    let mut shown = Value::default();
    if status(item)? == Status::Active {
        for &field in kind(item)?.fields() {
            shown.extend(&value(item, field, shown_name)?);
        }
    }
    Ok(shown)
}

/// Reads when a present entity was stated; none if it is absent.
fn statements(item: &impl ReadItem) -> Result<Option<Statements>, UnreadableItem> {
    if status(item)? != Status::Active {
        return Ok(None);
    }
    let put = clock(required(item, name::LIFE_CLOCK)?, name::LIFE_CLOCK)?;
    let mut fields = BTreeMap::new();
    for &field in kind(item)?.fields() {
        if let Some(clock) = optional_clock(item, name::clock(field))? {
            fields.insert(field, clock);
        }
    }
    let removed = optional_clock(item, name::REMOVED_CLOCK)?;
    let restored = optional_clock(item, name::RESTORED_CLOCK)?;
    let removed = match restored.is_some() && restored > removed {
        true => optional_clock(item, name::RESTORED_FLOOR)?,
        false => removed,
    };
    Ok(Some(Statements {
        put,
        fields,
        removed,
    }))
}

/// Reads the value of a field from the attributes that `name` gives.
fn value(
    item: &impl ReadItem,
    field: Field,
    name: fn(Attribute) -> Name,
) -> Result<Value, UnreadableItem> {
    let mut contents = BTreeMap::new();
    for attribute in field.attributes() {
        if let Some(content) = content(item, name(attribute))? {
            contents.insert(attribute, content);
        }
    }
    if contents.is_empty() && !field.may_have_no_value() {
        let first = field.attributes().next().map(name);
        return Err(unreadable(first.unwrap_or_default(), "a value"));
    }
    Ok(Value::from_contents(contents))
}

/// Reads the registers of an item.
pub(crate) fn read(item: &impl ReadItem) -> Result<Stored, UnreadableItem> {
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
    let name_of: fn(Attribute) -> Name = match status(item)? {
        Status::Active => shown_name,
        Status::Removed | Status::Pending => pending_name,
    };
    let mut fields = BTreeMap::new();
    for &field in kind(item)?.fields() {
        if let Some(clock) = optional_clock(item, name::clock(field))? {
            let value = value(item, field, name_of)?;
            fields.insert(field, Register { clock, value });
        }
    }
    let floor = optional_clock(item, name::RESTORED_FLOOR)?;
    let restored = optional_clock(item, name::RESTORED_CLOCK)?;
    let state = State::from_registers(Registers {
        life,
        removed: optional_clock(item, name::REMOVED_CLOCK)?,
        restored: restored.map(|clock| Restored { clock, floor }),
        fields,
    });
    let newest = clock(required(item, name::NEWEST_CLOCK)?, name::NEWEST_CLOCK)?;
    if state.newest() != Some(&newest) {
        return Err(unreadable(
            name::NEWEST_CLOCK,
            "the greatest clock of the item",
        ));
    }
    Ok(Stored { revision, state })
}

fn clock(text: &str, attribute: impl Into<Name>) -> Result<Clock, UnreadableItem> {
    Clock::parse(text).map_err(|_| unreadable(attribute, "a clock"))
}

fn optional_clock(
    item: &impl ReadItem,
    attribute: impl Into<Name>,
) -> Result<Option<Clock>, UnreadableItem> {
    let attribute = attribute.into();
    let text = optional(item, attribute.clone())?;
    text.map(|text| clock(text, attribute)).transpose()
}

fn of_entity(entity: &Entity) -> Attributes {
    let kind = entity.kind();
    let ids = kind.ids().iter().zip(entity.ids());
    let mut attributes: Attributes = ids
        .map(|(id, value)| (id.name.into(), text(value)))
        .collect();
    attributes.insert(name::ENTITY_TYPE.into(), text(kind.code()));
    let version = ItemValue::Number(VERSION.to_owned());
    attributes.insert(name::ITEM_VERSION.into(), version);
    attributes
}

fn shown_fields(entity: &Entity, state: &State) -> impl Iterator<Item = (Name, ItemValue)> {
    let index = state
        .fields()
        .filter_map(|(field, register)| index_of_field(entity, field, register))
        .flat_map(index_key);
    let names = state
        .fields()
        .filter_map(|(_, register)| index_of_name(entity, register))
        .flat_map(name_key);
    fields(state, shown_name).chain(index).chain(names)
}

fn pending_fields(state: &State) -> impl Iterator<Item = (Name, ItemValue)> {
    fields(state, pending_name)
}

/// The values, in the attributes that `name` gives, and the clocks.
fn fields(state: &State, name: fn(Attribute) -> Name) -> impl Iterator<Item = (Name, ItemValue)> {
    state.fields().flat_map(move |(field, register)| {
        let contents = register.value.contents();
        let clock = (name::clock(field).into(), text(register.clock.as_str()));
        contents
            .map(move |(attribute, content)| (name(attribute), content.into()))
            .chain([clock])
    })
}

fn index_key((pk, sk): (String, String)) -> [(Name, ItemValue); 2] {
    [
        (name::GSI1PK.into(), ItemValue::Text(pk)),
        (name::GSI1SK.into(), ItemValue::Text(sk)),
    ]
}

fn name_key((pk, sk): (String, String)) -> [(Name, ItemValue); 2] {
    [
        (name::GSI2PK.into(), ItemValue::Text(pk)),
        (name::GSI2SK.into(), ItemValue::Text(sk)),
    ]
}

const fn life_kind(kind: LifeKind) -> &'static str {
    match kind {
        LifeKind::Put => "PUT",
        LifeKind::Remove => "REMOVE",
    }
}

fn text(value: &str) -> ItemValue {
    ItemValue::Text(value.to_owned())
}

fn shown_name(attribute: Attribute) -> Name {
    attribute.name().into()
}

fn pending_name(attribute: Attribute) -> Name {
    name::pending(attribute).into()
}
