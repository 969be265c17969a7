//! Does every valid event fit the table?
//!
//! The largest event of every type, in every spelling of its fields and every status.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use consumer::Consumer;
use roster_domain::limits::{EMAIL, ENTITY_ID, EVENT_ID, NAME, ORIGIN, PERMISSIONS, SEQUENCE};
use roster_domain::{
    Attribute, CATALOGUE, Change, Event, EventTime, EventType, Form, Kind, OriginPart,
};
use roster_history::attributes;
use roster_stack::{Options, Stack};
use roster_table::{Item, Key, value_of};
use roster_tests::records::bodies;
use roster_tests::{reference, size};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

/// DynamoDB's limits in bytes (Developer Guide, "Quotas").
const PARTITION_KEY: usize = 2_048;
const SORT_KEY: usize = 1_024;
const ITEM: usize = 400 * 1_024;

/// The character that grows most in lower case: 2 bytes become 3.
const GROWS: &str = "Ⱥ";

/// A text of this many bytes that begins with the number in four digits.
fn text(number: usize, bytes: usize) -> String {
    let mut text = format!("{number:04}");
    text.push_str(&GROWS.repeat((bytes - text.len()) / GROWS.len()));
    text.push_str(&"x".repeat(bytes - text.len()));
    text
}

/// The largest value of an attribute.
fn largest(attribute: Attribute) -> Value {
    match attribute.form() {
        Form::Text { limit, .. } => json!(text(0, limit)),
        Form::Email => {
            let domain = format!("@{}.{}", GROWS.repeat(20), GROWS.repeat(20));
            json!(text(0, EMAIL - domain.len()) + &domain)
        }
        Form::BuiltInRole => json!("reader"),
        Form::Permissions => {
            let id = |number| text(number, ENTITY_ID);
            json!((0..PERMISSIONS).map(id).collect::<Vec<_>>())
        }
        Form::Flag => json!(false),
        Form::CustomRole | Form::Id => json!(text(0, ENTITY_ID)),
    }
}

/// The largest event of a type about the entity with that number, each field in the spelling with
/// that index, or in its last one.
fn largest_event(event_type: &EventType, entity: usize, spelling: usize, second: usize) -> String {
    let mut payload = Map::new();
    for id in event_type.kind.ids() {
        payload.insert(id.payload.to_owned(), json!(text(entity, ENTITY_ID)));
    }
    for field in event_type.fields() {
        let spellings = field.spellings();
        let spelling = spellings.get(spelling).or(spellings.last()).unwrap();
        let stated = spelling.iter().map(|a| (a.name().to_owned(), largest(*a)));
        payload.extend(stated);
    }
    json!({"eventId": text(second, EVENT_ID), "sequence": text(second, SEQUENCE),
        "type": event_type.name, "payload": payload,
        "timestamp": format!("2026-01-01T00:00:0{second}.123456789Z")})
    .to_string()
}

/// The event type of this kind with this change, if there is one.
fn of_kind(kind: Kind, change: Change) -> Option<&'static EventType> {
    CATALOGUE
        .iter()
        .find(|event_type| event_type.kind == kind && event_type.change == change)
}

/// Changes in the order of arrival, each with its time, and the resulting status.
const LIVES: [(&[(Change, usize)], &str); 6] = [
    (&[(Change::Put, 4)], "ACTIVE"),
    (&[(Change::Patch, 5), (Change::Put, 4)], "ACTIVE"),
    (
        &[(Change::Remove, 3), (Change::Patch, 5), (Change::Put, 4)],
        "ACTIVE",
    ),
    (&[(Change::Patch, 5)], "PENDING"),
    (&[(Change::Patch, 5), (Change::Remove, 4)], "REMOVED"),
    (&[(Change::Remove, 4)], "REMOVED"),
];

/// More spellings than any field has.
const SPELLINGS: usize = 2;

