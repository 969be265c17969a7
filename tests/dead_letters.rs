//! Is a bad event sent to the dead-letter queue at once, with its reason, and alone? Is an event
//! retried after a transient failure?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};
use consumer::{Batch, Failure, Report};
use roster_domain::Outcome;
use roster_emulator::sqs;
use roster_queue::limits::MAX_ATTRIBUTES;
use roster_queue::{Queue, QueueClient};
use roster_stack::event_source::BATCH;
use roster_stack::{Options, Stack};
use roster_tests::records::{batch, bodies, record};
use roster_tests::relay::{Listener, Relay, Verdict};
use serde_json::{Value, json};
use tokio::time::Instant;

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn added(user: usize, role: &str) -> Value {
    json!({"eventId": format!("e-{user}"), "type": "OrganizationUserAdded",
        "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"organizationId": "o", "userId": format!("u{user}"), "role": role}})
}

fn failed(report: &Report) -> Vec<String> {
    let failures = report.response().unwrap().batch_item_failures;
    let ids = failures.into_iter().map(|failure| failure.item_identifier);
    ids.collect()
}

/// All messages of a queue, which are hidden from then on.
async fn drain(stack: &Stack, queue: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        let receive = stack.sqs.client().receive_message().queue_url(queue);
        let received = receive
            .max_number_of_messages(10)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap();
        match received.messages {
            Some(more) if !more.is_empty() => messages.extend(more),
            _ => return messages,
        }
    }
}

fn attributes(message: &Message) -> BTreeMap<&str, &str> {
    let attributes = message.message_attributes().unwrap().iter();
    attributes
        .map(|(name, value)| (name.as_str(), value.string_value().unwrap_or("binary")))
        .collect()
}

fn text(value: &str) -> SqsMessageAttribute {
    let mut attribute = SqsMessageAttribute::default();
    attribute.data_type = Some("String".to_owned());
    attribute.string_value = Some(value.to_owned());
    attribute
}

/// Sends a bad record to the dead-letter queue and returns it from there.
async fn bury(stack: &Stack, bad: SqsMessage) -> Message {
    let report = stack.consumer().consume(batch(vec![bad]), soon()).await;
    assert_eq!(failed(&report), [""; 0]);
    let mut dead = drain(stack, &stack.queues.dead_letters).await;
    assert_eq!(dead.len(), 1);
    dead.remove(0)
}

#[tokio::test]
async fn a_bad_event_among_ten_is_dead_lettered_at_once_and_the_nine_are_applied_once() {
    let stack = stack().await;
    let role = |n| if n == 4 { "owner" } else { "reader" };
    let entry = |n: usize| {
        let entry = SendMessageBatchRequestEntry::builder();
        let body = added(n, role(n)).to_string();
        entry.id(n.to_string()).message_body(body).build().unwrap()
    };
    let send = stack.sqs.client().send_message_batch();
    let send = send.queue_url(&stack.queues.events);
    let entries = (0..10).map(entry).collect();
    let sent = send.set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(sent.failed(), []);
    let mut outcomes = Vec::new();
    let mut failures = Vec::new();
    let source = stack.event_source_mapping(BATCH);
    // The second poll waits for redelivered messages and finds none.
    for _ in 0..2 {
        let observe = |report: &Report| {
            for message in &report.messages {
                match &message.result {
                    Ok(applied) => outcomes.push(applied.outcome),
                    Err(failure) => failures.push((failure.clone(), message.dead_letter.clone())),
                }
            }
        };
        source.poll(observe).await.unwrap();
    }
    assert_eq!(outcomes, [Outcome::Applied; 9]);
    let dead = drain(&stack, &stack.queues.dead_letters).await;
    let [(failure, Some(id))] = failures.as_slice() else {
        panic!("{failures:?}");
    };
    assert_eq!(failure.code(), "malformed");
    let [dead] = dead.as_slice() else {
        panic!("{dead:?}");
    };
    assert_eq!(dead.message_id(), Some(id.as_str()));
    assert_eq!(dead.body().unwrap(), added(4, "owner").to_string());
    let version = format!("{}+local", env!("CARGO_PKG_VERSION"));
    let expected = BTreeMap::from([
        ("ErrorCode", "malformed"),
        (
            "ErrorMessage",
            r#"$.payload.role: found "owner", expected "admin", "writer" or "reader""#,
        ),
        ("ErrorPath", "$.payload.role"),
        ("FunctionVersion", &version),
        ("EventTime", "2026-01-01T00:00:00.000000000Z"),
    ]);
    assert_eq!(attributes(dead), expected);
}

#[tokio::test]
async fn the_reason_and_the_time_come_before_a_producers_attributes() {
    let stack = stack().await;
    let mut bad = record("m", "not json");
    let theirs = [
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
        "ErrorCode",
        "EventTime",
    ];
    assert_eq!(theirs.len(), MAX_ATTRIBUTES);
    for name in theirs {
        let attribute = (name.to_owned(), text("2026-01-01T00:00:00Z"));
        bad.message_attributes.extend([attribute]);
    }
    let dead = bury(&stack, bad).await;
    let attributes = attributes(&dead);
    let names: BTreeSet<_> = attributes.keys().copied().collect();
    let ours = [
        "ErrorCode",
        "ErrorMessage",
        "ErrorPath",
        "EventTime",
        "FunctionVersion",
    ];
    let kept = ["b", "c", "d", "e", "f"];
    assert_eq!(names, BTreeSet::from_iter([ours, kept].concat()));
    assert_eq!(attributes["ErrorCode"], "not_json");
    assert_eq!(attributes["EventTime"], "2026-01-01T00:00:00Z");
}

#[tokio::test]
async fn attributes_of_every_type_are_copied() {
    let stack = stack().await;
    let send = stack.sqs.client().send_message();
    let value = |data_type: &str| MessageAttributeValue::builder().data_type(data_type);
    let binary = value("Binary").binary_value(aws_sdk_sqs::primitives::Blob::new([0, 255]));
    let number = value("Number.count").string_value("7");
    send.queue_url(&stack.queues.events)
        .message_body("not json")
        .message_attributes("binary", binary.build().unwrap())
        .message_attributes("number", number.build().unwrap())
        .send()
        .await
        .unwrap();
    stack
        .event_source_mapping(BATCH)
        .poll(|_| {})
        .await
        .unwrap();
    let dead = drain(&stack, &stack.queues.dead_letters).await;
    let attributes = dead[0].message_attributes().unwrap();
    let blob = attributes["binary"].binary_value().unwrap();
    assert_eq!(blob.as_ref(), [0, 255]);
    assert_eq!(attributes["number"].data_type(), "Number.count");
    assert_eq!(attributes["number"].string_value(), Some("7"));
}

#[tokio::test]
async fn an_event_without_a_time_keeps_the_time_when_sqs_first_received_it() {
    let stack = stack().await;
    let mut bad = record("m", added(1, "owner").to_string().replace("timestamp", "t"));
    let sent = ("SentTimestamp".to_owned(), "1767225600123".to_owned());
    bad.attributes.extend([sent]);
    let dead = bury(&stack, bad).await;
    assert_eq!(
        attributes(&dead)["EventTime"],
        "2026-01-01T00:00:00.123000000Z"
    );
}

/// Records that do not have the format that Lambda documents, among others that do.
const UNREADABLE: &str = include_str!("data/sqs-batch-unreadable.json");

/// The result of each record: its outcome, or its code and whether it has a dead letter.
fn fates(report: &Report) -> Vec<(&str, bool)> {
    let messages = report.messages.iter();
    let fate = messages.map(|message| match &message.result {
        Ok(applied) => (applied.outcome.name(), message.dead_letter.is_some()),
        Err(failure) => (failure.code(), message.dead_letter.is_some()),
    });
    fate.collect()
}

#[tokio::test]
async fn a_record_with_an_unreadable_part_fails_alone() {
    let stack = stack().await;
    let batch: Batch = serde_json::from_str(UNREADABLE).unwrap();
    let report = stack.consumer().consume(batch, soon()).await;
    let applied = (Outcome::Applied.name(), false);
    let dead = ("unreadable_record", true);
    // A copy of these would lose the body or the time, so SQS must move the originals.
    let left = ("unreadable_record", false);
    let expected = [
        applied, dead, dead, dead, left, left, left, applied, left, applied,
    ];
    assert_eq!(fates(&report), expected);
    let left = [4, 5, 6, 8].map(|n| format!("{n:02}9dd8b5-5b1c-4d0e-a9a1-6a5b4f1f0a{n:02}"));
    assert_eq!(failed(&report), left);
}

#[tokio::test]
async fn a_dead_letter_names_the_unreadable_part_and_keeps_the_others() {
    let stack = stack().await;
    let batch: Batch = serde_json::from_str(UNREADABLE).unwrap();
    let _report = stack.consumer().consume(batch, soon()).await;
    let dead = drain(&stack, &stack.queues.dead_letters).await;
    let mut told: Vec<_> = dead.iter().map(attributes).collect();
    told.sort();
    let version = format!("{}+local", env!("CARGO_PKG_VERSION"));
    let letter = |message, path, others: &[(&'static str, &'static str)]| {
        let ours = [
            ("ErrorCode", "unreadable_record"),
            ("ErrorMessage", message),
            ("ErrorPath", path),
            ("FunctionVersion", version.as_str()),
            ("EventTime", "2026-02-01T08:00:00.000000000Z"),
        ];
        BTreeMap::from_iter(ours.into_iter().chain(others.iter().copied()))
    };
    let member = "cannot read a member of messageAttributes of the SQS record";
    let sent = "cannot read attributes.SentTimestamp of the SQS record";
    let expected = [
        letter(member, "messageAttributes", &[]),
        letter(member, "messageAttributes", &[("tenant", "a")]),
        letter(sent, "attributes.SentTimestamp", &[]),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_record_without_an_id_fails_the_invocation_after_the_others_were_applied() {
    let stack = stack().await;
    for nameless in [json!(7), json!({"messageId": 7, "body": 7})] {
        let mut batch: Value = serde_json::from_str(UNREADABLE).unwrap();
        let records = batch["Records"].as_array_mut().unwrap();
        records.insert(0, nameless);
        let batch: Batch = serde_json::from_value(batch).unwrap();
        let report = stack.consumer().consume(batch, soon()).await;
        assert!(report.response().is_err());
        let is_ok = |n: usize| report.messages[n].result.is_ok();
        assert!([1, 8, 10].into_iter().all(is_ok));
        assert_eq!(fates(&report)[0], ("unreadable_record", false));
    }
}

#[tokio::test]
async fn many_and_large_dead_letters_all_arrive() {
    let stack = stack().await;
    let bad = (0..25).map(|n| format!("{n} {}", "x".repeat(30_000)));
    let report = stack.consumer().consume(bodies(bad), soon()).await;
    assert_eq!(failed(&report), [""; 0]);
    let dead = drain(&stack, &stack.queues.dead_letters).await;
    let ids: BTreeSet<_> = dead.iter().filter_map(Message::message_id).collect();
    let reported = report
        .messages
        .iter()
        .filter_map(|m| m.dead_letter.as_deref());
    assert_eq!(ids, reported.collect());
    assert_eq!(ids.len(), 25);
}

#[tokio::test]
async fn a_message_that_the_dead_letter_queue_rejects_is_reported_and_fails_alone() {
    let stack = stack().await;
    let too_large = "x".repeat(sqs::MAX_MESSAGE + 1);
    let bad = vec![
        record("bad", "not json"),
        record("too large", too_large),
        record("good", added(1, "reader").to_string()),
    ];
    let report = stack.consumer().consume(batch(bad.clone()), soon()).await;
    assert_eq!(failed(&report), ["too large"]);

    let client = QueueClient::new(sqs::config(stack.sqs.address));
    let nowhere = format!("{}-gone", stack.queues.dead_letters);
    let queue = Queue::new(client, nowhere);
    let consumer = stack
        .consumer_without_queues()
        .with_dead_letters(queue, "test");
    let report = consumer.consume(batch(bad.clone()), soon()).await;
    assert_eq!(failed(&report), ["bad", "too large"]);

    let report = stack
        .consumer_without_queues()
        .consume(batch(bad), soon())
        .await;
    assert_eq!(failed(&report), ["bad", "too large"]);
}

/// Rejects one letter of a request, the one with the body `b`.
struct Picky(Option<Value>);

impl Listener for Picky {
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict {
        assert_eq!(operation, "SendMessageBatch");
        let entries = request["Entries"].as_array_mut().unwrap();
        let refused = entries.iter().position(|entry| entry["MessageBody"] == "b");
        let refused = entries.remove(refused.unwrap());
        self.0 = refused.get("Id").cloned();
        Verdict::Pass
    }

    fn answer(&mut self, _: &str, _: &Value, answer: &mut Value) {
        answer["Failed"] = json!([{"Id": self.0, "Code": "Injected", "SenderFault": false}]);
    }
}

#[tokio::test]
async fn each_letter_of_a_request_has_its_own_result() {
    let stack = stack().await;
    let relay = Relay::start(stack.sqs.address, Picky(None)).await;
    let client = QueueClient::new(sqs::config(relay.address));
    let queue = Queue::new(client, &stack.queues.dead_letters);
    let consumer = stack
        .consumer_without_queues()
        .with_dead_letters(queue, "test");
    let bad = ["a", "b", "c"];
    let records = bad.map(|body| record(body, body)).to_vec();
    let report = consumer.consume(batch(records), soon()).await;
    assert_eq!(failed(&report), ["b"]);
    let dead = drain(&stack, &stack.queues.dead_letters).await;
    let dead: BTreeSet<_> = dead.iter().map(|m| (m.message_id(), m.body())).collect();
    let told = report.messages.iter().zip(bad);
    let told = told.filter(|(message, _)| message.dead_letter.is_some());
    let told = told.map(|(message, body)| (message.dead_letter.as_deref(), Some(body)));
    assert_eq!(dead, told.collect());
    assert_eq!(dead.len(), 2);
}

#[tokio::test]
async fn a_dead_letter_that_cannot_be_sent_in_time_is_reported() {
    let stack = stack().await;
    let deadline = Instant::now();
    let report = stack
        .consumer()
        .consume(bodies(["not json".to_owned()]), deadline)
        .await;
    assert_eq!(failed(&report), ["0"]);
}

#[tokio::test]
async fn an_event_is_retried_seconds_after_a_transient_failure() {
    let mut stack = stack().await;
    let send = stack.sqs.client().send_message();
    let send = send.queue_url(&stack.queues.events);
    let sent = send
        .message_body(added(1, "reader").to_string())
        .send()
        .await;
    sent.unwrap();
    let table = stack.table_address;
    stack.table_address = stack.sqs.address;
    let observe = |report: &Report| {
        let failure = report.messages[0].retried();
        assert!(failure.is_some_and(|f| !f.is_permanent()), "{failure:?}");
    };
    stack
        .event_source_mapping(BATCH)
        .poll(observe)
        .await
        .unwrap();
    let failed = Instant::now();
    stack.table_address = table;
    let mut receives = None;
    while receives.is_none() {
        let observe = |report: &Report| {
            assert!(report.messages[0].result.is_ok());
            let message = report.messages[0].record.message();
            receives = Some(message.attributes["ApproximateReceiveCount"].clone());
        };
        assert!(failed.elapsed() < Duration::from_secs(60), "it is lost");
        stack
            .event_source_mapping(BATCH)
            .poll(observe)
            .await
            .unwrap();
    }
    let after = failed.elapsed();
    // Two to four seconds, and up to one of polling.
    assert!(
        after > Duration::from_secs(1) && after < Duration::from_secs(30),
        "{after:?}"
    );
    assert_eq!(receives.as_deref(), Some("2"));
    assert!(drain(&stack, &stack.queues.dead_letters).await.is_empty());
}

#[tokio::test]
async fn a_message_that_sqs_does_not_postpone_is_still_reported() {
    let stack = stack().await;
    let mut made_up = record("m", added(1, "reader").to_string());
    made_up.receipt_handle = Some("made up".to_owned());
    let event: SqsEvent = batch(vec![made_up]);
    let out_of_time = Instant::now() + Duration::from_secs(4);
    let report = stack.consumer().consume(event, out_of_time).await;
    assert_eq!(report.messages[0].result, Err(Failure::OutOfTime));
    assert_eq!(failed(&report), ["m"]);
}
