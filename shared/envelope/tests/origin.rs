//! Where does an event come from, in each envelope?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use roster_domain::{EventTime, Origin, OriginPart, Reason, Refusal};
use roster_envelope::{AttributeText, KnownAttributes, Message, decode};
use serde_json::{Value, json};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The origin of the event in a message with these attributes.
fn origin(body: &Value, attributes: &[(&str, AttributeText<'_>)]) -> Result<Origin, Refusal> {
    let value = |name: &str| {
        let mut found = attributes.iter().filter(|(of, _)| *of == name);
        found.next().map(|(_, value)| *value)
    };
    let event = decode(&Message {
        body: &body.to_string(),
        attributes: KnownAttributes::read(value),
        sent: EventTime::parse("2026-03-01T12:00:00Z").unwrap(),
    });
    event.map(|event| event.origin)
}

/// The parts in the order of [`OriginPart::ALL`]; a part that is not stated is empty.
fn parts(origin: &Origin) -> [&str; 4] {
    OriginPart::ALL.map(|part| origin.get(part).unwrap_or_default())
}

fn plain(more: Value) -> Value {
    let mut event = json!({"eventId": "e", "type": "UserDeleted", "payload": {"id": "ada"}});
    event
        .as_object_mut()
        .unwrap()
        .append(&mut more.as_object().unwrap().clone());
    event
}

fn cloud_event() -> Value {
    json!({"specversion": "1.0", "id": "e", "type": "UserDeleted", "source": "/hr", "actor": "eve",
        "correlationid": "c-1", "traceparent": TRACE, "data": {"id": "ada"}})
}

fn event_bridge(detail: Value) -> Value {
    json!({"id": "e", "detail-type": "UserDeleted", "source": "idp.sync", "actor": "nobody",
        "detail": detail})
}

#[test]
fn each_envelope_states_its_parts() {
    let all =
        json!({"source": "/hr", "actor": "eve", "correlationId": "c-1", "traceparent": TRACE});
    for (body, envelope, expected) in [
        (plain(all), "Plain", ["/hr", "eve", "c-1", TRACE]),
        (plain(json!({"actor": null})), "Plain", [""; 4]),
        (cloud_event(), "CloudEvents", ["/hr", "eve", "c-1", TRACE]),
        (
            event_bridge(json!({"id": "ada"})),
            "EventBridge",
            ["idp.sync", "", "", ""],
        ),
        (
            event_bridge(plain(json!({"actor": "eve"}))),
            "Plain",
            ["idp.sync", "eve", "", ""],
        ),
        (
            event_bridge(cloud_event()),
            "CloudEvents",
            ["/hr", "eve", "c-1", TRACE],
        ),
    ] {
        let origin = origin(&body, &[]).unwrap();
        assert_eq!(parts(&origin), expected, "{body}");
        assert_eq!(origin.envelope(), envelope, "{body}");
    }
}

#[test]
fn attributes_of_sqs_and_then_of_sns_state_what_the_envelope_does_not() {
    let attributes =
        ["Source", "Actor", "CorrelationId"].map(|name| (name, AttributeText::Text("sqs")));
    let sqs = [
        attributes.as_slice(),
        &[("traceparent", AttributeText::Text(TRACE))],
    ]
    .concat();
    let own = plain(json!({"actor": "eve"}));
    let from_sqs = origin(&own, &sqs).unwrap();
    assert_eq!(parts(&from_sqs), ["sqs", "eve", "sqs", TRACE]);
    let notification = json!({"Type": "Notification", "Message": own.to_string(),
    "MessageAttributes": {
        "Source": {"Type": "String", "Value": "sns"},
        "Actor": {"Type": "String", "Value": "sns"},
        "CorrelationId": {"Type": "String", "Value": "sns"},
    }});
    let from_sns = origin(&notification, &[]).unwrap();
    assert_eq!(parts(&from_sns), ["sns", "eve", "sns", ""]);
    let both = origin(&notification, &sqs[..1]).unwrap();
    assert_eq!(parts(&both), ["sqs", "eve", "sns", ""]);
}

#[test]
fn an_origin_that_is_invalid_refuses_the_event_with_its_path() {
    let long = "x".repeat(257);
    for (body, path, reason) in [
        (plain(json!({"source": ""})), "$.source", Reason::Empty),
        (plain(json!({"actor": 7})), "$.actor", Reason::WrongType),
        (
            plain(json!({"actor": "a\u{7}"})),
            "$.actor",
            Reason::Malformed,
        ),
        (
            plain(json!({"correlationId": long})),
            "$.correlationId",
            Reason::TooLong,
        ),
        (
            plain(json!({"traceparent": "00-1-2-3"})),
            "$.traceparent",
            Reason::Malformed,
        ),
        (
            json!({"Type": "Notification", "Message": plain(json!({})).to_string(),
                "MessageAttributes": {"Actor": {"Type": "String", "Value": ""}}}),
            "$.MessageAttributes.Actor.Value",
            Reason::Empty,
        ),
    ] {
        let refusal = origin(&body, &[]).unwrap_err();
        assert_eq!(
            (refusal.path.as_str(), refusal.reason),
            (path, reason),
            "{body}"
        );
    }
    for (value, reason) in [
        (AttributeText::Binary, Reason::WrongType),
        (AttributeText::Text(""), Reason::Empty),
    ] {
        let refusal = origin(&plain(json!({})), &[("Actor", value)]).unwrap_err();
        assert_eq!(refusal.path, "messageAttributes.Actor");
        assert_eq!(refusal.reason, reason);
    }
}

#[test]
fn the_origin_is_no_part_of_the_content() {
    let decoded = |body: Value| {
        let body = body.to_string();
        let message = Message {
            body: &body,
            attributes: KnownAttributes::default(),
            sent: EventTime::parse("2026-03-01T12:00:00Z").unwrap(),
        };
        decode(&message).unwrap()
    };
    let (with, without) = (
        decoded(plain(json!({"actor": "eve"}))),
        decoded(plain(json!({}))),
    );
    assert_eq!((with.clock, with.delta), (without.clock, without.delta));
}
