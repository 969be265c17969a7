//! How events are decoded from each envelope, and how invalid ones are rejected.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at the first surprise"
)]

use roster_domain::{Event, EventTime, Reason, Refusal};
use roster_envelope::{
    AttributeText, KnownAttributes, Label, Message, carries_time, decode, label, time_to_carry,
};
use serde_json::{Value, json};

const SENT: &str = "2026-03-01T12:00:00Z";

fn decode_with(body: &str, event_time: Option<AttributeText<'_>>) -> Result<Event, Refusal> {
    decode(&Message {
        body,
        attributes: KnownAttributes::with_time(event_time),
        sent: EventTime::parse(SENT).unwrap(),
    })
}

fn decoded(body: &Value) -> Result<Event, Refusal> {
    decode_with(&body.to_string(), None)
}

fn refused(body: &Value) -> (Reason, String) {
    let refusal = decoded(body).unwrap_err();
    (refusal.reason, refusal.path)
}

fn payload() -> Value {
    json!({"organizationId": "acme", "userId": "ada", "role": "admin"})
}

fn plain() -> Value {
    json!({"eventId": "e-1", "type": "OrganizationUserAdded", "payload": payload(), "retry": 0,
        "timestamp": "2026-02-01T00:00:00Z"})
}

fn event_bridge() -> Value {
    json!({"version": "0", "id": "e-1", "detail-type": "OrganizationUserAdded", "source": "crm",
        "account": "1", "time": "2026-02-01T00:00:00Z", "region": "eu-west-1", "resources": [],
        "detail": payload()})
}

fn cloud_event() -> Value {
    json!({"specversion": "1.0", "id": "e-1", "type": "OrganizationUserAdded", "source": "/crm",
        "time": "2026-02-01T01:00:00+01:00", "datacontenttype": "application/json",
        "data": payload()})
}

fn sns(inner: &Value) -> Value {
    json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn", "Signature": "s",
        "Message": inner.to_string(), "Timestamp": "2026-02-15T00:00:00.000Z"})
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().unwrap().remove(field).unwrap();
    body
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[test]
fn an_event_decodes_to_the_same_in_every_envelope() {
    let event = decoded(&plain()).unwrap();
    assert_eq!(event.clock.time(), "2026-02-01T00:00:00.000000000Z");
    for body in [event_bridge(), cloud_event()] {
        assert_eq!(decoded(&sns(&body)).unwrap().clock, event.clock);
        assert_eq!(decoded(&body).unwrap().clock, event.clock);
    }
    assert_eq!(decoded(&sns(&plain())).unwrap().clock, event.clock);
}

#[test]
fn retry_and_unknown_fields_are_ignored() {
    let event = decoded(&plain()).unwrap();
    for (field, value) in [
        ("retry", json!(7)),
        ("retry", json!("x")),
        ("new", json!([1])),
    ] {
        assert_eq!(decoded(&with(plain(), field, value)).unwrap(), event);
    }
    assert_eq!(decoded(&without(plain(), "retry")).unwrap(), event);
}

#[test]
fn a_plain_event_and_a_cloud_event_may_have_a_sequence() {
    let clock = |body: &Value| decoded(body).unwrap().clock;
    let sequenced = clock(&with(plain(), "sequence", json!("0007")));
    for body in [plain(), cloud_event()] {
        let body = with(body, "sequence", json!("0007"));
        assert_eq!(clock(&body), sequenced);
        assert_eq!(clock(&sns(&body)), sequenced);
        let null = with(body, "sequence", json!(null));
        assert_eq!(clock(&null), clock(&plain()));
    }
    let parts: Vec<_> = sequenced.as_str().split('\t').collect();
    assert_eq!(
        parts[..4],
        ["2026-02-01T00:00:00.000000000Z", "0007", "0", "e-1"]
    );
    assert!(clock(&plain()) < sequenced, "none sorts first");
    let ignored = with(event_bridge(), "sequence", json!(7));
    assert_eq!(clock(&ignored), clock(&plain()));
}

