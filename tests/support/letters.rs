//! Dead letters, and their outcomes in a consumer.

use std::time::SystemTime;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, QueueAttributeName};
use consumer::Report;
use roster_cli::dlq::{DeadLetterQueue, Filter, Foretold, Redriven, Stop, redrive};
use roster_domain::Outcome;
use roster_emulator::sqs::{self, QUEUE_NAME};
use roster_queue::QueueClient;
use roster_stack::Stack;
use roster_stack::event_source::BATCH;

/// The number of messages with each outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Outcomes {
    /// Applied events.
    pub applied: usize,
    /// Stale events.
    pub stale: usize,
    /// Duplicates.
    pub duplicate: usize,
    /// Failed messages.
    pub failed: usize,
}

impl From<Foretold> for Outcomes {
    fn from(foretold: Foretold) -> Self {
        Self {
            applied: foretold.applied,
            stale: foretold.stale,
            duplicate: foretold.duplicate,
            failed: 0,
        }
    }
}

/// The dead-letter queue of a stack.
pub async fn dead_letter_queue(stack: &Stack) -> DeadLetterQueue {
    let client = QueueClient::new(sqs::config(stack.sqs.address));
    DeadLetterQueue::of(client, QUEUE_NAME).await.unwrap()
}

/// Puts a message with string attributes on a queue and returns its id.
pub async fn put(stack: &Stack, queue: &str, body: &str, attributes: &[(&str, &str)]) -> String {
    let mut request = stack.sqs.client().send_message();
    for (name, value) in attributes {
        let value = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(*value);
        request = request.message_attributes(*name, value.build().unwrap());
    }
    let sent = request.queue_url(queue).message_body(body).send().await;
    sent.unwrap().message_id.unwrap()
}

/// Puts a message on the dead-letter queue, as the consumer does with a code and as SQS does
/// without one, and returns its id.
pub async fn bury(stack: &Stack, body: &str, code: Option<&str>) -> String {
    let attributes: Vec<_> = code.map(|code| ("ErrorCode", code)).into_iter().collect();
    put(stack, &stack.queues.dead_letters, body, &attributes).await
}

/// The numbers of visible and of hidden messages on a queue.
pub async fn counts(stack: &Stack, queue: &str) -> (usize, usize) {
    let request = stack.sqs.client().get_queue_attributes();
    let output = request
        .queue_url(queue)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let count = |name| {
        let count = output.attributes().unwrap().get(&name);
        count.unwrap().parse().unwrap()
    };
    (
        count(QueueAttributeName::ApproximateNumberOfMessages),
        count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
    )
}

/// The visible messages of a queue, which are hidden from then on.
pub async fn drain(stack: &Stack, queue: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        let request = stack.sqs.client().receive_message().queue_url(queue);
        let request = request.max_number_of_messages(10);
        let received = request.message_attribute_names("All").send().await.unwrap();
        match received.messages {
            Some(more) if !more.is_empty() => messages.extend(more),
            _ => return messages,
        }
    }
}

/// The bodies of the visible messages of a queue, sorted. They are hidden from then on.
pub async fn drain_bodies(stack: &Stack, queue: &str) -> Vec<String> {
    let messages = drain(stack, queue).await.into_iter();
    let mut bodies: Vec<_> = messages.filter_map(|message| message.body).collect();
    bodies.sort();
    bodies
}

/// Redrives the dead letters that the filter selects, or previews it.
pub async fn redriven(stack: &Stack, filter: &Filter, dry_run: bool) -> Redriven {
    let (queue, table) = (dead_letter_queue(stack).await, stack.table());
    let (stop, now) = (Stop::default(), SystemTime::now());
    let redriven = redrive(&queue, Some(&table), filter, dry_run, &stop, now, |_| {});
    redriven.await.unwrap()
}

/// Runs a consumer on the messages of the queue and counts the outcomes.
pub async fn consume(stack: &Stack) -> Outcomes {
    let source = stack.event_source_mapping(BATCH);
    let mut outcomes = Outcomes::default();
    loop {
        let mut is_empty = true;
        let observe = |report: &Report| {
            is_empty = false;
            for message in &report.messages {
                match message.result.as_ref().map(|applied| applied.outcome) {
                    Ok(Outcome::Applied) => outcomes.applied += 1,
                    Ok(Outcome::Stale) => outcomes.stale += 1,
                    Ok(Outcome::Duplicate) => outcomes.duplicate += 1,
                    Err(_) => outcomes.failed += 1,
                }
            }
        };
        source.poll(observe).await.unwrap();
        if is_empty {
            return outcomes;
        }
    }
}
