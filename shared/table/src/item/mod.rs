//! Items: a module for each version of the format, and what reads items of any version.

mod v1;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::Record;
use crate::attribute as name;
use crate::protocol::Stored;

pub(crate) use v1::{attributes, patch_attributes, patched_attributes, possible_attributes};

/// An item as the SDK hands it over.
pub type Item = HashMap<String, AttributeValue>;

/// The name of an attribute.
pub(crate) type Name = Cow<'static, str>;

/// The attributes to set, but for the key and the revision.
pub(crate) type Attributes = BTreeMap<Name, AttributeValue>;

/// The version of the items that are written.
pub(crate) const ITEM_VERSION: u32 = 1;

/// An item that Roster did not write, or wrote in a later version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the item cannot be read: attribute {attribute} is missing or is not {expected}")]
pub struct UnreadableItem {
    /// The attribute that cannot be read.
    pub attribute: Name,
    /// What it should hold.
    pub expected: &'static str,
}

/// A version that can be read.
enum Version {
    V1,
}

/// Reads the registers of an item.
pub(crate) fn read(item: &Item) -> Result<Stored, UnreadableItem> {
    match version(item)? {
        Version::V1 => v1::read(item),
    }
}

/// Reads what an item shows.
pub(crate) fn record(item: &Item) -> Result<Record, UnreadableItem> {
    match version(item)? {
        Version::V1 => v1::record(item),
    }
}

/// An item of a later version may mean something else by the same names, so it is refused.
fn version(item: &Item) -> Result<Version, UnreadableItem> {
    match number(item, name::ITEM_VERSION)? {
        1 => Ok(Version::V1),
        _ => Err(unreadable(name::ITEM_VERSION, "a version this code knows")),
    }
}

/// The text of an attribute that must be there.
pub(crate) fn required<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, UnreadableItem> {
    optional(item, name)?.ok_or_else(|| unreadable(name, "a string"))
}

/// The text of an attribute that may be missing.
fn optional(item: &Item, name: impl Into<Name>) -> Result<Option<&str>, UnreadableItem> {
    let name = name.into();
    match item.get(&*name) {
        None => Ok(None),
        Some(AttributeValue::S(text)) => Ok(Some(text)),
        Some(_) => Err(unreadable(name, "a string")),
    }
}

fn number(item: &Item, name: &'static str) -> Result<u64, UnreadableItem> {
    match item.get(name) {
        Some(AttributeValue::N(text)) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| unreadable(name, "a whole number"))
}

fn unreadable(attribute: impl Into<Name>, expected: &'static str) -> UnreadableItem {
    UnreadableItem {
        attribute: attribute.into(),
        expected,
    }
}