#[test]
fn a_sequence_that_is_not_a_text_in_its_limits_is_refused() {
    for (value, reason) in [
        (json!(""), Reason::Empty),
        (json!(7), Reason::WrongType),
        (json!("a\tb"), Reason::Malformed),
        (json!("9".repeat(129)), Reason::TooLong),
    ] {
        for body in [plain(), cloud_event()] {
            let body = with(body, "sequence", value.clone());
            assert_eq!(refused(&body), (reason, "$.sequence".to_owned()));
        }
    }
}

#[test]
fn a_missing_part_is_reported_with_its_path() {
    for (body, field, path) in [
        (plain(), "eventId", "$.eventId"),
        (plain(), "type", "$.type"),
        (plain(), "payload", "$.payload"),
        (event_bridge(), "id", "$.id"),
        (event_bridge(), "detail", "$.detail"),
        (cloud_event(), "id", "$.id"),
        (cloud_event(), "type", "$.type"),
        (cloud_event(), "data", "$.data"),
    ] {
        let without = without(body, field);
        assert_eq!(refused(&without), (Reason::Missing, path.to_owned()));
        let inner = format!("$.Message{}", &path[1..]);
        assert_eq!(refused(&sns(&without)), (Reason::Missing, inner));
    }
    let no_message = without(sns(&plain()), "Message");
    assert_eq!(
        refused(&no_message),
        (Reason::Missing, "$.Message".to_owned())
    );
}

#[test]
fn an_invalid_payload_is_reported_with_its_path_in_the_envelope() {
    let bad = json!({"organizationId": "acme", "userId": "", "role": "admin"});
    let path = |body: &Value| refused(body).1;
    assert_eq!(
        path(&with(plain(), "payload", bad.clone())),
        "$.payload.userId"
    );
    assert_eq!(
        path(&with(event_bridge(), "detail", bad.clone())),
        "$.detail.userId"
    );
    assert_eq!(
        path(&with(cloud_event(), "data", bad.clone())),
        "$.data.userId"
    );
    let wrapped = sns(&with(plain(), "payload", bad));
    assert_eq!(path(&wrapped), "$.Message.payload.userId");
}

#[test]
fn invalid_envelopes_are_rejected() {
    for (body, reason, path) in [
        (json!([]), Reason::WrongType, "$"),
        (json!("text"), Reason::WrongType, "$"),
        (json!({}), Reason::Missing, "$.type"),
        (
            with(plain(), "payload", json!("{}")),
            Reason::WrongType,
            "$.payload",
        ),
        (
            with(plain(), "payload", json!(null)),
            Reason::WrongType,
            "$.payload",
        ),
        (with(plain(), "type", json!(5)), Reason::WrongType, "$.type"),
        (
            with(plain(), "eventId", json!("")),
            Reason::Empty,
            "$.eventId",
        ),
        (
            with(plain(), "eventId", json!("a\nb")),
            Reason::Malformed,
            "$.eventId",
        ),
        (
            with(plain(), "eventId", json!("x".repeat(513))),
            Reason::TooLong,
            "$.eventId",
        ),
        (
            with(cloud_event(), "specversion", json!("0.3")),
            Reason::Malformed,
            "$.specversion",
        ),
        (
            with(cloud_event(), "specversion", json!(1)),
            Reason::WrongType,
            "$.specversion",
        ),
        (
            with(event_bridge(), "detail-type", json!(null)),
            Reason::Missing,
            "$.detail-type",
        ),
        (sns(&json!([])), Reason::WrongType, "$.Message"),
        (
            with(sns(&plain()), "Message", json!("not json")),
            Reason::NotJson,
            "$.Message",
        ),
        (
            with(sns(&plain()), "Message", plain()),
            Reason::WrongType,
            "$.Message",
        ),
        (sns(&sns(&plain())), Reason::Missing, "$.Message.type"),
    ] {
        assert_eq!(refused(&body), (reason, path.to_owned()), "{body}");
    }
    let not_json = decode_with("{\"eventId\": ", None).unwrap_err();
    assert_eq!(
        not_json.to_string(),
        "$: found invalid JSON at line 1, column 12, expected JSON"
    );
}

