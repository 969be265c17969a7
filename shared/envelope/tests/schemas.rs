//! Checks that the schemas of envelopes agree with the code.
//!
//! A message that a schema accepts is valid, except for lengths, dates that do not exist, times in
//! the future, and JSON inside a string: JSON Schema does not look into those.
//!
//! `ROSTER_WRITE=1 cargo test --workspace --test schemas` regenerates them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod examples;

use std::fs;
use std::path::Path;

use examples::EXAMPLES;
use jsonschema::{Registry, Validator};
use roster_domain::{CATALOGUE, EventTime, EventType, OriginPart, limits, schemas};
use roster_envelope::{KnownAttributes, Message, decode};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");

const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// A time as the domain reads it, without leap seconds.
const TIME: &str = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]\
                    ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?\
                    ([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$";

/// A `traceparent`. After a version later than 00 more may follow.
const TRACE_PARENT: &str = r"^(00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[^\u0000-\u001f\u007f-\u009f]*)?)$";

/// The schema of each envelope, by its name.
fn envelopes() -> [(&'static str, Value); 5] {
    let any = ["plain", "cloud-event", "event-bridge", "sns-notification"].map(reference);
    [
        ("plain", plain()),
        ("cloud-event", cloud_event()),
        ("event-bridge", event_bridge()),
        ("sns-notification", notification()),
        (
            "message",
            with_head("message", "The body of a message.", json!({"anyOf": any})),
        ),
    ]
}

fn id_of(name: &str) -> String {
    format!("urn:roster:envelope:{name}")
}

fn reference(name: &str) -> Value {
    json!({"$ref": id_of(name)})
}

fn with_head(name: &str, description: &str, mut schema: Value) -> Value {
    let head = schema.as_object_mut().unwrap();
    head.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    head.insert("$id".to_owned(), json!(id_of(name)));
    head.insert("description".to_owned(), json!(description));
    schema
}

fn text(limit: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": limit, "pattern": PRINTABLE})
}

fn or_null(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn time() -> Value {
    or_null(&json!({"type": "string", "pattern": TIME}))
}

fn types() -> Value {
    let names: Vec<_> = CATALOGUE.iter().map(|event_type| event_type.name).collect();
    json!({"enum": names})
}

/// The payload in `field` is that of the type in `event_type`, if it is there.
fn payloads(event_type: &str, field: &str) -> Vec<Value> {
    let of = |(name, schema): (&str, Value)| {
        json!({
            "if": {"properties": {event_type: {"const": name}}, "required": [event_type]},
            "then": {"properties": {field: {"$ref": schema["$id"]}}},
        })
    };
    schemas().map(of).collect()
}

/// It is none of the envelopes that are recognized first.
fn is_none_of(fields: &[&str]) -> Value {
    let notification =
        json!({"properties": {"Type": {"const": "Notification"}}, "required": ["Type"]});
    let fields = fields.iter().map(|field| json!({"required": [field]}));
    let any: Vec<_> = fields.chain([notification]).collect();
    json!({"not": {"anyOf": any}})
}

/// The members of an object with the parts of an origin by these names.
fn with_origin(mut schema: Value, name_of: impl Fn(OriginPart) -> Option<String>) -> Value {
    let properties = schema["properties"].as_object_mut().unwrap();
    for part in OriginPart::ALL {
        let value = match part {
            OriginPart::TraceParent => {
                json!({"type": "string", "maxLength": limits::ORIGIN, "pattern": TRACE_PARENT})
            }
            _ => text(limits::ORIGIN),
        };
        let name = name_of(part).filter(|name| !properties.contains_key(name));
        properties.extend(name.map(|name| (name, or_null(&value))));
    }
    schema
}

fn plain() -> Value {
    let mut rules = payloads("type", "payload");
    rules.push(is_none_of(&["detail-type", "specversion"]));
    let schema = json!({
        "type": "object",
        "properties": {
            "eventId": text(limits::EVENT_ID),
            "type": types(),
            "timestamp": time(),
            "sequence": or_null(&text(limits::SEQUENCE)),
            "payload": {"type": "object"},
        },
        "required": ["eventId", "type", "payload"],
        "allOf": rules,
    });
    let schema = with_origin(schema, |part| Some(part.name().to_owned()));
    with_head("plain", "A plain event.", schema)
}

fn cloud_event() -> Value {
    let mut rules = payloads("type", "data");
    rules.push(is_none_of(&["detail-type"]));
    let schema = json!({
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text(limits::EVENT_ID),
            "source": text(limits::ORIGIN),
            "type": types(),
            "time": time(),
            "sequence": or_null(&text(limits::SEQUENCE)),
            "data": {"type": "object"},
            "data_base64": {"type": "string", "contentEncoding": "base64",
                "contentMediaType": "application/json"},
        },
        "required": ["specversion", "id", "source", "type"],
        "oneOf": [{"required": ["data"]}, {"required": ["data_base64"]}],
        "allOf": rules,
    });
    let schema = with_origin(schema, |part| Some(part.name().to_lowercase()));
    with_head("cloud-event", "A CloudEvent in structured JSON.", schema)
}

fn event_bridge() -> Value {
    let payload = json!({"type": "object", "not": {"anyOf": [
        {"required": ["specversion"]},
        {"required": ["data"]},
        {"required": ["data_base64"]},
        {"required": ["payload"]},
        {"required": ["eventId"]},
        {"required": ["detail-type"]},
        {"properties": {"type": types()}, "required": ["type"]},
    ]}});
    let schema = json!({
        "type": "object",
        "properties": {
            "id": text(limits::EVENT_ID),
            "detail-type": {"type": "string", "minLength": 1},
            "time": time(),
            "detail": {"type": ["object", "string"]},
        },
        "required": ["id", "detail-type", "detail"],
        "allOf": [is_none_of(&[])],
        "anyOf": [
            {"properties": {"detail": {"anyOf": [reference("plain"), reference("cloud-event")]}}},
            {"properties": {"detail-type": types(), "detail": payload},
                "allOf": payloads("detail-type", "detail")},
            {"properties": {"detail": {"type": "string", "contentMediaType": "application/json"}}},
        ],
    });
    let source = |part: OriginPart| (part == OriginPart::Source).then(|| part.name().to_owned());
    let schema = with_origin(schema, source);
    let description =
        "An EventBridge event, with a plain event, a CloudEvent or a payload as its detail.";
    with_head("event-bridge", description, schema)
}

fn notification() -> Value {
    let any = ["plain", "cloud-event", "event-bridge"].map(reference);
    let schema = json!({
        "type": "object",
        "properties": {
            "Type": {"const": "Notification"},
            "Message": {"type": "string", "minLength": 1, "contentMediaType": "application/json",
                "contentSchema": {"anyOf": any}},
            "Timestamp": time(),
        },
        "required": ["Type", "Message"],
    });
    with_head(
        "sns-notification",
        "An SNS notification with an event in its message.",
        schema,
    )
}

fn validator(name: &str) -> Validator {
    let mut registry = Registry::new();
    for (_, schema) in schemas().chain(envelopes()) {
        let id = schema["$id"].as_str().unwrap().to_owned();
        registry = registry.add(id, schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let options = jsonschema::options().with_registry(&registry);
    options.build(&reference(name)).unwrap()
}

fn is_valid(body: &Value) -> bool {
    let message = Message {
        body: &body.to_string(),
        attributes: KnownAttributes::default(),
        sent: EventTime::parse("2026-03-01T12:00:00Z").unwrap(),
    };
    decode(&message).is_ok()
}

/// The examples of a type, each with the name of its schema.
fn examples_of(event_type: &EventType) -> impl Iterator<Item = (&'static str, Value)> {
    EXAMPLES.iter().map(|example| {
        let event = (example.event)(event_type);
        (example.schema, serde_json::from_str(&event).unwrap())
    })
}

#[test]
fn the_schemas_are_up_to_date() {
    for (name, schema) in envelopes() {
        let path = Path::new(FOLDER).join(format!("{name}.json"));
        let content = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var("ROSTER_WRITE").is_ok() {
            fs::write(&path, &content).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == content,
            "{name} is out of date: see the top of this file"
        );
        assert!(jsonschema::meta::is_valid(&schema));
    }
    assert_eq!(fs::read_dir(FOLDER).unwrap().count(), envelopes().len());
}

#[test]
fn a_schema_accepts_the_examples_of_its_envelope_and_no_others() {
    let names = ["plain", "cloud-event", "event-bridge", "sns-notification"];
    let validators = names.map(|name| (name, validator(name)));
    let message = validator("message");
    for event_type in &CATALOGUE {
        for (schema, body) in examples_of(event_type) {
            assert!(message.is_valid(&body), "{body}");
            for (name, validator) in &validators {
                assert_eq!(validator.is_valid(&body), *name == schema, "{name}: {body}");
            }
        }
    }
}

#[test]
fn every_message_that_the_schema_accepts_is_valid() {
    let wrong = [
        json!(null),
        json!(""),
        json!(7),
        json!([]),
        json!({}),
        json!("UserCreated"),
        json!("a\u{1}b"),
        json!("2026-02-01 09:00Z"),
        json!("2026-02-01T01:00:00-0800"),
        json!("2026-13-01T09:00:00Z"),
        json!("1.0"),
        json!({"id": "ada", "type": "UserDeleted", "data": {}}),
        json!({"eventId": "e", "type": "UserDeleted", "payload": {"id": "ada"}}),
    ];
    let validator = validator("message");
    let (mut accepted, mut refused) = (0, 0);
    for event_type in &CATALOGUE {
        for (_, body) in examples_of(event_type) {
            for name in body.as_object().unwrap().keys() {
                let changes = wrong.iter().map(Some).chain([None]);
                for change in changes {
                    let mut changed = body.clone();
                    let fields = changed.as_object_mut().unwrap();
                    match change {
                        Some(value) => fields.insert(name.clone(), value.clone()),
                        None => fields.remove(name),
                    };
                    let is_inside_a_string = matches!(&**name, "Message" | "detail")
                        && change.is_some_and(Value::is_string);
                    if is_inside_a_string || !validator.is_valid(&changed) {
                        refused += 1;
                        continue;
                    }
                    accepted += 1;
                    assert!(is_valid(&changed), "{changed}");
                }
            }
        }
    }
    assert!(accepted > 1_000 && refused > 1_000, "{accepted}, {refused}");
}

#[test]
fn typical_mistakes_are_refused_by_the_schema_and_by_roster() {
    let validator = validator("message");
    let payload = json!({"id": "ada"});
    for body in [
        json!({}),
        json!([{"eventId": "e", "type": "UserDeleted", "payload": payload}]),
        json!({"id": "e", "type": "UserDeleted", "payload": payload}),
        json!({"eventId": 7, "type": "UserDeleted", "payload": payload}),
        json!({"eventId": "e", "type": "UserRenamed", "payload": payload}),
        json!({"eventId": "e", "type": "UserDeleted", "payload": "ada"}),
        json!({"eventId": "e", "type": "UserDeleted", "payload": payload, "timestamp": 1_769_940_000}),
        json!({"eventId": "e", "type": "UserDeleted", "payload": payload, "sequence": 7}),
        json!({"specversion": "0.3", "id": "e", "source": "s", "type": "UserDeleted", "data": payload}),
        json!({"specversion": "1.0", "id": "e", "source": "s", "type": "UserDeleted",
            "data": payload, "data_base64": "e30="}),
        json!({"id": "e", "detail-type": "UserRenamed", "detail": payload}),
        json!({"id": "e", "detail-type": "UserDeleted",
            "detail": {"id": "e", "type": "UserDeleted", "data": payload}}),
        json!({"id": "e", "detail-type": "UserDeleted", "detail": {"id": "e", "data": payload}}),
        json!({"id": "e", "detail-type": "UserDeleted", "detail": {"id": "e", "data_base64": "e30="}}),
        json!({"id": "e", "detail-type": "UserDeleted", "detail": {"id": "e", "payload": payload}}),
        json!({"id": "e", "detail-type": "UserDeleted", "detail": {"id": "e", "eventId": "e"}}),
        json!({"id": "e", "detail-type": "UserDeleted", "detail": {"id": "e", "type": "UserDeleted"}}),
        json!({"id": "e", "detail-type": "UserDeleted",
            "detail": {"id": "e", "detail-type": "UserDeleted", "detail": payload}}),
        json!({"Type": "Notification", "Message": {"eventId": "e"}}),
    ] {
        assert!(!validator.is_valid(&body), "{body}");
        assert!(!is_valid(&body), "{body}");
    }
}
