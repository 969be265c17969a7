//! Does a message that SQS acknowledged outlive the process?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as System,
    SendMessageBatchRequestEntry,
};
use roster_emulator::sqs::{MAX_RECEIVE_COUNT, Queues, Sqs};
use roster_queue::Queue;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A server with its messages in a file. Dropping it is as sudden as killing it.
struct Server {
    _sqs: Sqs,
    client: Client,
    queues: Queues,
}

impl Server {
    async fn start(file: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sqs = Sqs::serve(listener, Some(file)).unwrap();
        let queues = sqs.create_queues().await.unwrap();
        Self {
            client: sqs.client(),
            queues,
            _sqs: sqs,
        }
    }

    async fn send(&self, url: &str, body: &str) -> String {
        let sent = self.client.send_message().queue_url(url).message_body(body);
        sent.send().await.unwrap().message_id.unwrap()
    }

    /// Receives all visible messages, which are visible again at once or hidden.
    async fn receive(&self, url: &str, hidden: u64) -> BTreeMap<String, Message> {
        let queue = Queue::new(self.client.clone(), url);
        let mut received = BTreeMap::new();
        loop {
            let hidden = Some(Duration::from_secs(hidden));
            let messages = queue.receive(10, Duration::ZERO, hidden).await.unwrap();
            let before = received.len();
            for message in messages {
                received.insert(message.body.clone().unwrap(), message);
            }
            if received.len() == before {
                return received;
            }
        }
    }

    async fn delete(&self, url: &str, message: &Message) {
        let receipt = message.receipt_handle.clone().unwrap();
        Queue::new(self.client.clone(), url)
            .delete(&[receipt])
            .await
            .unwrap();
    }
}

fn system<'a>(message: &'a Message, name: &System) -> &'a str {
    &message.attributes().unwrap()[name]
}

#[tokio::test]
async fn messages_come_back_with_their_ids_times_and_attributes() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.db");
    let server = Server::start(&file).await;
    let text = MessageAttributeValue::builder().data_type("String");
    let text = text.string_value("2026-01-01T00:00:00Z").build().unwrap();
    let binary = MessageAttributeValue::builder().data_type("Binary");
    let binary = binary.binary_value(Blob::new([0, 255])).build().unwrap();
    let sent = server.client.send_message();
    let sent = sent.queue_url(&server.queues.events).message_body("alone");
    let sent = sent.message_attributes("EventTime", text.clone());
    let sent = sent.message_attributes("Bytes", binary.clone());
    let id = sent.send().await.unwrap().message_id.unwrap();
    let entries = (0..10).map(|n| {
        let entry = SendMessageBatchRequestEntry::builder().id(n.to_string());
        entry.message_body(format!("batch {n}")).build().unwrap()
    });
    let batch = server.client.send_message_batch();
    let batch = batch.queue_url(&server.queues.events);
    let batch = batch.set_entries(Some(entries.collect()));
    batch.send().await.unwrap();
    server.send(&server.queues.dead_letters, "dead").await;
    let first = server.receive(&server.queues.events, 600).await;
    let sent = system(&first["alone"], &System::SentTimestamp).to_owned();
    drop(server);

    for start in 2..4 {
        let server = Server::start(&file).await;
        let events = server.receive(&server.queues.events, 600).await;
        assert_eq!(events.len(), 11, "the hidden ones are visible again");
        let alone = &events["alone"];
        assert_eq!(alone.message_id.as_deref(), Some(&*id));
        assert_eq!(system(alone, &System::SentTimestamp), sent);
        let count = system(alone, &System::ApproximateReceiveCount);
        assert_eq!(count, start.to_string());
        let attributes = alone.message_attributes().unwrap();
        assert_eq!(attributes["EventTime"], text);
        assert_eq!(attributes["Bytes"], binary);
        let dead = server.receive(&server.queues.dead_letters, 600).await;
        assert_eq!(dead.keys().collect::<Vec<_>>(), ["dead"]);
    }
}

#[tokio::test]
async fn what_was_deleted_or_purged_stays_away() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.db");
    let server = Server::start(&file).await;
    let Queues {
        events,
        dead_letters,
    } = server.queues.clone();
    for body in ["kept", "deleted"] {
        server.send(&events, body).await;
    }
    server.send(&dead_letters, "purged").await;
    let received = server.receive(&events, 600).await;
    server.delete(&events, &received["deleted"]).await;
    let purge = server.client.purge_queue().queue_url(&dead_letters);
    purge.send().await.unwrap();
    drop(server);

    let server = Server::start(&file).await;
    let received = server.receive(&server.queues.events, 600).await;
    assert_eq!(received.keys().collect::<Vec<_>>(), ["kept"]);
    let dead = server.receive(&server.queues.dead_letters, 600).await;
    assert!(dead.is_empty(), "{dead:?}");
    server
        .delete(&server.queues.events, &received["kept"])
        .await;
    drop(server);
    let server = Server::start(&file).await;
    assert!(server.receive(&server.queues.events, 0).await.is_empty());
}

#[tokio::test]
async fn a_delayed_message_is_not_early_and_not_lost() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.db");
    let server = Server::start(&file).await;
    let sent = server.client.send_message().message_body("later");
    let sent = sent.queue_url(&server.queues.events).delay_seconds(600);
    sent.send().await.unwrap();
    drop(server);
    let server = Server::start(&file).await;
    assert!(server.receive(&server.queues.events, 0).await.is_empty());
    let queue = Queue::new(server.client.clone(), &server.queues.events);
    assert_eq!(queue.about_how_many_in_all().await.unwrap(), 1);
}

#[tokio::test]
async fn the_count_of_receives_goes_on_until_the_message_is_dead() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.db");
    let server = Server::start(&file).await;
    server.send(&server.queues.events, "poison").await;
    drop(server);
    for _ in 0..MAX_RECEIVE_COUNT / 2 {
        // Receives it twice: the second time there is nothing new.
        let server = Server::start(&file).await;
        let received = server.receive(&server.queues.events, 0).await;
        assert_eq!(received.len(), 1);
    }
    let server = Server::start(&file).await;
    let Queues {
        events,
        dead_letters,
    } = server.queues.clone();
    let mut dead = BTreeMap::new();
    while dead.is_empty() {
        assert!(
            server.receive(&events, 0).await.is_empty(),
            "it has had its receives"
        );
        dead = server.receive(&dead_letters, 600).await;
    }
    drop(server);
    let server = Server::start(&file).await;
    assert!(server.receive(&events, 600).await.is_empty());
    let dead = server.receive(&server.queues.dead_letters, 600).await;
    assert_eq!(dead.keys().collect::<Vec<_>>(), ["poison"]);
}
