//! Finding the dead-letter queue of a queue, and the requests it is asked.

use anyhow::{Context, Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use serde_json::Value;

use super::batch::{Answer, Entry};
use super::walk::HIDDEN;
use roster_stack::event_source::REQUEST_MESSAGES;

/// How long a request waits for a first message, in seconds. With any wait at all SQS asks all
/// its servers, so that an empty answer means an empty queue (SQS Developer Guide, long polling).
const WAIT_SECONDS: i32 = 1;

/// A queue of events and where its dead letters are.
#[derive(Debug, Clone)]
pub struct DeadLetterQueue {
    sqs: Client,
    /// The queue that events are sent to.
    pub events: String,
    /// The queue that holds the dead letters.
    pub dead_letters: String,
}

impl DeadLetterQueue {
    /// The dead-letter queue of the queue of that URL or name, as the queue's redrive policy
    /// names it.
    pub async fn of(sqs: Client, queue: &str) -> Result<Self> {
        let events = if queue.contains("://") {
            queue.to_owned()
        } else {
            let request = sqs.get_queue_url().queue_name(queue);
            let found = request.send().await;
            let found = found.with_context(|| format!("cannot find the queue {queue}"))?;
            found.queue_url.context("SQS gave no URL of the queue")?
        };
        let attributes = sqs
            .get_queue_attributes()
            .queue_url(&events)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .send()
            .await
            .with_context(|| format!("cannot read the attributes of the queue {queue}"))?;
        let policy = attributes
            .attributes()
            .and_then(|attributes| attributes.get(&QueueAttributeName::RedrivePolicy));
        let Some(policy) = policy else {
            bail!(
                "the queue {queue} has no dead-letter queue; name the queue that events are sent \
                 to, whose redrive policy names the other"
            );
        };
        let (account, name) = target(policy)
            .with_context(|| format!("cannot read the redrive policy of the queue {queue}"))?;
        let found = sqs
            .get_queue_url()
            .queue_name(&name)
            .queue_owner_aws_account_id(account)
            .send()
            .await
            .with_context(|| format!("cannot find the dead-letter queue {name}"))?;
        Ok(Self {
            sqs,
            events,
            dead_letters: found.queue_url.context("SQS gave no URL of the queue")?,
        })
    }

    /// About how many dead letters there are.
    pub async fn about_how_many(&self) -> Result<u64> {
        let attributes = self
            .sqs
            .get_queue_attributes()
            .queue_url(&self.dead_letters)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .send()
            .await
            .context("cannot read the attributes of the dead-letter queue")?;
        let count = attributes.attributes().and_then(|attributes| {
            attributes.get(&QueueAttributeName::ApproximateNumberOfMessages)
        });
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
    }

    /// Receives some dead letters and hides them for [`HIDDEN`].
    pub(super) async fn receive(&self) -> Result<Vec<Message>> {
        let output = self
            .sqs
            .receive_message()
            .queue_url(&self.dead_letters)
            .max_number_of_messages(i32::try_from(REQUEST_MESSAGES)?)
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(i32::try_from(HIDDEN.as_secs())?)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .context("cannot receive dead letters")?;
        Ok(output.messages.unwrap_or_default())
    }

    /// Makes dead letters visible again, each named by its receipt.
    pub(super) async fn show(&self, receipts: &[Entry<'_, String>]) -> Result<Answer> {
        let entry = |entry: &Entry<'_, String>| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(&entry.id)
                .receipt_handle(entry.item)
                .visibility_timeout(0)
                .build()
        };
        let entries = receipts.iter().map(entry).collect::<Result<_, _>>()?;
        let output = self
            .sqs
            .change_message_visibility_batch()
            .queue_url(&self.dead_letters)
            .set_entries(Some(entries))
            .send()
            .await
            .context("cannot make dead letters visible again")?;
        let done = output.successful.into_iter().map(|entry| entry.id);
        Ok(Answer {
            done: done.collect(),
            failed: output.failed,
        })
    }

    /// Deletes dead letters, each named by its receipt.
    pub(super) async fn delete(&self, receipts: &[Entry<'_, String>]) -> Result<Answer> {
        let entry = |entry: &Entry<'_, String>| {
            DeleteMessageBatchRequestEntry::builder()
                .id(&entry.id)
                .receipt_handle(entry.item)
                .build()
        };
        let entries = receipts.iter().map(entry).collect::<Result<_, _>>()?;
        let output = self
            .sqs
            .delete_message_batch()
            .queue_url(&self.dead_letters)
            .set_entries(Some(entries))
            .send()
            .await
            .context("cannot delete dead letters")?;
        let done = output.successful.into_iter().map(|entry| entry.id);
        Ok(Answer {
            done: done.collect(),
            failed: output.failed,
        })
    }

    /// Sends entries to the queue of events. A message that SQS finds too long, as one at its limit
    /// is with an attribute more, fails its whole request; that refuses the entry, which is alone.
    pub(super) async fn send(&self, entries: Vec<SendMessageBatchRequestEntry>) -> Result<Answer> {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let request = self.sqs.send_message_batch().queue_url(&self.events);
        let sent = request.set_entries(Some(entries)).send().await;
        if let Err(error) = &sent
            && let Some(SendMessageBatchError::BatchRequestTooLong(_)) = error.as_service_error()
        {
            let failed = ids.into_iter().map(too_long).collect::<Result<_, _>>()?;
            return Ok(Answer {
                done: Vec::new(),
                failed,
            });
        }
        let output = sent.context("cannot send events")?;
        let done = output.successful.into_iter().map(|entry| entry.id);
        Ok(Answer {
            done: done.collect(),
            failed: output.failed,
        })
    }
}

/// That an entry is refused for its length.
fn too_long(id: String) -> Result<BatchResultErrorEntry, BuildError> {
    let entry = BatchResultErrorEntry::builder().id(id);
    let entry = entry.code("BatchRequestTooLong").sender_fault(true);
    entry.build()
}

/// Account and name of the queue that a redrive policy names.
fn target(policy: &str) -> Result<(String, String)> {
    let policy: Value = serde_json::from_str(policy)?;
    let arn = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let arn = arn.context("it names no deadLetterTargetArn")?;
    let mut parts = arn.rsplit(':');
    match (parts.next(), parts.next()) {
        (Some(name), Some(account)) => Ok((account.to_owned(), name.to_owned())),
        _ => bail!("{arn} is not the ARN of a queue"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_policy_names_its_target() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead",
            "maxReceiveCount":10}"#;
        let (account, name) = target(policy).unwrap();
        assert_eq!((&*account, &*name), ("111122223333", "dead"));
        for wrong in ["", "{}", r#"{"deadLetterTargetArn":"dead"}"#] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}
