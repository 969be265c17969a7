//! The items of the table: their keys, their attributes, and each version of their format.
//!
//! The crate is pure and knows no SDK, since an item comes in several types: from DynamoDB, and as an
//! image in a stream. Whoever reads one implements [`ReadItem`] for its type.

pub mod attribute;
mod item;
pub mod key;
mod record;
mod v1;

pub use item::{
    Attributes, ITEM_VERSION, ItemValue, ItemValueRef, Name, ReadItem, Stored, UnreadableItem,
    attributes, patch_attributes, patched_attributes, possible_attributes, required,
};
pub use key::Key;
pub use record::Record;
