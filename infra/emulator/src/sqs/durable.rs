//! Keeps the messages of the emulator in a file.
//!
//! The emulator has its queues in memory only. A message that was sent is in the file before the
//! sender is told so, and leaves it when it is deleted. So nothing that was acknowledged is lost,
//! however the process ends. After a start all messages are visible, apart from delayed ones: who
//! had received one has no valid receipt any more.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use hyper::Response;
use hyper::body::Bytes;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::body::SqsResponseBody;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_http::response::json_response;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::input::{
    ChangeMessageVisibilityInput, DeleteMessageBatchInput, DeleteMessageInput, GetQueueUrlInput,
    PurgeQueueInput, ReceiveMessageInput, SendMessageBatchInput, SendMessageInput,
};
use rustack_sqs_model::operations::SqsOperation;
use rustack_sqs_model::output::{ReceiveMessageOutput, SendMessageBatchOutput, SendMessageOutput};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::store::{Accepted, MessageStore, StoredMessage};
use super::{DEAD_LETTER_QUEUE_NAME, QUEUE_NAME};

/// How long a message is hidden while its count is restored, in seconds: SQS's maximum.
const HIDDEN: i32 = 43_200;

/// The request id of responses. There is nobody to whom it would have to be reported.
const REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

type Answer = Result<Response<SqsResponseBody>, SqsError>;

/// The emulator, with its messages in a file if there is one.
#[derive(Debug, Clone)]
pub struct DurableSqs {
    provider: Arc<RustackSqs>,
    emulator: Arc<RustackSqsHandler>,
    store: Option<Arc<Mutex<MessageStore>>>,
}

impl SqsHandler for DurableSqs {
    fn handle_operation(
        &self,
        operation: SqsOperation,
        body: Bytes,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        let Some(store) = self.store.clone() else {
            return self.emulator.handle_operation(operation, body);
        };
        let durable = self.clone();
        Box::pin(async move {
            match operation {
                SqsOperation::SendMessage => {
                    let sent = durable.send(&store, read(&body)?).await?;
                    answer(&sent)
                }
                SqsOperation::SendMessageBatch => {
                    let sent = durable.send_batch(&store, read(&body)?).await?;
                    answer(&sent)
                }
                SqsOperation::ReceiveMessage => {
                    let received = durable.receive(&store, read(&body)?).await?;
                    answer(&received)
                }
                SqsOperation::DeleteMessage => {
                    let input: DeleteMessageInput = read(&body)?;
                    let receipt = input.receipt_handle.clone();
                    let mut store = store.lock().await;
                    let deleted = durable.provider.delete_message(input).await?;
                    store.delete(&[&receipt]).map_err(internal)?;
                    answer(&deleted)
                }
                SqsOperation::DeleteMessageBatch => {
                    let input: DeleteMessageBatchInput = read(&body)?;
                    let entries = input.entries.iter();
                    let receipts: Vec<_> = entries.map(|e| e.receipt_handle.clone()).collect();
                    let receipts: Vec<_> = receipts.iter().map(String::as_str).collect();
                    let mut store = store.lock().await;
                    let deleted = durable.provider.delete_message_batch(input).await?;
                    store.delete(&receipts).map_err(internal)?;
                    answer(&deleted)
                }
                SqsOperation::PurgeQueue => {
                    let input: PurgeQueueInput = read(&body)?;
                    let queue = queue_name(&input.queue_url).to_owned();
                    let mut store = store.lock().await;
                    let purged = durable.provider.purge_queue(input).await?;
                    store.purge(&queue).map_err(internal)?;
                    answer(&purged)
                }
                _ => durable.emulator.handle_operation(operation, body).await,
            }
        })
    }
}

impl DurableSqs {
    /// Wraps the emulator.
    pub fn new(provider: RustackSqs, store: Option<MessageStore>) -> Self {
        let provider = Arc::new(provider);
        Self {
            emulator: Arc::new(RustackSqsHandler::new(Arc::clone(&provider))),
            provider,
            store: store.map(|store| Arc::new(Mutex::new(store))),
        }
    }

