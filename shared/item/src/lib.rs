//! The items of the table: their keys, their attributes, and each version of the item format.
//!
//! The crate is pure and independent of the SDK, since items come in several types: from
//! DynamoDB, and as images in a stream. Each reader implements [`ReadItem`] for its type.

pub mod attribute;
mod item;
pub mod key;
mod record;
mod v1;

pub use item::{
    Attributes, ITEM_VERSION, ItemValue, ItemValueRef, Name, ReadItem, Stored, UnreadableItem,
    attributes, content, entity, number, optional, patch_attributes, patched_attributes,
    possible_attributes, required, unreadable,
};
pub use key::Key;
pub use record::Record;
