//! A queue and the requests to it.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use aws_sdk_sqs::error::{BuildError, SdkError};
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use serde_json::Value;

use crate::batch::{BatchResult, Fate, settle};
use crate::client::QueueClient;
use crate::error::QueueError;
use crate::limits::REQUEST_MESSAGES;

const NO_URL: &str = "SQS returned no URL";

/// A queue and its client. Methods that take entries or receipts accept at most ten
/// ([`REQUEST_MESSAGES`]).
#[derive(Debug, Clone)]
pub struct Queue {
    client: QueueClient,
    url: String,
}

/// About how many messages are on a queue. The counts of SQS are those of some seconds ago, or of a
/// minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCounts {
    /// Messages that can be received.
    pub visible: u64,
    /// Messages that a reader has received and neither deleted nor made visible again.
    pub hidden: u64,
}

impl Queue {
    /// Returns the queue with a URL.
    pub fn new(client: impl Into<QueueClient>, url: impl Into<String>) -> Self {
        Self {
            client: client.into(),
            url: url.into(),
        }
    }

    /// Finds the queue with a URL or name.
    pub async fn find(client: impl Into<QueueClient>, queue: &str) -> Result<Self, QueueError> {
        let client = client.into();
        if queue.contains("://") {
            return Ok(Self::new(client, queue));
        }
        let found = client.get_queue_url().queue_name(queue).send().await;
        let found = found.map_err(|error| QueueError::new("find", queue, error))?;
        let url = found.queue_url;
        let url = url.ok_or_else(|| QueueError::new("find", queue, NO_URL))?;
        Ok(Self::new(client, url))
    }

    fn cannot(
        &self,
        request: &'static str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> QueueError {
        QueueError::new(request, &self.url, cause)
    }

    /// Returns the URL of the queue.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Finds the dead-letter queue in the redrive policy; `None` without a policy.
    pub async fn dead_letter_queue(&self) -> Result<Option<Self>, QueueError> {
        let policy = self.attribute(QueueAttributeName::RedrivePolicy).await?;
        let Some(policy) = policy else {
            return Ok(None);
        };
        let target = target(&policy);
        let (account, name) =
            target.map_err(|error| self.cannot("read the redrive policy of", error))?;
        let found = self
            .client
            .get_queue_url()
            .queue_name(&name)
            .queue_owner_aws_account_id(account)
            .send()
            .await;
        let found = found.map_err(|error| QueueError::new("find", &name, error))?;
        let url = found.queue_url;
        let url = url.ok_or_else(|| QueueError::new("find", &name, NO_URL))?;
        Ok(Some(Self::new(self.client.clone(), url)))
    }

    /// Returns the approximate number of visible messages.
    pub async fn about_how_many(&self) -> Result<u64, QueueError> {
        Ok(self.counts().await?.visible)
    }

    /// Returns about how many messages are on the queue.
    pub async fn counts(&self) -> Result<MessageCounts, QueueError> {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let hidden = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let names = [visible.clone(), hidden.clone()];
        let attributes = self.attributes(names.to_vec()).await?;
        let count = |name| attributes.get(name).and_then(|count| count.parse().ok());
        Ok(MessageCounts {
            visible: count(&visible).unwrap_or(0),
            hidden: count(&hidden).unwrap_or(0),
        })
    }

    /// Returns the approximate number of all messages: visible, in flight and delayed.
    pub async fn about_how_many_in_all(&self) -> Result<u64, QueueError> {
        let MessageCounts { visible, hidden } = self.counts().await?;
        let delayed = QueueAttributeName::ApproximateNumberOfMessagesDelayed;
        let delayed = self.attribute(delayed).await?;
        let delayed = delayed.and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok(visible + hidden + delayed)
    }

    async fn attribute(&self, name: QueueAttributeName) -> Result<Option<String>, QueueError> {
        let mut attributes = self.attributes(vec![name.clone()]).await?;
        Ok(attributes.remove(&name))
    }

    async fn attributes(
        &self,
        names: Vec<QueueAttributeName>,
    ) -> Result<HashMap<QueueAttributeName, String>, QueueError> {
        let request = self.client.get_queue_attributes().queue_url(&self.url);
        let answer = request.set_attribute_names(Some(names)).send().await;
        let answer = answer.map_err(|error| self.cannot("read the attributes of", error))?;
        Ok(answer.attributes.unwrap_or_default())
    }