    /// Sends what the file holds, once the queues are there.
    pub async fn restore(&self) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let mut store = store.lock().await;
        let mut sent = Vec::new();
        let mut hidden = Vec::new();
        for number in store.numbers()? {
            let message = store.message(number)?;
            let (id, receipt) = self.send_again(message).await?;
            sent.push((number, id));
            hidden.extend(receipt);
        }
        store.sent_again(&sent)?;
        for shown in hidden {
            let shown = self.provider.change_message_visibility(shown).await;
            shown.map_err(failed)?;
        }
        Ok(())
    }

    /// Sends a message and receives it as often as it was. Returns its new id and, if it was
    /// received and is therefore hidden, how to show it.
    async fn send_again(
        &self,
        message: StoredMessage,
    ) -> Result<(String, Option<ChangeMessageVisibilityInput>)> {
        let find = GetQueueUrlInput {
            queue_name: message.queue,
            ..GetQueueUrlInput::default()
        };
        let queue = self.provider.get_queue_url(find).await.map_err(failed)?;
        let queue_url = queue.queue_url.context("the queue has no URL")?;
        let delay = message.due.saturating_sub(now()).div_ceil(1_000);
        let sent = self.provider.send_message(SendMessageInput {
            queue_url: queue_url.clone(),
            message_body: message.body,
            delay_seconds: Some(i32::try_from(delay)?),
            message_attributes: serde_json::from_str(&message.attributes)?,
            ..SendMessageInput::default()
        });
        let id = sent.await.map_err(failed)?.message_id;
        let id = id.context("the message has no id")?;
        let mut shown = None;
        // All messages before this one are hidden.
        for receive in 1..=message.receives {
            let is_last = receive == message.receives;
            let received = self.provider.receive_message(ReceiveMessageInput {
                queue_url: queue_url.clone(),
                visibility_timeout: Some(if is_last { HIDDEN } else { 0 }),
                ..ReceiveMessageInput::default()
            });
            let received = received.await.map_err(failed)?.messages.into_iter();
            let mut received = received.filter_map(|message| message.receipt_handle);
            let receipt = received.next();
            shown = receipt.map(|receipt_handle| ChangeMessageVisibilityInput {
                queue_url: queue_url.clone(),
                receipt_handle,
                visibility_timeout: 0,
            });
        }
        Ok((id, shown))
    }

    async fn send(
        &self,
        store: &Mutex<MessageStore>,
        input: SendMessageInput,
    ) -> Result<SendMessageOutput, SqsError> {
        let queue = queue_name(&input.queue_url).to_owned();
        let (body, delay) = (input.message_body.clone(), input.delay_seconds);
        let attributes = json(&input.message_attributes)?;
        // Whoever receives the message meanwhile waits for its row.
        let mut store = store.lock().await;
        let output = self.provider.send_message(input).await?;
        let id = output.message_id.as_deref();
        if let Some(id) = id.filter(|_| is_kept(&queue)) {
            let message = accepted(id, &body, &attributes, delay);
            store.insert(&queue, &[message]).map_err(internal)?;
        }
        Ok(output)
    }

    async fn send_batch(
        &self,
        store: &Mutex<MessageStore>,
        input: SendMessageBatchInput,
    ) -> Result<SendMessageBatchOutput, SqsError> {
        let queue = queue_name(&input.queue_url).to_owned();
        let entries = input.entries.clone();
        let mut store = store.lock().await;
        let output = self.provider.send_message_batch(input).await?;
        if !is_kept(&queue) {
            return Ok(output);
        }
        let mut messages = Vec::new();
        for sent in &output.successful {
            if let Some(entry) = entries.iter().find(|entry| entry.id == sent.id) {
                messages.push((&sent.message_id, entry, json(&entry.message_attributes)?));
            }
        }
        let messages = messages.iter().map(|(id, entry, attributes)| {
            accepted(id, &entry.message_body, attributes, entry.delay_seconds)
        });
        let messages: Vec<_> = messages.collect();
        store.insert(&queue, &messages).map_err(internal)?;
        Ok(output)
    }

    /// Receives messages, which have the ids and times of their first sending.
    async fn receive(
        &self,
        store: &Mutex<MessageStore>,
        input: ReceiveMessageInput,
    ) -> Result<ReceiveMessageOutput, SqsError> {
        let queue = queue_name(&input.queue_url).to_owned();
        let mut output = self.provider.receive_message(input).await?;
        if output.messages.is_empty() || !is_kept(&queue) {
            return Ok(output);
        }
        let receipts = output.messages.iter().map(|message| {
            let id = message.message_id.clone().unwrap_or_default();
            (id, message.receipt_handle.clone().unwrap_or_default())
        });
        let receipts: Vec<_> = receipts.collect();
        let origins = store.lock().await.receive(&queue, &receipts);
        for (message, origin) in output.messages.iter_mut().zip(origins.map_err(internal)?) {
            let Some(origin) = origin else {
                continue;
            };
            message.message_id = Some(origin.id);
            if let Some(sent) = message.attributes.get_mut("SentTimestamp") {
                *sent = origin.sent.to_string();
            }
        }
        Ok(output)
    }
}

/// Whether the messages of a queue are kept: those of the queues that every start creates.
fn is_kept(queue: &str) -> bool {
    [QUEUE_NAME, DEAD_LETTER_QUEUE_NAME].contains(&queue)
}

fn queue_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn accepted<'a>(
    id: &'a str,
    body: &'a str,
    attributes: &'a str,
    delay: Option<i32>,
) -> Accepted<'a> {
    let sent = now();
    let delay = delay.and_then(|seconds| u64::try_from(seconds).ok());
    Accepted {
        id,
        body,
        attributes,
        sent,
        due: sent + delay.unwrap_or_default() * 1_000,
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    let read = serde_json::from_slice(body);
    read.map_err(|error| SqsError::invalid_parameter_value(error.to_string()))
}

fn json(value: &impl Serialize) -> Result<String, SqsError> {
    serde_json::to_string(value).map_err(|error| SqsError::internal_error(error.to_string()))
}

fn answer(output: &impl Serialize) -> Answer {
    Ok(json_response(json(output)?.into_bytes(), REQUEST_ID))
}

fn internal(error: anyhow::Error) -> SqsError {
    SqsError::internal_error(format!("{error:#}"))
}

fn failed(error: SqsError) -> anyhow::Error {
    anyhow!("the embedded SQS failed: {}", error.message)
}
