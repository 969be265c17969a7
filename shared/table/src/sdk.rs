//! Items in the SDK's type.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_item::attribute::{PK, SK};
use roster_item::{ItemValue, ItemValueRef, Key, ReadItem, Record, UnreadableItem};

/// An item as the SDK returns it.
pub type Item = HashMap<String, AttributeValue>;

/// An [`Item`] for the crates that define formats.
#[derive(Debug)]
pub struct SdkItem<'a>(pub &'a Item);

impl ReadItem for SdkItem<'_> {
    fn get(&self, name: &str) -> Option<ItemValueRef<'_>> {
        Some(match self.0.get(name)? {
            AttributeValue::S(text) => ItemValueRef::Text(text),
            AttributeValue::N(number) => ItemValueRef::Number(number),
            AttributeValue::L(values) => {
                let texts = values
                    .iter()
                    .map(|value| value.as_s().ok().map(String::as_str));
                let texts: Option<Vec<_>> = texts.collect();
                texts.map_or(ItemValueRef::Other, ItemValueRef::Texts)
            }
            AttributeValue::Bool(flag) => ItemValueRef::Flag(*flag),
            _ => ItemValueRef::Other,
        })
    }
}

/// Reads what an item shows to readers.
///
/// # Errors
///
/// [`UnreadableItem`] if Roster did not write the item, or wrote it in a later version.
pub fn record(item: &Item) -> Result<Record, UnreadableItem> {
    Record::read(&SdkItem(item))
}

pub(crate) fn key_of(key: Key) -> Item {
    HashMap::from([
        (PK.to_owned(), AttributeValue::S(key.pk)),
        (SK.to_owned(), AttributeValue::S(key.sk)),
    ])
}

/// A value to write, in the type of the SDK.
pub fn value_of(value: ItemValue) -> AttributeValue {
    match value {
        ItemValue::Text(text) => AttributeValue::S(text),
        ItemValue::Number(number) => AttributeValue::N(number),
        ItemValue::Texts(texts) => {
            AttributeValue::L(texts.into_iter().map(AttributeValue::S).collect())
        }
        ItemValue::Flag(flag) => AttributeValue::Bool(flag),
    }
}
