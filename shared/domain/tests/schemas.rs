//! Do the schemas and the catalogue say what the code does?
//!
//! `ROSTER_WRITE=1 cargo test -p roster-domain --test schemas` writes the schemas and the
//! catalogue anew.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use proptest::prelude::*;
use roster_domain::json::Object;
use roster_domain::{BuiltInRole, CATALOGUE, Event, EventId, EventTime, EventType, Field, schemas};
use serde_json::{Value, json};

#[path = "../../../tests/support/payload.rs"]
mod payload;

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with what it should hold, or writes it.
fn assert_written(name: &str, content: &str) {
    let path = place(name);
    if std::env::var("ROSTER_WRITE").is_ok() {
        fs::write(&path, content).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == content,
        "{name} is old: write it anew as the first lines of this file say"
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
fn the_schemas_in_the_repository_are_those_of_the_code() {
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
fn every_schema_is_one_and_takes_its_example_which_is_valid() {
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

/// What producers get wrong, in the place of a value.
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
    fn what_a_schema_takes_is_valid(
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

#[test]
fn the_catalogue_in_the_repository_is_that_of_the_code() {
    let mut page = String::from(
        "# Events\n\nWritten by `tests/schemas.rs` from the code. Each type has a JSON Schema of \
         its payload in\n`schemas`. In a patch a field that is left out stays, and null clears one \
         that may be null.\n\nEvery envelope but that of EventBridge may have a `sequence`: a string \
         of at most 128 bytes that orders\nthe events of one time, compared as text.\n",
    );
    for event_type in &CATALOGUE {
        let EventType { name, example, .. } = event_type;
        write!(page, "\n## {name}\n\n{}\n\n", event_type.meaning()).unwrap();
        write!(
            page,
            "Payload: {}.\n\n```json\n{example}\n```\n",
            fields(event_type)
        )
        .unwrap();
    }
    page.push_str(&built_in_roles());
    assert_written("EVENTS.md", &page);
}

fn built_in_roles() -> String {
    let mut section = String::from(
        "\n## Built-in roles\n\nNo event changes them. A payload may name a role by an alias.\n\n\
         | role | aliases | permissions |\n| --- | --- | --- |\n",
    );
    for role in BuiltInRole::all() {
        let (aliases, permissions) = (quoted(role.aliases()), quoted(role.permissions()));
        writeln!(section, "| `{role}` | {aliases} | {permissions} |").unwrap();
    }
    section
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn fields(event_type: &EventType) -> String {
    let ids = event_type
        .kind
        .ids()
        .iter()
        .map(|id| format!("`{}`", id.payload));
    let all: Vec<_> = ids.chain(event_type.fields().map(spelled)).collect();
    all.join("; ")
}

fn spelled(field: Field) -> String {
    let spelling = |spelling: &&[roster_domain::Attribute]| {
        let names: Vec<_> = spelling.iter().map(|a| format!("`{}`", a.name())).collect();
        names.join(" and ")
    };
    let spellings: Vec<_> = field.spellings().iter().map(spelling).collect();
    let optional = if field.is_optional() {
        " (may be null)"
    } else {
        ""
    };
    spellings.join(" or ") + optional
}