fn key_size(item: &Item, name: &str) -> usize {
    item.get(name).map_or(0, size::of_value)
}

fn assert_fits(item: &Item) {
    let key = |name| key_size(item, name);
    let partition_keys = ["PK", "GSI1PK", "GSI2PK"].map(key);
    let sort_keys = ["SK", "GSI1SK", "GSI2SK"].map(key);
    assert!(partition_keys.iter().all(|size| *size <= PARTITION_KEY));
    assert!(sort_keys.iter().all(|size| *size <= SORT_KEY));
    assert!(size::of(item) <= ITEM, "{}", size::of(item));
}

/// The bytes of the values that an event states.
fn stated_bytes(event: &Event) -> usize {
    let values = event.delta.fields().map(|(_, register)| &register.value);
    let contents = values.flat_map(|value| value.contents());
    contents.map(|(_, content)| content.to_string().len()).sum()
}

/// The entry of an event in the history, with the largest origin.
fn entry(mut event: Event) -> Item {
    let longest = "x".repeat(ORIGIN);
    for part in [
        OriginPart::Source,
        OriginPart::Actor,
        OriginPart::CorrelationId,
    ] {
        event.origin.set(part, &longest).unwrap();
    }
    let attributes = attributes(&event, EventTime::UNIX_EPOCH).into_iter();
    let attributes = attributes.map(|(name, value)| (name.into_owned(), value_of(value)));
    attributes.collect()
}

async fn consume(consumer: &Consumer, body: String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let report = consumer.consume(bodies([body]), deadline).await;
    assert_eq!(report.response().unwrap().batch_item_failures, []);
}

#[tokio::test]
async fn the_largest_events_of_every_kind_fit_in_every_status() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let consumer = stack.consumer_without_queues();
    let client = stack.dynamodb.client();
    let mut entity = 0;
    for kind in Kind::ALL {
        let fields = kind.fields().iter();
        assert!(
            fields
                .clone()
                .all(|field| field.spellings().len() <= SPELLINGS)
        );
        for (life, status) in LIVES {
            let mut largest = 0;
            for spelling in 0..SPELLINGS {
                let types = life
                    .iter()
                    .map(|&(change, second)| (of_kind(kind, change), second));
                let (mut key, mut stated) = (None, 0);
                for (event_type, second) in types {
                    let Some(event_type) = event_type else {
                        continue;
                    };
                    let body = largest_event(event_type, entity, spelling, second);
                    let event = reference::event(&body).unwrap();
                    key = Some(Key::of(&event.entity));
                    stated = stated.max(stated_bytes(&event));
                    assert_fits(&entry(event));
                    consume(&consumer, body).await;
                }
                entity += 1;
                // A kind without patches is never pending.
                let Some(Key { pk, sk }) = key else {
                    assert_eq!((status, of_kind(kind, Change::Patch)), ("PENDING", None));
                    continue;
                };
                let item = size::item(&client, &pk, &sk).await;
                assert_eq!(item["status"], AttributeValue::S(status.to_owned()));
                assert_fits(&item);
                assert!(size::of(&item) > stated, "it holds all that was stated");
                largest = largest.max(size::of(&item));
            }
            if largest > 0 {
                println!("{}, {status}: at most {largest} bytes", kind.name());
            }
        }
    }
}

#[tokio::test]
async fn a_claim_fits_although_lower_case_makes_it_longer() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let consumer = stack.consumer_without_queues();
    for (kind, limit) in [(Kind::User, EMAIL), (Kind::Organization, NAME)] {
        let body = largest_event(of_kind(kind, Change::Put).unwrap(), 0, 0, 1);
        let Key { pk, sk } = Key::of(&reference::event(&body).unwrap().entity);
        consume(&consumer, body).await;
        let item = size::item(&stack.dynamodb.client(), &pk, &sk).await;
        assert_fits(&item);
        assert!(key_size(&item, "GSI1PK") > limit * 4 / 3);
    }
}
