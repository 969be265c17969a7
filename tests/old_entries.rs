//! Are entries of version 1 of the history still read as the events that they were?
//!
//! `data/history-v1.ndjson` has an entry of each type of event, and of patches that clear a field, as
//! version 1 wrote them: one a line, in DynamoDB JSON. The file never changes. Later versions of the
//! code must read the same events from it. As long as version 1 is written, they are written as they
//! were.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Event, EventTime};
use roster_history::{Entry, attributes};
use roster_table::{Item, SdkItem, value_of};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ENTRIES: &str = include_str!("data/history-v1.ndjson");

/// SHA-256 of the file.
const FROZEN: &str = "fde8a6a2caf6a30a58558627495b8f95dfb9fa12f8f2e0b3543d40dbbc73087f";

const RECORDED_AT: &str = "2026-02-02T00:00:00.5Z";

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

#[test]
fn each_old_entry_is_read_as_the_event_that_it_was() {
    let recorded_at = EventTime::parse(RECORDED_AT).unwrap();
    let old = old_entries();
    assert_eq!(old.len(), 33);
    let (mut types, mut cleared, mut origins) = (BTreeSet::new(), 0, 0);
    for item in old {
        let entry = Entry::read(&SdkItem(&item)).unwrap();
        assert_eq!(entry.recorded_at, recorded_at);
        assert_eq!(line(&written(&entry.event)), line(&item));
        let event = entry.event;
        types.insert(event.event_type.name);
        cleared += event
            .delta
            .fields()
            .filter(|(_, register)| register.value.is_empty())
            .count();
        origins += event.origin.stated().count();
    }
    assert_eq!((types.len(), cleared), (29, 4));
    assert!(origins > 33, "{origins}");
}
