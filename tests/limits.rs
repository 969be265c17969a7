//! Does every valid event fit the table?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use consumer::Consumer;
use roster::dynamodb::TABLE_NAME;
use roster::stack::{Options, Stack};
use roster_domain::limits::{EMAIL, ENTITY_ID, EVENT_ID, NAME};
use roster_table::Item;
use roster_tests::records::bodies;
use serde_json::{Value, json};
use tokio::time::Instant;

/// DynamoDB's limits in bytes (Developer Guide, "Quotas").
const PARTITION_KEY: usize = 2_048;
const SORT_KEY: usize = 1_024;
const ITEM: usize = 400 * 1_024;

/// The character that grows most in lower case: 2 bytes become 3.
const GROWS: &str = "Ⱥ";

fn largest(event_type: &str, second: usize, payload: Value) -> String {
    let mut id = format!("{second}");
    id.push_str(&"é".repeat((EVENT_ID - id.len()) / 2));
    json!({"eventId": id, "type": event_type, "payload": payload,
        "timestamp": format!("2026-01-01T00:00:0{second}.123456789Z")})
    .to_string()
}

fn largest_member(event_type: &str, second: usize) -> String {
    let payload = json!({"organizationId": GROWS.repeat(ENTITY_ID / 2),
        "userId": GROWS.repeat(ENTITY_ID / 2), "role": "reader"});
    largest(event_type, second, payload)
}

async fn items_after(batches: Vec<Vec<String>>) -> Vec<Item> {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let consumer = Consumer::new(stack.table());
    for batch in batches {
        let deadline = Instant::now() + Duration::from_secs(60);
        let report = consumer.consume(bodies(batch), deadline).await;
        assert_eq!(report.response().unwrap().batch_item_failures, []);
    }
    let scan = stack.dynamodb.client().scan().table_name(TABLE_NAME);
    scan.send().await.unwrap().items.unwrap()
}

fn size(value: &AttributeValue) -> usize {
    value.as_s().or_else(|_| value.as_n()).unwrap().len()
}

fn assert_fits(item: &Item) {
    let key = |name| item.get(name).map_or(0, size);
    assert!(key("PK") <= PARTITION_KEY && key("GSI1PK") <= PARTITION_KEY);
    assert!(key("SK") <= SORT_KEY && key("GSI1SK") <= SORT_KEY);
    let all: usize = item
        .iter()
        .map(|(name, value)| name.len() + size(value))
        .sum();
    assert!(all <= ITEM, "{all}");
}

#[tokio::test]
async fn the_largest_user_and_organization_fit() {
    let domain = format!("@{}.{}", GROWS.repeat(20), GROWS.repeat(20));
    let email = format!("{}{domain}", GROWS.repeat((EMAIL - domain.len()) / 2));
    let user = json!({"id": GROWS.repeat(ENTITY_ID / 2), "name": GROWS.repeat(NAME / 2),
        "email": email});
    let organization = json!({"id": GROWS.repeat(ENTITY_ID / 2), "name": GROWS.repeat(NAME / 2)});
    let items = items_after(vec![vec![
        largest("UserCreated", 1, user),
        largest("OrganizationCreated", 2, organization),
    ]])
    .await;
    assert_eq!(items.len(), 2);
    for item in &items {
        assert_fits(item);
        assert!(size(&item["GSI1PK"]) > EMAIL);
    }
}

#[tokio::test]
async fn the_largest_membership_fits_in_every_status() {
    for (events, status) in [
        (vec![("Updated", 5)], "PENDING"),
        (vec![("Updated", 5), ("Added", 4)], "ACTIVE"),
        (vec![("Updated", 5), ("Removed", 4)], "REMOVED"),
    ] {
        let event = |&(change, second): &(&str, usize)| {
            vec![largest_member(&format!("OrganizationUser{change}"), second)]
        };
        let items = items_after(events.iter().map(event).collect()).await;
        assert_eq!(items[0]["status"].as_s().unwrap(), status);
        assert_fits(&items[0]);
    }
}
