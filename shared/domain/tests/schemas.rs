//! Checks that the schemas of payloads agree with the code.
//!
//! `ROSTER_WRITE=1 cargo test --workspace --test schemas` regenerates them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use proptest::prelude::*;
use roster_domain::json::Object;
use roster_domain::{CATALOGUE, Event, EventId, EventTime, EventType, schemas};
use serde_json::{Value, json};

#[path = "../../../tests/support/payload.rs"]
mod payload;

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with its expected content, or writes it.
fn assert_written(name: &str, content: &str) {
    let path = place(name);
    if std::env::var("ROSTER_WRITE").is_ok() {
        fs::write(&path, content).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == content,
        "{name} is out of date: regenerate it with the command at the top of this file"
    );
}

fn is_valid(event_type: &'static EventType, payload: &Value) -> bool {
    let payload = payload.to_string();
    Event::validate(
        event_type,
        EventId::parse("e").unwrap(),
        EventTime::UNIX_EPOCH,
        None,
        &Object::parse(&payload, "$").unwrap(),
    )
    .is_ok()
}

fn validator(event_type: &EventType) -> Validator {
    jsonschema::draft202012::new(&event_type.schema()).unwrap()
}

#[test]
fn the_schemas_are_up_to_date() {
    let mut files = Vec::new();
    for (name, schema) in schemas() {
        let file = format!("schemas/{name}.json");
        assert_written(
            &file,
            &(serde_json::to_string_pretty(&schema).unwrap() + "\n"),
        );
        files.push(place(&file));
    }
    let found = fs::read_dir(place("schemas")).unwrap();
    let others = found
        .map(|entry| entry.unwrap().path())
        .filter(|path| !files.contains(path));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn every_schema_is_valid_and_accepts_the_example() {
    for event_type in &CATALOGUE {
        assert!(jsonschema::meta::is_valid(&event_type.schema()));
        let example: Value = serde_json::from_str(event_type.example).unwrap();
        assert!(is_valid(event_type, &example), "{}", event_type.name);
        assert!(
            validator(event_type).is_valid(&example),
            "{}",
            event_type.name
        );
    }
}

/// Typical mistakes of producers, each as a value.
fn wrong() -> Vec<Value> {
    vec![
        Value::Null,
        json!(""),
        json!(7),
        json!([]),
        json!({}),
        json!(["", 7]),
        json!("admin"),
        json!("members:read"),
        json!("a\u{1}b"),
        json!("x".repeat(5_000)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_payload_that_a_schema_accepts_is_valid(
        choices in prop::collection::vec(any::<u8>(), 16),
        key in any::<prop::sample::Index>(),
        instead in prop::option::of(prop::sample::select(wrong())),
    ) {
        for event_type in &CATALOGUE {
            let mut left = choices.iter();
            let mut choose = |of| usize::from(left.next().copied().unwrap_or_default()) % of;
            let ids = payload::ids(event_type.kind, "", &mut choose);
            let mut payload = payload::payload(event_type, &ids, "", &mut choose);
            let validator = validator(event_type);
            prop_assert!(is_valid(event_type, &payload), "{payload}");
            prop_assert!(validator.is_valid(&payload), "{} {payload}", event_type.name);
            let fields = payload.as_object_mut().unwrap();
            let name = fields.keys().nth(key.index(fields.len())).unwrap().clone();
            match &instead {
                Some(value) => fields.insert(name, value.clone()),
                None => fields.remove(&name),
            };
            let taken = validator.is_valid(&payload);
            prop_assert!(!taken || is_valid(event_type, &payload), "{} {payload}", event_type.name);
        }
    }
}

#[test]
fn every_schema_refuses_a_payload_without_one_of_its_ids() {
    for event_type in &CATALOGUE {
        let example: Value = serde_json::from_str(event_type.example).unwrap();
        for id in event_type.kind.ids() {
            let mut without = example.clone();
            without.as_object_mut().unwrap().remove(id.payload);
            assert!(
                !validator(event_type).is_valid(&without),
                "{}",
                event_type.name
            );
        }
    }
}
