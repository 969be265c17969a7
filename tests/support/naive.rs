//! The writer that most people build first: each event replaces the whole item unless the
//! item is newer. It is here to be caught.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use roster_domain::{Change, Entity, Event};
use roster_table::Key;
use roster_table::attribute as name;

/// Writes one event.
pub async fn write(client: &Client, table: &str, event: &Event) {
    let key = Key::of(&event.entity);
    let status = match event.event_type.change {
        Change::Put | Change::Patch => "ACTIVE",
        Change::Remove => "REMOVED",
    };
    let mut put = client
        .put_item()
        .table_name(table)
        .item(name::PK, S(key.pk))
        .item(name::SK, S(key.sk))
        .item(name::STATUS, S(status.to_owned()))
        .item(name::NEWEST_CLOCK, S(event.clock.to_string()))
        .condition_expression("attribute_not_exists(PK) OR newestClock < :clock")
        .expression_attribute_values(":clock", S(event.clock.to_string()));
    put = match &event.entity {
        Entity::User(user) => put
            .item(name::ENTITY_TYPE, S("USER".to_owned()))
            .item(name::USER_ID, S(user.to_string())),
        Entity::Organization(organization) => put
            .item(name::ENTITY_TYPE, S("ORGANIZATION".to_owned()))
            .item(name::ORGANIZATION_ID, S(organization.to_string())),
        Entity::Membership { organization, user } => put
            .item(name::ENTITY_TYPE, S("MEMBERSHIP".to_owned()))
            .item(name::ORGANIZATION_ID, S(organization.to_string()))
            .item(name::USER_ID, S(user.to_string())),
    };
    for (field, register) in event.delta.fields() {
        put = put.item(name::of(field).value, S(register.value.clone()));
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
