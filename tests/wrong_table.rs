//! Is an event retried if the table is not Roster's, and dead-lettered only if the event itself is
//! at fault?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, Projection, ProjectionType, ScalarAttributeType,
};
use consumer::{Consumer, Report};
use roster_emulator::dynamodb::{HISTORY_TABLE_NAME, TABLE_NAME, config};
use roster_emulator::sqs;
use roster_history::HistoryTable;
use roster_queue::{Queue, QueueClient};
use roster_stack::{Options, Stack};
use roster_table::{Key, Table};
use roster_tests::records::bodies;
use roster_tests::{reference, size};
use serde_json::json;
use tokio::time::Instant;

fn user(n: usize, second: usize) -> String {
    json!({"eventId": format!("e{n}"), "type": "UserCreated",
        "timestamp": format!("2026-01-01T00:00:{second:02}Z"),
        "payload": {"id": format!("u{n}"), "name": "N", "email": format!("{n}@x.org")}})
    .to_string()
}

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

/// Sends these events to a table of the stack's server.
async fn consume(stack: &Stack, table: &str, events: Vec<String>) -> Report {
    record_and_consume(stack, HISTORY_TABLE_NAME, table, events).await
}

/// Sends these events to a history and a table of the stack's server.
async fn record_and_consume(
    stack: &Stack,
    history: &str,
    table: &str,
    events: Vec<String>,
) -> Report {
    let client = QueueClient::new(sqs::config(stack.sqs.address));
    let dead_letters = Queue::new(client, &stack.queues.dead_letters);
    let table = Table::new(config(stack.dynamodb.address), table);
    let history = HistoryTable::new(config(stack.dynamodb.address), history);
    let consumer = Consumer::new(table, history).with_dead_letters(dead_letters, "test");
    let deadline = Instant::now() + Duration::from_secs(60);
    consumer.consume(bodies(events), deadline).await
}

/// The code of each failure, and whether it is permanent.
fn failures(report: &Report) -> Vec<(&str, bool)> {
    let results = report.messages.iter();
    let failures = results.filter_map(|message| message.result.as_ref().err());
    failures
        .map(|failure| (failure.code(), failure.is_permanent()))
        .collect()
}

async fn dead_letters(stack: &Stack) -> usize {
    let receive = stack.sqs.client().receive_message();
    let receive = receive.queue_url(&stack.queues.dead_letters);
    let received = receive.send().await.unwrap();
    received.messages.unwrap_or_default().len()
}

/// A key or an index key: the name and the type of each part.
type KeyParts = &'static [(&'static str, ScalarAttributeType)];

const TEXT: ScalarAttributeType = ScalarAttributeType::S;
const NUMBER: ScalarAttributeType = ScalarAttributeType::N;

fn schema(parts: KeyParts) -> Vec<KeySchemaElement> {
    let types = [KeyType::Hash, KeyType::Range];
    let parts = parts.iter().zip(types);
    let part = |((name, _), key_type): (&(&str, _), KeyType)| {
        let element = KeySchemaElement::builder().attribute_name(*name);
        element.key_type(key_type).build().unwrap()
    };
    parts.map(part).collect()
}

async fn create(client: &Client, name: &str, key: KeyParts, index: KeyParts) {
    let mut create = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(schema(key)));
    for (name, kind) in key.iter().chain(index) {
        let attribute = AttributeDefinition::builder().attribute_name(*name);
        let attribute = attribute.attribute_type(kind.clone()).build().unwrap();
        create = create.attribute_definitions(attribute);
    }
    if !index.is_empty() {
        let all = Projection::builder().projection_type(ProjectionType::All);
        let index = GlobalSecondaryIndex::builder()
            .index_name("GSI1")
            .set_key_schema(Some(schema(index)))
            .projection(all.build());
        create = create.global_secondary_indexes(index.build().unwrap());
    }
    create.send().await.unwrap();
}