#[test]
fn an_unknown_type_is_quoted_unless_it_could_be_personal_data() {
    let told = |name: &str| decoded(&with(plain(), "type", json!(name))).unwrap_err();
    assert_eq!(
        told("UserRenamed").to_string(),
        "$.type: found \"UserRenamed\", expected an event type from the catalogue, \
         such as \"UserCreated\""
    );
    assert_eq!(told("UserRenamed").reason, Reason::UnknownType);
    let long = format!("User{}", "x".repeat(200));
    for name in [
        "ada@example.com",
        "Lovelace",
        "AdaLovelace",
        "User Ada",
        "User@x.org",
        &long,
    ] {
        assert!(!told(name).to_string().contains(name));
    }
}

#[test]
fn the_time_comes_from_the_first_source_that_states_one() {
    let time = |body: &Value, attribute: Option<&str>| {
        let event = decode_with(&body.to_string(), attribute.map(AttributeText::Text)).unwrap();
        event.clock.time()[..10].to_owned()
    };
    let attribute = Some("2026-01-07T00:00:00Z");
    let undated = without(plain(), "timestamp");
    let relayed = with(
        sns(&undated),
        "MessageAttributes",
        json!({"EventTime": {"Type": "String", "Value": "2026-01-03T00:00:00Z"}}),
    );
    assert_eq!(time(&plain(), attribute), "2026-02-01");
    assert_eq!(time(&sns(&plain()), attribute), "2026-02-01");
    assert_eq!(time(&undated, attribute), "2026-01-07");
    assert_eq!(time(&relayed, attribute), "2026-01-07");
    assert_eq!(time(&relayed, None), "2026-01-03");
    assert_eq!(time(&sns(&undated), None), "2026-02-15");
    assert_eq!(
        time(&without(sns(&undated), "Timestamp"), None),
        "2026-03-01"
    );
    assert_eq!(time(&undated, None), "2026-03-01");
    for nothing in [json!(null), json!({}), json!({"EventTime": null})] {
        let notification = with(sns(&undated), "MessageAttributes", nothing);
        assert_eq!(time(&notification, None), "2026-02-15");
    }
    assert_eq!(
        time(&with(plain(), "timestamp", json!(null)), None),
        "2026-03-01"
    );

    assert!(carries_time(&plain().to_string()));
    assert!(carries_time(&sns(&undated).to_string()));
    assert!(!carries_time(&undated.to_string()));
    assert!(!carries_time("not json"));
}

#[test]
fn an_invalid_time_is_rejected_and_not_replaced_by_the_next_source() {
    let undated = without(plain(), "timestamp");
    for value in [json!("yesterday"), json!("2026-02-01")] {
        let body = with(plain(), "timestamp", value);
        assert_eq!(
            refused(&body),
            (Reason::Malformed, "$.timestamp".to_owned())
        );
    }
    for (value, reason) in [
        (json!(""), Reason::Empty),
        (json!(1_767_225_600), Reason::WrongType),
    ] {
        let body = with(plain(), "timestamp", value);
        assert_eq!(refused(&body), (reason, "$.timestamp".to_owned()));
    }
    let body = undated.to_string();
    for (attribute, reason) in [
        (AttributeText::Text("soon"), Reason::Malformed),
        (AttributeText::Binary, Reason::WrongType),
    ] {
        let refusal = decode_with(&body, Some(attribute)).unwrap_err();
        assert_eq!(
            (refusal.reason, refusal.path.as_str()),
            (reason, "messageAttributes.EventTime")
        );
    }
    let bad = with(sns(&undated), "Timestamp", json!("?"));
    assert_eq!(refused(&bad), (Reason::Malformed, "$.Timestamp".to_owned()));
    let bad = with(
        sns(&undated),
        "MessageAttributes",
        json!({"EventTime": {"Value": "?"}}),
    );
    assert_eq!(
        refused(&bad),
        (
            Reason::Malformed,
            "$.MessageAttributes.EventTime.Value".to_owned()
        )
    );
}

