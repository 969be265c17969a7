//! A complete event of any type in each envelope, as it can be sent.

#![allow(dead_code, reason = "each test uses some of the fields")]

use roster_domain::EventType;
use serde_json::Value;

/// An envelope.
pub struct Example {
    /// Its name, as a heading.
    pub title: &'static str,
    /// The name of its schema.
    pub schema: &'static str,
    /// When to use it.
    pub when: &'static str,
    /// Makes the event of a type.
    pub event: fn(&EventType) -> String,
}

/// All envelopes.
pub const EXAMPLES: [Example; 5] = [
    Example {
        title: "Plain",
        schema: "plain",
        when: "Send it to the queue yourself, or publish it to an SNS topic.",
        event: plain,
    },
    Example {
        title: "CloudEvents",
        schema: "cloud-event",
        when: "CloudEvents 1.0 in structured JSON. The payload may be in `data_base64` instead of `data`.",
        event: cloud_event,
    },
    Example {
        title: "EventBridge",
        schema: "event-bridge",
        when: "What a rule of EventBridge sends to the queue if you put a plain event or a CloudEvent into `Detail`. \
               Do that: EventBridge's own `id` is another one after a retry, and its `time` has no \
               fractions of a second.",
        event: event_bridge,
    },
    Example {
        title: "EventBridge, with the payload only",
        schema: "event-bridge",
        when: "`detail-type` is then the type. Events of one entity within a second have no order, except \
               that a removal wins.",
        event: event_bridge_of_payload,
    },
    Example {
        title: "SNS notification",
        schema: "sns-notification",
        when: "What SNS sends to the queue without raw message delivery. You publish what is in `Message`: an \
               event in one of the envelopes above.",
        event: notification,
    },
];

/// A plain event.
pub fn plain(event_type: &EventType) -> String {
    let EventType { name, example, .. } = event_type;
    format!(
        r#"{{"eventId":"{name}-1","type":"{name}","timestamp":"2026-02-01T09:00:00.123Z","payload":{example}}}"#
    )
}

fn cloud_event(event_type: &EventType) -> String {
    let EventType { name, example, .. } = event_type;
    format!(
        r#"{{"specversion":"1.0","id":"{name}-1","source":"/your/system","type":"{name}","time":"2026-02-01T09:00:00.123Z","datacontenttype":"application/json","data":{example}}}"#
    )
}

fn event_bridge(event_type: &EventType) -> String {
    in_detail(event_type, &plain(event_type))
}

fn event_bridge_of_payload(event_type: &EventType) -> String {
    in_detail(event_type, event_type.example)
}

fn in_detail(event_type: &EventType, detail: &str) -> String {
    let name = event_type.name;
    format!(
        r#"{{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"{name}","source":"your.system","account":"111122223333","time":"2026-02-01T09:00:00Z","region":"eu-central-1","resources":[],"detail":{detail}}}"#
    )
}

fn notification(event_type: &EventType) -> String {
    let message = Value::from(plain(event_type));
    format!(
        r#"{{"Type":"Notification","MessageId":"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324","TopicArn":"arn:aws:sns:eu-central-1:111122223333:iam","Message":{message},"Timestamp":"2026-02-01T09:00:00.456Z","SignatureVersion":"1"}}"#
    )
}
