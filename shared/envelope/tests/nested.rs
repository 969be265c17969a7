//! Envelopes inside the `detail` of an EventBridge event.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test stops at the first surprise"
)]

use roster_domain::{Event, EventTime, Reason, Refusal};
use roster_envelope::{
    AttributeText, KnownAttributes, Message, carries_time, decode, label, time_to_carry,
};
use serde_json::{Value, json};

const SENT: &str = "2026-03-01T12:00:00Z";

fn decoded_with(body: &Value, time: Option<&str>) -> Result<Event, Refusal> {
    decode(&Message {
        body: &body.to_string(),
        attributes: KnownAttributes::with_time(time.map(AttributeText::Text)),
        sent: EventTime::parse(SENT).unwrap(),
    })
}

fn decoded(body: &Value) -> Result<Event, Refusal> {
    decoded_with(body, None)
}

fn told(body: &Value) -> String {
    decoded(body).unwrap_err().to_string()
}

fn plain() -> Value {
    json!({"eventId": "e-1", "type": "UserDeleted", "payload": {"id": "ada"}, "sequence": "7",
        "timestamp": "2026-02-01T10:00:00.123Z"})
}

fn cloud_event() -> Value {
    json!({"specversion": "1.0", "id": "e-1", "type": "UserDeleted", "source": "/idp",
        "sequence": "7", "time": "2026-02-01T10:00:00.123Z", "data": {"id": "ada"}})
}

/// An EventBridge event as PutEvents makes it: its own id, and a time in whole seconds.
fn event_bridge(detail: Value) -> Value {
    json!({"version": "0", "id": "6a7e8feb-b491", "detail-type": "roster", "source": "idp.sync",
        "account": "111122223333", "time": "2026-02-01T10:00:00Z", "region": "eu-central-1",
        "resources": [], "detail": detail})
}

fn sns(inner: &Value) -> Value {
    json!({"Type": "Notification", "MessageId": "m", "Message": inner.to_string(),
        "Timestamp": "2026-02-15T00:00:00.000Z"})
}

fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().unwrap().remove(field).unwrap();
    body
}

#[test]
fn an_envelope_in_detail_is_opened() {
    let event = decoded(&plain()).unwrap();
    for inner in [plain(), cloud_event()] {
        let text = json!(inner.to_string());
        for body in [event_bridge(inner), event_bridge(text)] {
            assert_eq!(decoded(&body).unwrap().clock, event.clock, "{body}");
            assert_eq!(decoded(&sns(&body)).unwrap().clock, event.clock, "{body}");
            assert!(carries_time(&body.to_string()));
            let label = label(&body.to_string());
            assert_eq!(label.event_type.as_deref(), Some("UserDeleted"));
            assert_eq!(label.id.unwrap().as_str(), "e-1");
        }
    }
}

#[test]
fn a_payload_in_detail_may_be_a_string_too() {
    let detail = json!({"id": "ada", "type": "person"});
    let body = with(
        event_bridge(detail.clone()),
        "/detail-type",
        json!("UserDeleted"),
    );
    let text = with(body.clone(), "/detail", json!(detail.to_string()));
    assert_eq!(decoded(&body).unwrap(), decoded(&text).unwrap());
    assert_eq!(decoded(&body).unwrap().entity.to_string(), "user ada");
    let wrong = with(body, "/detail", json!("not json"));
    assert_eq!(
        told(&wrong),
        "$.detail: found invalid JSON at line 1, column 2, expected JSON"
    );
}

/// The `detail-type` is for EventBridge's rules.
#[test]
fn the_type_of_the_inner_envelope_counts() {
    let body = with(event_bridge(plain()), "/detail-type", json!("UserCreated"));
    assert_eq!(decoded(&body).unwrap().event_type.name, "UserDeleted");
    let unknown = with(body, "/detail/type", json!("UserRenamed"));
    assert!(told(&unknown).starts_with("$.detail.type: found \"UserRenamed\""));
}