#[test]
fn a_time_may_be_at_most_five_minutes_ahead_of_sqs() {
    let at = |text: &str| decoded(&with(plain(), "timestamp", json!(text)));
    assert!(at("2026-03-01T12:05:00Z").is_ok());
    assert_eq!(
        at("2026-03-01T12:05:00.000000001Z")
            .unwrap_err()
            .to_string(),
        "$.timestamp: found 2026-03-01T12:05:00.000000001Z, \
         expected a time at most 5 minutes after SQS received the message"
    );
    let ahead = AttributeText::Text("2027-03-01T00:00:00Z");
    let refusal = decode_with(&without(plain(), "timestamp").to_string(), Some(ahead)).unwrap_err();
    assert_eq!(refusal.reason, Reason::InFuture);
}

fn carried(body: &str, event_time: Option<AttributeText<'_>>) -> Option<String> {
    let sent = EventTime::parse(SENT).unwrap();
    let message = Message {
        body,
        attributes: KnownAttributes::with_time(event_time),
        sent,
    };
    time_to_carry(&message).map(|time| time.to_string())
}

#[test]
fn a_message_re_sent_with_the_time_to_carry_is_the_same_event() {
    let no_time = without(plain(), "timestamp");
    for body in [
        plain(),
        no_time.clone(),
        without(event_bridge(), "time"),
        sns(&no_time),
        without(sns(&no_time), "Timestamp"),
        sns(&cloud_event()),
    ] {
        let body = body.to_string();
        let later = EventTime::parse("2026-03-09T12:00:00Z").unwrap();
        let carried = carried(&body, None).unwrap();
        let again = decode(&Message {
            body: &body,
            attributes: KnownAttributes::with_time(Some(AttributeText::Text(&carried))),
            sent: later,
        });
        assert_eq!(again.unwrap(), decode_with(&body, None).unwrap(), "{body}");
    }
}

#[test]
fn the_time_to_carry_does_not_make_an_invalid_event_valid() {
    let bad_attribute = json!({"EventTime": {"Type": "String", "Value": "noon"}});
    let notification = with(
        sns(&without(plain(), "timestamp")),
        "MessageAttributes",
        bad_attribute,
    );
    for body in [with(plain(), "timestamp", json!("noon")), notification] {
        assert_eq!(carried(&body.to_string(), None), None, "{body}");
    }
    for attribute in [
        AttributeText::Text("noon"),
        AttributeText::Binary,
        AttributeText::Text(SENT),
    ] {
        assert_eq!(carried(&plain().to_string(), Some(attribute)), None);
    }
    let sent = Some("2026-03-01T12:00:00.000000000Z".to_owned());
    assert_eq!(carried("not json", None), sent);
}

#[test]
fn an_invalid_event_has_a_label() {
    let called = |body: &Value| {
        let Label { event_type, id } = label(&body.to_string());
        (event_type, id.map(|id| id.to_string()))
    };
    let text = |text: &str| Some(text.to_owned());
    for body in [plain(), event_bridge(), cloud_event(), sns(&plain())] {
        let expected = (text("OrganizationUserAdded"), text("e-1"));
        assert_eq!(called(&body), expected, "{body}");
    }
    let unknown = with(without(plain(), "payload"), "type", json!("Else"));
    assert_eq!(called(&unknown), (text("Else"), text("e-1")));
    let bare = with(without(plain(), "type"), "eventId", json!(""));
    assert_eq!(called(&bare), (None, None));
    assert_eq!(label("not json"), Label::default());
}