    /// Receives up to `most` messages with all their attributes, and waits up to `wait` for the
    /// first one. With a wait, SQS queries all its servers, so an empty response means that the
    /// queue is empty (SQS Developer Guide, long polling). `hidden` is the visibility timeout,
    /// which defaults to the queue's.
    pub async fn receive(
        &self,
        most: usize,
        wait: Duration,
        hidden: Option<Duration>,
    ) -> Result<Vec<Message>, QueueError> {
        let seconds = |duration: Duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX);
        let most = most.min(REQUEST_MESSAGES);
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most).unwrap_or(i32::MAX))
            .wait_time_seconds(seconds(wait))
            .set_visibility_timeout(hidden.map(seconds))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await;
        let answer = answer.map_err(|error| self.cannot("receive from", error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Sends entries in one request, without retries; they must fit in it. If SQS rejects the
    /// request as too long, all its entries count as rejected: only a single entry can be that
    /// long.
    pub async fn send_once(
        &self,
        entries: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<SendMessageBatchOutput, QueueError> {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let request = self.client.send_message_batch().queue_url(&self.url);
        match request.set_entries(Some(entries)).send().await {
            Err(error) if is_too_long(&error) => {
                too_long(ids).map_err(|error| self.cannot("send to", error))
            }
            answer => answer.map_err(|error| self.cannot("send to", error)),
        }
    }

    /// Sends entries, which must fit in one request, and retries those that SQS did not accept. The
    /// entries' ids are ignored.
    pub async fn send(
        &self,
        entries: &[SendMessageBatchRequestEntry],
    ) -> Result<Vec<Fate>, QueueError> {
        settle(entries.len(), async |open| {
            let entry = |position: usize| {
                let mut entry = entries.get(position)?.clone();
                entry.id = position.to_string();
                Some(entry)
            };
            let open = open.into_iter().filter_map(entry).collect();
            let answer = self.send_once(open).await?;
            let done = answer.successful.into_iter().map(|entry| entry.id);
            Ok(BatchResult {
                done: done.collect(),
                failed: answer.failed,
            })
        })
        .await
    }

    /// Deletes messages by their receipt handles.
    pub async fn delete(&self, receipts: &[String]) -> Result<Vec<Fate>, QueueError> {
        settle(receipts.len(), async |open| {
            let entry = |position: usize| {
                let entry = DeleteMessageBatchRequestEntry::builder();
                let entry = entry.id(position.to_string());
                entry.receipt_handle(receipts.get(position)?).build().ok()
            };
            let request = self.client.delete_message_batch().queue_url(&self.url);
            let open = open.into_iter().filter_map(entry).collect();
            let answer = request.set_entries(Some(open)).send().await;
            let answer = answer.map_err(|error| self.cannot("delete messages of", error))?;
            let done = answer.successful.into_iter().map(|entry| entry.id);
            Ok(BatchResult {
                done: done.collect(),
                failed: answer.failed,
            })
        })
        .await
    }

    /// Makes messages visible again, by their receipt handles.
    pub async fn show(&self, receipts: &[String]) -> Result<Vec<Fate>, QueueError> {
        settle(receipts.len(), async |open| {
            let entry = |position: usize| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder();
                let entry = entry.id(position.to_string()).visibility_timeout(0);
                entry.receipt_handle(receipts.get(position)?).build().ok()
            };
            let open = open.into_iter().filter_map(entry).collect();
            self.change_visibility("make messages visible again on", open)
                .await
        })
        .await
    }

    /// Sets the visibility timeout of each message in one request, and returns the entries that
    /// failed.
    pub async fn hide_once(
        &self,
        entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
    ) -> Result<Vec<BatchResultErrorEntry>, QueueError> {
        let answer = self.change_visibility("hide messages of", entries).await?;
        Ok(answer.failed)
    }

    async fn change_visibility(
        &self,
        what: &'static str,
        entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
    ) -> Result<BatchResult, QueueError> {
        let request = self.client.change_message_visibility_batch();
        let request = request.queue_url(&self.url).set_entries(Some(entries));
        let answer = request.send().await;
        let answer = answer.map_err(|error| self.cannot(what, error))?;
        let done = answer.successful.into_iter().map(|entry| entry.id);
        Ok(BatchResult {
            done: done.collect(),
            failed: answer.failed,
        })
    }
}

fn is_too_long<R>(error: &SdkError<SendMessageBatchError, R>) -> bool {
    matches!(
        error.as_service_error(),
        Some(SendMessageBatchError::BatchRequestTooLong(_))
    )
}

/// Returns a response that rejects the entries with these ids as too long.
fn too_long(ids: Vec<String>) -> Result<SendMessageBatchOutput, BuildError> {
    let refused = |id| {
        let entry = BatchResultErrorEntry::builder().id(id);
        let entry = entry.code("BatchRequestTooLong").sender_fault(true);
        entry.build()
    };
    SendMessageBatchOutput::builder()
        .set_successful(Some(Vec::new()))
        .set_failed(Some(
            ids.into_iter().map(refused).collect::<Result<_, _>>()?,
        ))
        .build()
}

/// Returns the account and name of the dead-letter queue in a redrive policy.
fn target(policy: &str) -> Result<(String, String), Box<dyn Error + Send + Sync>> {
    let policy: Value = serde_json::from_str(policy)?;
    let arn = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let arn = arn.ok_or("it has no deadLetterTargetArn")?;
    let mut parts = arn.rsplit(':');
    match (parts.next(), parts.next()) {
        (Some(name), Some(account)) => Ok((account.to_owned(), name.to_owned())),
        _ => Err(format!("{arn} is not the ARN of a queue").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_read_from_a_redrive_policy() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead",
            "maxReceiveCount":10}"#;
        let (account, name) = target(policy).unwrap();
        assert_eq!((&*account, &*name), ("111122223333", "dead"));
        for wrong in ["", "{}", r#"{"deadLetterTargetArn":"dead"}"#] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}
