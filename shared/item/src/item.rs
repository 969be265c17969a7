//! Items: a module for each version of the format, and the readers of all versions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use roster_domain::{Content, Entity, EntityId, Kind, State};

use crate::attribute as name;
use crate::{Record, v1};

pub use v1::{attributes, patch_attributes, patched_attributes, possible_attributes};

/// The name of an attribute.
pub type Name = Cow<'static, str>;

/// The attributes that a write sets, without the key and the revision.
pub type Attributes = BTreeMap<Name, ItemValue>;

/// The item version that this code writes.
pub const ITEM_VERSION: u32 = 1;

/// The value of an attribute to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemValue {
    /// A string (`S`).
    Text(String),
    /// A number (`N`), in its text form.
    Number(String),
    /// A list (`L`) of strings.
    Texts(Vec<String>),
    /// A boolean (`BOOL`).
    Flag(bool),
}

impl From<&Content> for ItemValue {
    fn from(content: &Content) -> Self {
        match content {
            Content::Text(text) => Self::Text(text.clone()),
            Content::Texts(texts) => Self::Texts(texts.iter().cloned().collect()),
            Content::Flag(flag) => Self::Flag(*flag),
        }
    }
}

/// The value of an attribute of an item that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemValueRef<'a> {
    /// A string (`S`).
    Text(&'a str),
    /// A number (`N`), in its text form.
    Number(&'a str),
    /// A list (`L`) of strings.
    Texts(Vec<&'a str>),
    /// A boolean (`BOOL`).
    Flag(bool),
    /// A value of another type, which no version of the format uses.
    Other,
}

/// An item in its reader's type: the SDK's, or that of an image in a stream.
pub trait ReadItem {
    /// Returns the value of an attribute, if the item has it.
    fn get(&self, name: &str) -> Option<ItemValueRef<'_>>;
}

/// The stored state of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stored {
    /// The number of writes of the item.
    pub revision: u64,
    /// Its registers.
    pub state: State,
}

impl Stored {
    /// Reads the registers of an item of any version.
    ///
    /// # Errors
    ///
    /// [`UnreadableItem`] if Roster did not write the item, or wrote it in a later version.
    pub fn read(item: &impl ReadItem) -> Result<Self, UnreadableItem> {
        match version(item)? {
            Version::V1 => v1::read(item),
        }
    }
}

impl Record {
    /// Reads what an item shows to readers, for every kind of entity and every version.
    ///
    /// # Errors
    ///
    /// [`UnreadableItem`] if Roster did not write the item, or wrote it in a later version.
    pub fn read(item: &impl ReadItem) -> Result<Self, UnreadableItem> {
        match version(item)? {
            Version::V1 => v1::record(item),
        }
    }
}

/// An item that Roster did not write, or wrote in a later version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the item cannot be read: attribute {attribute} is missing or is not {expected}")]
pub struct UnreadableItem {
    /// The attribute that cannot be read.
    pub attribute: Name,
    /// What it should be.
    pub expected: &'static str,
}

/// Reads the entity that an item is about.
///
/// # Errors
///
/// [`UnreadableItem`] if its kind or one of its ids is missing or unknown.
pub fn entity(item: &impl ReadItem) -> Result<Entity, UnreadableItem> {
    kind(item)?.entity(|id| {
        EntityId::parse(required(item, id.name)?).map_err(|_| unreadable(id.name, "an id"))
    })
}

pub(crate) fn kind(item: &impl ReadItem) -> Result<Kind, UnreadableItem> {
    Kind::of_code(required(item, name::ENTITY_TYPE)?)
        .ok_or_else(|| unreadable(name::ENTITY_TYPE, "a known kind"))
}

/// Reads the content of an attribute, if the item has it.
///
/// # Errors
///
/// [`UnreadableItem`] if it has a type that no content has.
pub fn content(
    item: &impl ReadItem,
    name: impl Into<Name>,
) -> Result<Option<Content>, UnreadableItem> {
    let name = name.into();
    Ok(Some(match item.get(&name) {
        None => return Ok(None),
        Some(ItemValueRef::Text(text)) => Content::Text(text.to_owned()),
        Some(ItemValueRef::Texts(texts)) => {
            Content::Texts(texts.into_iter().map(str::to_owned).collect())
        }
        Some(ItemValueRef::Flag(flag)) => Content::Flag(flag),
        Some(_) => return Err(unreadable(name, "a string, a boolean or a list of strings")),
    }))
}

/// A version that this code can read.
enum Version {
    V1,
}

/// A later version may use the same names with another meaning, so its items are refused.
fn version(item: &impl ReadItem) -> Result<Version, UnreadableItem> {
    match number(item, name::ITEM_VERSION)? {
        1 => Ok(Version::V1),
        _ => Err(unreadable(name::ITEM_VERSION, "a known version")),
    }
}

/// Returns the text of a required attribute.
///
/// # Errors
///
/// [`UnreadableItem`] if it is missing or not a string.
pub fn required<'a>(
    item: &'a impl ReadItem,
    name: &'static str,
) -> Result<&'a str, UnreadableItem> {
    optional(item, name)?.ok_or_else(|| unreadable(name, "a string"))
}

/// Returns the text of an optional attribute.
///
/// # Errors
///
/// [`UnreadableItem`] if it is not a string.
pub fn optional(
    item: &impl ReadItem,
    name: impl Into<Name>,
) -> Result<Option<&str>, UnreadableItem> {
    let name = name.into();
    match item.get(&name) {
        None => Ok(None),
        Some(ItemValueRef::Text(text)) => Ok(Some(text)),
        Some(_) => Err(unreadable(name, "a string")),
    }
}

/// Returns a required whole number.
///
/// # Errors
///
/// [`UnreadableItem`] if it is missing or not a whole number.
pub fn number(item: &impl ReadItem, name: &'static str) -> Result<u64, UnreadableItem> {
    match item.get(name) {
        Some(ItemValueRef::Number(text)) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| unreadable(name, "a whole number"))
}

/// The error of an attribute that cannot be read.
pub fn unreadable(attribute: impl Into<Name>, expected: &'static str) -> UnreadableItem {
    UnreadableItem {
        attribute: attribute.into(),
        expected,
    }
}
