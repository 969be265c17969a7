//! What Lambda's event source for SQS does, for a consumer in this process.
//!
//! It receives a batch, invokes the consumer and deletes what need not come back. The rest is
//! left to the consumer's backoff and the queue's redrive policy.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_lambda_events::encodings::Base64Data;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use consumer::{Consumer, Report};
use tokio::time::Instant;

/// Most messages in one request (SQS API reference).
pub const REQUEST_MESSAGES: usize = 10;

/// The function's timeout in the template.
pub const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);

/// Most messages in a batch in the template.
pub const BATCH: usize = 100;

/// Most bytes of bodies in a batch: Lambda's limit for the event of an invocation.
const BATCH_BYTES: usize = 6 << 20;

/// How long a request waits for a first message, in seconds.
const WAIT_SECONDS: i32 = 1;

/// A queue, and the consumer it feeds.
#[derive(Debug, Clone)]
pub struct EventSource {
    /// The client of the queue.
    pub sqs: Client,
    /// The queue.
    pub queue_url: String,
    /// The consumer.
    pub consumer: Consumer,
    /// Most messages in a batch (10,000 in Lambda, for a standard queue).
    pub batch: usize,
}

impl EventSource {
    /// Receives one batch and handles it, or waits a second for a first message. `observe` is
    /// told what became of the messages, in their order, before any is deleted or comes again.
    pub async fn poll(&self, observe: impl FnOnce(&[Message], &Report)) -> Result<()> {
        let messages = self.receive().await?;
        if messages.is_empty() {
            return Ok(());
        }
        let mut event = SqsEvent::default();
        event.records = messages.iter().map(record).collect();
        let deadline = Instant::now() + FUNCTION_TIMEOUT;
        let report = self.consumer.consume(event, deadline).await;
        report.log();
        observe(&messages, &report);
        self.delete(&messages, &report).await
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let mut messages: Vec<Message> = Vec::new();
        let mut bytes = 0;
        while messages.len() < self.batch && bytes < BATCH_BYTES {
            let most = REQUEST_MESSAGES.min(self.batch - messages.len());
            let output = self
                .sqs
                .receive_message()
                .queue_url(&self.queue_url)
                .max_number_of_messages(i32::try_from(most)?)
                .wait_time_seconds(if messages.is_empty() { WAIT_SECONDS } else { 0 })
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .message_attribute_names("All")
                .send()
                .await
                .context("cannot receive messages")?;
            match output.messages {
                Some(received) if !received.is_empty() => {
                    bytes += received
                        .iter()
                        .filter_map(Message::body)
                        .map(str::len)
                        .sum::<usize>();
                    messages.extend(received);
                }
                _ => break,
            }
        }
        Ok(messages)
    }

    /// Deletes what need not come back.
    async fn delete(&self, messages: &[Message], report: &Report) -> Result<()> {
        let settled = messages.iter().zip(&report.messages).enumerate();
        let done = settled.filter(|(_, (_, settled))| settled.retried().is_none());
        let entries: Vec<_> = done
            .map(|(position, (message, _))| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(position.to_string())
                    .receipt_handle(message.receipt_handle().unwrap_or_default())
                    .build()
            })
            .collect::<Result<_, _>>()?;
        for entries in entries.chunks(REQUEST_MESSAGES) {
            let output = self
                .sqs
                .delete_message_batch()
                .queue_url(&self.queue_url)
                .set_entries(Some(entries.to_vec()))
                .send()
                .await
                .context("cannot delete messages")?;
            for entry in output.failed() {
                // It comes again after its visibility timeout.
                tracing::warn!(code = entry.code(), "SQS did not delete a message");
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
