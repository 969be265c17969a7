//! SQS records as Lambda delivers them.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};

/// A record with this id and body, sent now.
pub fn record(id: impl Into<String>, body: impl Into<String>) -> SqsMessage {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let mut record = SqsMessage::default();
    record.message_id = Some(id.into());
    record.body = Some(body.into());
    record.attributes = HashMap::from([("SentTimestamp".to_owned(), now.to_string())]);
    record
}

/// A batch of these records.
pub fn batch(records: Vec<SqsMessage>) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = records;
    event
}

/// A batch of these bodies, with record ids that count up from 0.
pub fn bodies(bodies: impl IntoIterator<Item = String>) -> SqsEvent {
    let numbered = bodies.into_iter().enumerate();
    batch(
        numbered
            .map(|(n, body)| record(n.to_string(), body))
            .collect(),
    )
}
