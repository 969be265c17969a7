//! Sends messages that failed permanently to the dead-letter queue, with the reason.

use std::collections::HashMap;

use aws_lambda_events::sqs::SqsMessageAttribute;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageAttributeValue, SendMessageBatchRequestEntry,
};
use futures::{StreamExt, stream};
use roster_envelope::{EVENT_TIME, Message, time_to_carry};
use roster_queue::limits::{CONCURRENT_REQUESTS, MAX_ATTRIBUTES};
use roster_queue::{
    ERROR_CODE, ERROR_MESSAGE, ERROR_PATH, FUNCTION_VERSION, Queue, is_reason_attribute, requests,
};
use roster_table::causes;
use tokio::time::{Instant, timeout_at};

use crate::delivery::Delivery;
use crate::failure::Failure;

/// Sends messages that failed permanently to the dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetterSender {
    queue: Queue,
    version: String,
}

impl DeadLetterSender {
    /// Creates a sender to this queue. `lambda_version` is Lambda's version of this function.
    pub fn new(queue: Queue, lambda_version: &str) -> Self {
        Self {
            queue,
            version: format!("{}+{lambda_version}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// Sends messages that failed permanently until `stop`, and records the message id of each on
    /// that queue. A message without such an id may not be there.
    pub async fn send(&self, deliveries: &mut [Delivery], stop: Instant) {
        let mut letters = HashMap::new();
        let mut entries = Vec::new();
        for (n, delivery) in deliveries.iter_mut().enumerate() {
            if let Some(entry) = self.entry(n, delivery) {
                letters.insert(entry.id.clone(), delivery);
                entries.push(entry);
            }
        }
        let requests: Vec<_> = requests(entries)
            .into_iter()
            .map(|entries| self.request(entries, stop))
            .collect();
        let mut sent = stream::iter(requests).buffer_unordered(CONCURRENT_REQUESTS);
        while let Some(sent) = sent.next().await {
            for (id, message_id) in sent {
                if let Some(delivery) = letters.get_mut(&id) {
                    delivery.dead_letter = Some(message_id);
                }
            }
        }
    }

    /// Sends one request and returns the message id of each successful entry.
    async fn request(
        &self,
        entries: Vec<SendMessageBatchRequestEntry>,
        stop: Instant,
    ) -> Vec<(String, String)> {
        match timeout_at(stop, self.queue.send_once(entries)).await {
            Ok(Ok(answer)) => {
                warn_of(answer.failed(), "SQS did not accept a dead letter");
                let sent = answer.successful.into_iter();
                sent.map(|entry| (entry.id, entry.message_id)).collect()
            }
            Ok(Err(error)) => {
                tracing::warn!(reason = causes(&error), "could not send dead letters");
                Vec::new()
            }
            Err(_) => {
                tracing::warn!(reason = "no time left", "could not send dead letters");
                Vec::new()
            }
        }
    }

    /// None for a message that did not fail permanently, and for one whose copy would lose its
    /// body or its place in the order: SQS moves the original after its last receive.
    fn entry(&self, n: usize, delivery: &Delivery) -> Option<SendMessageBatchRequestEntry> {
        let failure = delivery.failed_for_good()?;
        let content = delivery.record.to_copy(delivery.received)?;
        let theirs = &delivery.record.message().message_attributes;
        SendMessageBatchRequestEntry::builder()
            .id(n.to_string())
            .message_body(content.body)
            .set_message_attributes(Some(self.attributes(failure, theirs, &content)))
            .build()
            .ok()
    }

    /// The attributes of a dead letter: the reason, [`EVENT_TIME`], and as many of the producer's
    /// other attributes as fit, in the order of their names.
    fn attributes(
        &self,
        failure: &Failure,
        theirs: &HashMap<String, SqsMessageAttribute>,
        content: &Message<'_>,
    ) -> HashMap<String, MessageAttributeValue> {
        let time = match theirs.get(EVENT_TIME) {
            Some(time) => copy(time),
            None => time_to_carry(content).and_then(|time| text(time.to_string())),
        };
        let reason = [
            (ERROR_CODE, text(failure.code())),
            (ERROR_MESSAGE, text(failure.to_string())),
            (ERROR_PATH, failure.path().and_then(text)),
            (FUNCTION_VERSION, text(self.version.as_str())),
            (EVENT_TIME, time),
        ];
        let mut attributes: HashMap<_, _> = reason
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        let mut others: Vec<_> = theirs.iter().collect();
        others.retain(|(name, _)| name.as_str() != EVENT_TIME && !is_reason_attribute(name));
        others.sort_by_key(|(name, _)| *name);
        let room = MAX_ATTRIBUTES.saturating_sub(attributes.len());
        let copies = others
            .into_iter()
            .filter_map(|(name, value)| Some((name.clone(), copy(value)?)));
        attributes.extend(copies.take(room));
        attributes
    }
}

/// Logs the entries of a request that SQS rejected, each with its code.
pub fn warn_of(failed: &[BatchResultErrorEntry], what: &'static str) {
    for entry in failed {
        tracing::warn!(code = entry.code(), "{what}");
    }
}

fn text(value: impl Into<String>) -> Option<MessageAttributeValue> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .ok()
}

fn copy(attribute: &SqsMessageAttribute) -> Option<MessageAttributeValue> {
    let binary = attribute.binary_value.as_deref();
    MessageAttributeValue::builder()
        .data_type(attribute.data_type.as_deref()?)
        .set_string_value(attribute.string_value.clone())
        .set_binary_value(binary.map(|bytes| Blob::new(bytes.clone())))
        .build()
        .ok()
}
