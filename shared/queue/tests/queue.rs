//! Tests the requests to a queue against the emulator.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::Ipv4Addr;
use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use roster_emulator::sqs::{DEAD_LETTER_QUEUE_NAME, MAX_MESSAGE, QUEUE_NAME, Queues, Sqs};
use roster_queue::limits::REQUEST_MESSAGES;
use roster_queue::{Fate, Queue};
use tokio::net::TcpListener;

const WAIT: Duration = Duration::from_secs(1);

async fn servers() -> (Sqs, Queues) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let sqs = Sqs::serve(listener, None).unwrap();
    let queues = sqs.create_queues().await.unwrap();
    (sqs, queues)
}

fn entry(body: impl Into<String>) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder().id("any");
    entry.message_body(body).build().unwrap()
}

async fn receive(queue: &Queue) -> Vec<(String, String)> {
    let hidden = Some(Duration::from_secs(60));
    let messages = queue.receive(REQUEST_MESSAGES, WAIT, hidden).await.unwrap();
    let mut received: Vec<_> = messages
        .into_iter()
        .map(|message| (message.body.unwrap(), message.receipt_handle.unwrap()))
        .collect();
    received.sort();
    received
}

#[tokio::test]
async fn messages_are_sent_received_made_visible_and_deleted() {
    let (sqs, queues) = servers().await;
    let queue = Queue::new(sqs.client(), &queues.events);
    // Duplicate ids are allowed.
    let entries = ["a", "b", "c"].map(entry);
    assert_eq!(
        queue.send(&entries).await.unwrap(),
        [const { Fate::Done }; 3]
    );
    assert_eq!(queue.about_how_many().await.unwrap(), 3);

    let received = receive(&queue).await;
    let bodies: Vec<_> = received.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(bodies, ["a", "b", "c"]);
    assert_eq!(receive(&queue).await, [], "they are hidden");
    let counts = queue.counts().await.unwrap();
    assert_eq!((counts.visible, counts.hidden), (0, 3));

    let receipts: Vec<_> = received.into_iter().map(|(_, receipt)| receipt).collect();
    assert_eq!(
        queue.show(&receipts[..2]).await.unwrap(),
        [const { Fate::Done }; 2]
    );
    let again = receive(&queue).await;
    assert_eq!(again.len(), 2);
    let receipts = [again[0].1.clone(), receipts[2].clone()];
    assert_eq!(
        queue.delete(&receipts).await.unwrap(),
        [const { Fate::Done }; 2]
    );
    let last = again[1].1.clone();
    queue.show(&[last]).await.unwrap();
    let left = receive(&queue).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, "b");
}

#[tokio::test]
async fn without_entries_no_request_is_made() {
    let queue = Queue::new(servers().await.0.client(), "http://127.0.0.1:1/nowhere");
    assert_eq!(queue.send(&[]).await.unwrap(), []);
    assert_eq!(queue.delete(&[]).await.unwrap(), []);
    assert_eq!(queue.show(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_rejected_entry_does_not_affect_others() {
    let (sqs, queues) = servers().await;
    let queue = Queue::new(sqs.client(), &queues.events);
    let too_long = entry("x".repeat(MAX_MESSAGE + 1));
    let fates = queue.send(&[entry("a"), too_long, entry("b")]).await;
    let refused = Fate::Refused("InvalidParameterValue".to_owned());
    assert_eq!(fates.unwrap(), [Fate::Done, refused, Fate::Done]);
    let received = receive(&queue).await;
    let bodies: Vec<_> = received.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(bodies, ["a", "b"]);
}

#[tokio::test]
async fn a_queue_and_its_dead_letter_queue_are_found_by_name() {
    let (sqs, queues) = servers().await;
    let queue = Queue::find(sqs.client(), QUEUE_NAME).await.unwrap();
    assert_eq!(queue.url(), queues.events);
    let dead_letters = queue.dead_letter_queue().await.unwrap().unwrap();
    assert_eq!(dead_letters.url(), queues.dead_letters);
    let none = Queue::find(sqs.client(), DEAD_LETTER_QUEUE_NAME).await;
    let none = none.unwrap().dead_letter_queue().await.unwrap();
    assert!(none.is_none(), "a dead-letter queue has none of its own");
    let unknown = Queue::find(sqs.client(), "unknown").await.unwrap_err();
    assert_eq!(unknown.to_string(), "cannot find the queue unknown");
}
