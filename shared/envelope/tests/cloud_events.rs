//! What CloudEvents allow beside a payload in `data`, and times as producers write them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use roster_domain::{Event, EventTime, Refusal};
use roster_envelope::{KnownAttributes, Message, decode, label};
use serde_json::{Value, json};

fn decoded(body: &Value) -> Result<Event, Refusal> {
    decode(&Message {
        body: &body.to_string(),
        attributes: KnownAttributes::default(),
        sent: EventTime::parse("2026-03-01T12:00:00Z").unwrap(),
    })
}

fn told(body: &Value) -> String {
    decoded(body).unwrap_err().to_string()
}

fn cloud_event() -> Value {
    json!({"specversion": "1.0", "id": "e-1", "type": "UserCreated", "source": "/idp",
        "time": "2026-02-01T10:00:00Z"})
}

fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body.as_object_mut()
        .unwrap()
        .insert(field.to_owned(), value.into());
    body
}

fn payload() -> Value {
    json!({"id": "ada", "name": "Ada Ünal ???", "email": "ada@example.com"})
}

#[test]
fn a_payload_in_base64_is_decoded() {
    let base64 = STANDARD.encode(payload().to_string());
    let event = decoded(&with(cloud_event(), "data", payload())).unwrap();
    let body = with(cloud_event(), "data_base64", base64);
    assert_eq!(decoded(&body).unwrap(), event);
    assert_eq!(decoded(&with(body, "data", Value::Null)).unwrap(), event);
    let null = with(
        with(cloud_event(), "data", payload()),
        "data_base64",
        Value::Null,
    );
    assert_eq!(decoded(&null).unwrap(), event);
    let detail = with(
        cloud_event(),
        "data_base64",
        STANDARD.encode(payload().to_string()),
    );
    let bus = json!({"id": "x", "detail-type": "x", "detail": detail});
    assert_eq!(decoded(&bus).unwrap(), event);
}

#[test]
fn a_payload_in_base64_that_cannot_be_read_is_refused_with_the_reason() {
    let text = payload().to_string();
    let base64 = |text: &str| with(cloud_event(), "data_base64", STANDARD.encode(text));
    let url_safe = URL_SAFE.encode(&text);
    assert!(url_safe.contains(['-', '_']), "{url_safe}");
    let found = url_safe.len();
    assert_eq!(
        told(&with(cloud_event(), "data_base64", url_safe)),
        format!(
            "$.data_base64: found a string of {found} bytes, \
             expected base64 (RFC 4648, 4) of a JSON object"
        )
    );
    assert_eq!(
        told(&with(cloud_event(), "data_base64", "/w==")),
        "$.data_base64: found a string of 4 bytes, expected base64 of JSON in UTF-8"
    );
    for (body, expected) in [
        (
            base64("[]"),
            "$.data_base64: found an array, expected an object",
        ),
        (
            base64("no"),
            "$.data_base64: found invalid JSON at line 1, column 2, expected JSON",
        ),
        (
            base64(r#"{"id": 7}"#),
            "$.data_base64.id: found a number, expected a string that is not empty",
        ),
        (
            with(cloud_event(), "data_base64", 7),
            "$.data_base64: found a number, expected a string that is not empty",
        ),
        (
            with(
                with(cloud_event(), "data_base64", "e30="),
                "data",
                payload(),
            ),
            "$.data_base64: found a string of 4 bytes, expected only one of data and data_base64",
        ),
    ] {
        assert_eq!(told(&body), expected);
        let label = label(&body.to_string());
        assert_eq!(label.event_type.as_deref(), Some("UserCreated"));
    }
}

#[test]
fn an_array_of_events_is_refused_with_a_reason_of_its_own() {
    let batch = json!([with(cloud_event(), "data", payload())]);
    let notification = json!({"Type": "Notification", "Message": batch.to_string()});
    for (body, path) in [(batch, "$"), (notification, "$.Message")] {
        assert_eq!(
            told(&body),
            format!(
                "{path}: found an array, expected one event; the batched mode of CloudEvents and \
                 other arrays are not read, so send each event as a message of its own"
            )
        );
    }
}

#[test]
fn a_time_may_be_written_as_producers_do() {
    let at = |time: &str| {
        let body = with(with(cloud_event(), "data", payload()), "time", time);
        decoded(&body).map(|event| event.clock.time().to_owned())
    };
    for time in [
        "2026-02-01 10:00:00Z",
        "2026-02-01T10:00Z",
        "2026-02-01t11:00+01:00",
        "2026-02-01T02:00:00-0800",
    ] {
        assert_eq!(at(time).unwrap(), "2026-02-01T10:00:00.000000000Z");
    }
    for time in ["2026-02-01", "2026-02-01T10:00:00", "1769940000"] {
        assert_eq!(
            at(time).unwrap_err().to_string(),
            format!(
                "$.time: found {time:?}, expected an RFC 3339 time between the years 1970 and \
                 9999, such as \"2026-01-31T09:30:00Z\""
            )
        );
    }
    let told = at("01/02/2026").unwrap_err().to_string();
    assert!(
        told.starts_with("$.time: found a string of 10 bytes, "),
        "{told}"
    );
}

#[test]
fn the_refusal_of_anything_else_as_time_shows_an_example() {
    for (value, found) in [
        (json!(""), "an empty string"),
        (json!(true), "a boolean"),
        (json!([]), "an array"),
        (json!("noon"), "a string of 4 bytes"),
    ] {
        let body = with(
            with(cloud_event(), "data", payload()),
            "time",
            value.clone(),
        );
        let expected = "an RFC 3339 time between the years 1970 and 9999, such as \
                        \"2026-01-31T09:30:00Z\"";
        assert_eq!(
            told(&body),
            format!("$.time: found {found}, expected {expected}")
        );
        let attribute = json!({"EventTime": {"Type": "String", "Value": value}});
        let undated = with(with(cloud_event(), "data", payload()), "time", Value::Null);
        let message = undated.to_string();
        let notification =
            json!({"Type": "Notification", "Message": message, "MessageAttributes": attribute});
        assert_eq!(
            told(&notification),
            format!("$.MessageAttributes.EventTime.Value: found {found}, expected {expected}")
        );
    }
}

#[test]
fn the_refusal_of_a_number_as_time_says_what_to_write() {
    for number in ["1769940000", "1769940000.5", "1.7e9", "-1"] {
        let value: Value = serde_json::from_str(number).unwrap();
        let body = with(with(cloud_event(), "data", payload()), "time", value);
        let told = told(&body);
        assert!(told.starts_with("$.time: found the number "), "{told}");
        assert!(
            told.ends_with(
                ", expected a string such as \"2026-01-31T09:30:00Z\", since a number does not \
                 tell seconds from milliseconds"
            ),
            "{told}"
        );
    }
}

#[test]
fn a_wrong_version_is_quoted() {
    let body = with(with(cloud_event(), "data", payload()), "specversion", "0.3");
    assert_eq!(told(&body), r#"$.specversion: found "0.3", expected "1.0""#);
}
