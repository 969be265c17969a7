//! Are entries of version 1 of the history still read, and would the same event be written as it
//! was?
//!
//! `data/history-v1.ndjson` has an entry of each type of event, and of patches that clear a field, as
//! version 1 wrote them: one a line, in DynamoDB JSON. The file never changes. Later versions of the
//! code must read the same events from it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::json::Object;
use roster_domain::{CATALOGUE, Event, EventId, EventTime, EventType, Sequence};
use roster_history::{Entry, attributes};
use roster_table::{Item, SdkItem, value_of};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ENTRIES: &str = include_str!("data/history-v1.ndjson");

/// SHA-256 of the file.
const FROZEN: &str = "0";

const RECORDED_AT: &str = "2026-02-02T00:00:00.5Z";

/// Patches that clear a field, and a name in parts.
const OTHERS: [(&str, &str); 4] = [
    ("UserUpdated", r#"{"id":"u","email":null,"name":"N"}"#),
    (
        "UserUpdated",
        r#"{"id":"u","firstName":"A","lastName":"B"}"#,
    ),
    ("RoleUpdated", r#"{"id":"r","description":""}"#),
    (
        "OrganizationUserUpdated",
        r#"{"organizationId":"o","userId":"u","role":null}"#,
    ),
];

/// The events of the file, in its order.
fn events() -> Vec<Event> {
    let examples = CATALOGUE.iter().map(|of| (of.name, of.example));
    let named = examples.chain(OTHERS).enumerate();
    let event = |(n, (name, payload)): (usize, (&str, &str))| {
        let sequence = n
            .is_multiple_of(2)
            .then(|| Sequence::parse("0007").unwrap());
        Event::validate(
            EventType::named(name).unwrap(),
            EventId::parse(&format!("event-{n}")).unwrap(),
            EventTime::parse("2026-02-01T10:00:00.123Z").unwrap(),
            sequence.as_ref(),
            &Object::parse(payload, "$").unwrap(),
        )
        .unwrap()
    };
    named.map(event).collect()
}

fn written(event: &Event) -> Item {
    let recorded_at = EventTime::parse(RECORDED_AT).unwrap();
    let attributes = attributes(event, recorded_at).into_iter();
    let attributes = attributes.map(|(name, value)| (name.into_owned(), value_of(value)));
    attributes.collect()
}

fn json_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(digits) => json!({"N": digits}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        other => {
            let texts = other.as_l().unwrap().iter();
            json!({"L": texts.map(json_of).collect::<Vec<_>>()})
        }
    }
}

fn value_of_json(value: &Value) -> AttributeValue {
    let (form, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match form.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        _ => AttributeValue::L(
            value
                .as_array()
                .unwrap()
                .iter()
                .map(value_of_json)
                .collect(),
        ),
    }
}

fn line(item: &Item) -> String {
    let sorted: BTreeMap<_, _> = item.iter().map(|(name, v)| (name, json_of(v))).collect();
    json!(sorted).to_string()
}

fn old_entries() -> Vec<Item> {
    let item = |line: &str| {
        let item: HashMap<String, Value> = serde_json::from_str(line).unwrap();
        item.iter()
            .map(|(name, value)| (name.clone(), value_of_json(value)))
            .collect()
    };
    ENTRIES.lines().map(item).collect()
}

#[test]
fn the_file_of_version_1_is_as_it_was_frozen() {
    let digest = Sha256::digest(ENTRIES);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, FROZEN, "the file of version 1 must not change");
}

/// A type that is new since then is not in the file.
#[test]
fn each_old_entry_is_read_as_the_event_that_it_was() {
    let recorded_at = EventTime::parse(RECORDED_AT).unwrap();
    let old: Vec<_> = old_entries();
    let types: BTreeSet<_> = old
        .iter()
        .map(|item| item["eventType"].clone().as_s().unwrap().clone())
        .collect();
    assert!(types.len() >= 29, "{types:?}");
    for item in old {
        let entry = Entry::read(&SdkItem(&item)).unwrap();
        assert_eq!(entry.recorded_at, recorded_at);
        assert_eq!(
            line(&written(&entry.event)),
            line(&item),
            "as it would be written"
        );
        let same = |event: &Event| {
            event.event_type == entry.event.event_type
                && event.entity == entry.event.entity
                && event
                    .delta
                    .fields()
                    .map(|(f, r)| (f, r.value.clone()))
                    .eq(entry
                        .event
                        .delta
                        .fields()
                        .map(|(f, r)| (f, r.value.clone())))
        };
        assert!(events().iter().any(same), "{:?}", entry.event);
    }
}

/// Prints the entries of today, for a file of a new version.
#[test]
#[ignore = "prints"]
fn print_entries() {
    for event in events() {
        println!("{}", line(&written(&event)));
    }
}