#[tokio::test]
async fn events_for_a_table_with_other_keys_are_retried_and_not_dead_lettered() {
    let stack = stack().await;
    let tables: [(&str, KeyParts, KeyParts); 5] = [
        ("other-names", &[("id", TEXT)], &[]),
        ("no-sort-key", &[("PK", TEXT)], &[]),
        ("numeric-key", &[("PK", NUMBER), ("SK", TEXT)], &[]),
        (
            "numeric-index",
            &[("PK", TEXT), ("SK", TEXT)],
            &[("GSI1PK", NUMBER), ("GSI1SK", TEXT)],
        ),
        (
            "index-of-the-revision",
            &[("PK", TEXT), ("SK", TEXT)],
            &[("revision", TEXT)],
        ),
    ];
    let events: Vec<_> = (0..3).map(|n| user(n, 1)).collect();
    for (name, key, index) in tables {
        create(&stack.dynamodb.client(), name, key, index).await;
        let report = consume(&stack, name, events.clone()).await;
        assert_eq!(failures(&report), [("misconfigured", false); 3], "{name}");
        let response = report.response().unwrap();
        assert_eq!(response.batch_item_failures.len(), 3, "{name}");
    }
    let report = consume(&stack, "no-table", events.clone()).await;
    assert_eq!(failures(&report), [("misconfigured", false); 3]);
    assert_eq!(dead_letters(&stack).await, 0);
    let report = consume(&stack, TABLE_NAME, events).await;
    assert_eq!(failures(&report), []);
}

#[tokio::test]
async fn events_for_a_history_with_other_keys_are_retried_and_not_applied() {
    let stack = stack().await;
    let histories: [(&str, KeyParts); 3] = [
        ("other-names", &[("id", TEXT)]),
        ("numeric-key", &[("PK", NUMBER), ("SK", TEXT)]),
        ("another-sort-key", &[("PK", TEXT), ("sort", TEXT)]),
    ];
    let events: Vec<_> = (0..30).map(|n| user(n, 1)).collect();
    for (name, key) in histories {
        create(&stack.dynamodb.client(), name, key, &[]).await;
    }
    let names = histories.iter().map(|(name, _)| *name);
    for name in names.chain(["no-history"]) {
        let report = record_and_consume(&stack, name, TABLE_NAME, events.clone()).await;
        let failures = failures(&report);
        assert_eq!(failures, [("history_misconfigured", false); 30], "{name}");
    }
    assert_eq!(dead_letters(&stack).await, 0);
    let scan = stack.dynamodb.client().scan().table_name(TABLE_NAME);
    assert_eq!(scan.send().await.unwrap().count, 0, "nothing was applied");
    let report = consume(&stack, TABLE_NAME, events).await;
    assert_eq!(failures(&report), []);
}

#[tokio::test]
async fn an_event_whose_item_would_be_too_large_is_dead_lettered_alone() {
    let stack = stack().await;
    let report = consume(&stack, TABLE_NAME, vec![user(1, 1)]).await;
    assert_eq!(failures(&report), []);
    let client = stack.dynamodb.client();
    let Key { pk, sk } = Key::of(&reference::event(&user(1, 1)).unwrap().entity);
    let mut item = size::item(&client, &pk, &sk).await;
    let room = 400 * 1_024 - size::of(&item) - "foreign".len();
    item.insert("foreign".to_owned(), AttributeValue::S("x".repeat(room)));
    let write = client.put_item().table_name(TABLE_NAME);
    write.set_item(Some(item)).send().await.unwrap();
    let longer = user(1, 2).replace("\"N\"", "\"a longer name\"");
    let report = consume(&stack, TABLE_NAME, vec![longer, user(2, 2)]).await;
    assert_eq!(failures(&report), [("refused_by_table", true)]);
    assert_eq!(report.response().unwrap().batch_item_failures, []);
    assert_eq!(dead_letters(&stack).await, 1);
}
