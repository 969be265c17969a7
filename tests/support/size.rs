//! The size of an item, as DynamoDB counts it (Developer Guide, "DynamoDB item sizes and formats").

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use roster_emulator::dynamodb::TABLE_NAME;
use roster_table::Item;
use roster_table::attribute::{PK, SK};

/// The item with this key.
pub async fn item(client: &Client, pk: &str, sk: &str) -> Item {
    let get = client.get_item().table_name(TABLE_NAME);
    let get = get.key(PK, AttributeValue::S(pk.to_owned()));
    let get = get.key(SK, AttributeValue::S(sk.to_owned()));
    get.send().await.unwrap().item.unwrap()
}

/// The size of an item in bytes: all its names and values.
pub fn of(item: &Item) -> usize {
    let sizes = item
        .iter()
        .map(|(name, value)| name.len() + of_value(value));
    sizes.sum()
}

/// The size of a value in bytes. A number takes at most one byte for two digits and one more.
pub fn of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::Bool(_) => 1,
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::L(values) => {
            let elements: usize = values.iter().map(|value| 1 + of_value(value)).sum();
            3 + elements
        }
        other => panic!("no item has {other:?}"),
    }
}
