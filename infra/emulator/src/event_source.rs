//! A replacement for Lambda's event source mapping for SQS, for a function in this process.
//!
//! It receives a batch, invokes the function and deletes the messages that the function does not
//! report as failed. The queue handles the others with its visibility timeout and redrive policy.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;
use aws_lambda_events::encodings::Base64Data;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage, SqsMessageAttribute};
use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use roster_queue::limits::REQUEST_MESSAGES;
use roster_queue::{Fate, Queue};

/// Maximum size of the bodies in a batch, in bytes: Lambda's limit for the event of an invocation.
const BATCH_BYTES: usize = 6 << 20;

/// How long a request waits for the first message.
const WAIT: Duration = Duration::from_secs(1);

/// A queue that triggers a function.
#[derive(Debug, Clone)]
pub struct EventSource {
    /// The queue.
    pub queue: Queue,
    /// The maximum number of messages in a batch (up to 10,000 in Lambda, for a standard queue).
    pub batch: usize,
}

impl EventSource {
    /// Receives one batch, waiting up to a second for the first message, and invokes the function
    /// with it. If the function fails, no message is deleted.
    pub async fn poll<F, A>(&self, function: F) -> Result<()>
    where
        F: FnOnce(SqsEvent) -> A,
        A: Future<Output = Result<SqsBatchResponse>>,
    {
        let messages = self.receive().await?;
        if messages.is_empty() {
            return Ok(());
        }
        let mut event = SqsEvent::default();
        event.records = messages.iter().map(record).collect();
        let response = function(event).await?;
        let failures = response.batch_item_failures.into_iter();
        let failed: HashSet<_> = failures.map(|failure| failure.item_identifier).collect();
        let done = messages.into_iter().filter(|message| {
            let id = message.message_id();
            id.is_none_or(|id| !failed.contains(id))
        });
        self.delete(done).await
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let mut messages: Vec<Message> = Vec::new();
        let mut bytes = 0;
        while messages.len() < self.batch && bytes < BATCH_BYTES {
            let most = REQUEST_MESSAGES.min(self.batch - messages.len());
            let wait = if messages.is_empty() {
                WAIT
            } else {
                Duration::ZERO
            };
            let received = self.queue.receive(most, wait, None).await?;
            if received.is_empty() {
                break;
            }
            let bodies = received.iter().filter_map(Message::body);
            bytes += bodies.map(str::len).sum::<usize>();
            messages.extend(received);
        }
        Ok(messages)
    }

    async fn delete(&self, messages: impl Iterator<Item = Message>) -> Result<()> {
        let receipts: Vec<_> = messages.filter_map(|m| m.receipt_handle).collect();
        for receipts in receipts.chunks(REQUEST_MESSAGES) {
            for fate in self.queue.delete(receipts).await? {
                if fate != Fate::Done {
                    // SQS delivers it again after its visibility timeout.
                    tracing::warn!(?fate, "SQS did not delete a message");
                }
            }
        }
        Ok(())
    }
}

fn record(message: &Message) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = message.message_id.clone();
    record.receipt_handle = message.receipt_handle.clone();
    record.body = message.body.clone();
    record.event_source = Some("aws:sqs".to_owned());
    record.attributes = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
        .collect();
    record.message_attributes = message
        .message_attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect();
    record
}

fn attribute(value: &MessageAttributeValue) -> SqsMessageAttribute {
    let mut attribute = SqsMessageAttribute::default();
    attribute.string_value = value.string_value.clone();
    attribute.binary_value = value.binary_value.clone().map(|blob| {
        let mut data = Base64Data::default();
        *data = blob.into_inner();
        data
    });
    attribute.data_type = Some(value.data_type.clone());
    attribute
}
