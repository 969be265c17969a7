//! The writer that most people build first: each event replaces the whole item unless the item is
//! newer. Tests must catch it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{Bool, L, N, S};
use roster_domain::{Change, Content, Event};
use roster_table::Key;
use roster_table::attribute as name;

/// Writes one event.
pub async fn write(client: &Client, table: &str, event: &Event) {
    let key = Key::of(&event.entity);
    let status = match event.event_type.change {
        Change::Put | Change::Patch | Change::Restore => "ACTIVE",
        Change::Remove => "REMOVED",
    };
    let mut put = client
        .put_item()
        .table_name(table)
        .item(name::PK, S(key.pk))
        .item(name::SK, S(key.sk))
        .item(name::STATUS, S(status.to_owned()))
        .item(name::ITEM_VERSION, N("1".to_owned()))
        .item(name::REVISION, N("1".to_owned()))
        .item(name::NEWEST_CLOCK, S(event.clock.to_string()))
        .item(name::LIFE_CLOCK, S(event.clock.to_string()))
        .condition_expression("attribute_not_exists(PK) OR newestClock < :clock")
        .expression_attribute_values(":clock", S(event.clock.to_string()));
    let kind = event.entity.kind();
    put = put.item(name::ENTITY_TYPE, S(kind.code().to_owned()));
    for (id, value) in kind.ids().iter().zip(event.entity.ids()) {
        put = put.item(id.name, S(value.to_owned()));
    }
    for (field, register) in event.delta.fields() {
        put = put.item(name::clock(field), S(register.clock.to_string()));
        for (attribute, content) in register.value.contents() {
            let value = match content {
                Content::Text(text) => S(text.clone()),
                Content::Texts(texts) => L(texts.iter().cloned().map(S).collect()),
                Content::Flag(flag) => Bool(*flag),
            };
            put = put.item(attribute.name(), value);
        }
    }
    if let Err(error) = put.send().await {
        assert!(
            error
                .as_service_error()
                .unwrap()
                .is_conditional_check_failed_exception()
        );
    }
}
