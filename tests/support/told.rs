//! Tables filled by sending events to a consumer.

use std::time::Duration;

use roster_stack::{Options, Stack};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::records::bodies;

/// A new stack whose table contains these events.
pub async fn stack_with(events: Vec<Value>) -> Stack {
    let stack = Stack::start(&Options::default()).await.unwrap();
    tell(&stack, events).await;
    stack
}

/// Folds these events, which must be valid, into the table of a stack.
pub async fn tell(stack: &Stack, events: Vec<Value>) {
    let consumer = stack.consumer_without_queues();
    let deadline = Instant::now() + Duration::from_secs(120);
    let bodies = bodies(events.into_iter().map(|event| event.to_string()));
    let report = consumer.consume(bodies, deadline).await;
    assert_eq!(report.response().unwrap().batch_item_failures, []);
}

/// An event of this type at this second.
pub fn event(event_type: &str, second: u32, payload: Value) -> Value {
    json!({"eventId": "e", "type": event_type, "payload": payload,
        "timestamp": format!("2026-01-01T00:00:{second:02}Z")})
}