#[test]
fn what_only_looks_like_an_envelope_is_refused() {
    for (detail, path) in [
        (without(plain(), "eventId"), "$.detail.eventId"),
        (without(cloud_event(), "id"), "$.detail.id"),
        (
            without(cloud_event(), "specversion"),
            "$.detail.specversion",
        ),
        (without(cloud_event(), "data"), "$.detail.data"),
        (
            json!({"id": "evt_x1", "type": "UserDeleted", "payload": {"id": "ada"}}),
            "$.detail.eventId",
        ),
        (
            json!({"id": "evt_x1", "type": "UserDeleted", "userId": "ada"}),
            "$.detail.eventId",
        ),
        (
            json!({"id": "evt_x1", "payload": {"id": "ada"}}),
            "$.detail.type",
        ),
        (
            json!({"id": "evt_x1", "data": {"id": "ada"}}),
            "$.detail.specversion",
        ),
        (
            json!({"id": "evt_x1", "type": "UserDeleted", "data_base64": "e30="}),
            "$.detail.specversion",
        ),
        (
            json!({"id": "evt_x1", "data_base64": "e30="}),
            "$.detail.specversion",
        ),
        (json!({"id": "evt_x1", "eventId": "e-1"}), "$.detail.type"),
        (
            json!({"id": "evt_x1", "eventId": "e-1", "type": "UserDeleted"}),
            "$.detail.payload",
        ),
    ] {
        for detail in [detail.clone(), json!(detail.to_string())] {
            let body = with(event_bridge(detail), "/detail-type", json!("UserDeleted"));
            let refusal = decoded(&body).unwrap_err();
            assert_eq!((refusal.reason, &*refusal.path), (Reason::Missing, path));
            let wrapped = decoded(&sns(&body)).unwrap_err();
            assert_eq!(wrapped.path, path.replacen('$', "$.Message", 1));
        }
    }
    let payload = with(event_bridge(plain()), "/detail/payload/id", json!(7));
    assert!(told(&payload).starts_with("$.detail.payload.id: found a number"));
}

#[test]
fn an_envelope_in_detail_without_a_time_takes_that_of_event_bridge() {
    let time = |body: &Value, attribute| {
        let event = decoded_with(body, attribute).unwrap();
        event.clock.time()[..23].to_owned()
    };
    let undated = event_bridge(without(plain(), "timestamp"));
    assert_eq!(
        time(&event_bridge(plain()), None),
        "2026-02-01T10:00:00.123"
    );
    assert_eq!(time(&undated, None), "2026-02-01T10:00:00.000");
    assert_eq!(time(&sns(&undated), None), "2026-02-01T10:00:00.000");
    let attribute = Some("2026-01-05T00:00:00Z");
    assert_eq!(time(&undated, attribute), "2026-01-05T00:00:00.000");
    let none = with(undated.clone(), "/time", json!(null));
    assert_eq!(time(&none, None), "2026-03-01T12:00:00.000");
    assert_eq!(time(&sns(&none), None), "2026-02-15T00:00:00.000");
    let body = undated.to_string();
    let carried = time_to_carry(&Message {
        body: &body,
        attributes: KnownAttributes::default(),
        sent: EventTime::parse(SENT).unwrap(),
    });
    assert_eq!(carried, EventTime::parse("2026-02-01T10:00:00Z").ok());
    let wrong = with(undated, "/time", json!("noon"));
    assert!(told(&wrong).starts_with("$.time: found a string of 4 bytes"));
}

#[test]
fn an_event_bridge_event_in_detail_is_refused() {
    for inner in [plain(), cloud_event(), json!({"id": "ada"})] {
        let inner = with(event_bridge(inner), "/detail-type", json!("UserDeleted"));
        for detail in [inner.clone(), json!(inner.to_string())] {
            let twice = with(event_bridge(detail), "/detail-type", json!("UserDeleted"));
            assert_eq!(
                told(&twice),
                "$.detail: found an object, expected a plain event, a CloudEvent or a payload, \
                 not another EventBridge event"
            );
        }
    }
}
