//! Is a dead letter lost when requests of a redrive fail?

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::SystemTime;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roster_cli::dlq::{DeadLetterQueue, Filter, Redriven, Stop, redrive};
use roster_domain::OrganizationId;
use roster_emulator::sqs::{self, QUEUE_NAME};
use roster_queue::QueueClient;
use roster_stack::{Options, Stack};
use roster_table::List;
use roster_tests::letters::{bury, consume, counts, drain_bodies};
use roster_tests::pages::all;
use roster_tests::relay::{Listener, Relay, Verdict};
use serde_json::{Value, json};

fn added(user: &str) -> String {
    json!({"eventId": "e", "type": "OrganizationUserAdded", "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"organizationId": "o", "userId": user, "role": "reader"}})
    .to_string()
}

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

/// Redrives every dead letter through a relay in front of the queues.
async fn redriven<L: Listener>(stack: &Stack, relay: &Relay<L>) -> Result<Redriven, String> {
    let client = QueueClient::new(sqs::config(relay.address));
    let queue = DeadLetterQueue::of(client, QUEUE_NAME).await.unwrap();
    let (filter, stop, table) = (Filter::default(), Stop::default(), stack.table());
    let now = SystemTime::now();
    let done = redrive(&queue, Some(&table), &filter, false, &stop, now, |_| {}).await;
    done.map_err(|error| format!("{error:#}"))
}

fn entries(request: &mut Value) -> &mut Vec<Value> {
    request["Entries"].as_array_mut().unwrap()
}

/// What passed through the relay.
#[derive(Default)]
struct Watch {
    /// The body for each receipt handle.
    received: HashMap<String, String>,
    /// The bodies that are on the queue.
    confirmed: HashSet<String>,
    /// The bodies that were to be deleted before they were on the queue.
    deleted_too_early: Vec<String>,
}

impl Watch {
    fn request(&mut self, operation: &str, request: &Value) {
        if operation != "DeleteMessageBatch" {
            return;
        }
        for entry in request["Entries"].as_array().unwrap() {
            let body = &self.received[entry["ReceiptHandle"].as_str().unwrap()];
            if !self.confirmed.contains(body) {
                self.deleted_too_early.push(body.clone());
            }
        }
    }

    fn answer(&mut self, operation: &str, request: &Value, answer: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match operation {
            "ReceiveMessage" => {
                for message in answer["Messages"].as_array().into_iter().flatten() {
                    let receipt = text(&message["ReceiptHandle"]);
                    self.received.insert(receipt, text(&message["Body"]));
                }
            }
            "SendMessageBatch" => {
                for entry in request["Entries"].as_array().unwrap() {
                    let done = answer["Successful"].as_array().into_iter().flatten();
                    if done.into_iter().any(|done| done["Id"] == entry["Id"]) {
                        self.confirmed.insert(text(&entry["MessageBody"]));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Loses send and delete requests, and their responses.
struct Unreliable {
    watch: Watch,
    rng: StdRng,
    lost: BTreeMap<&'static str, usize>,
}

impl Listener for Unreliable {
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict {
        self.watch.request(operation, request);
        let is_change = ["SendMessageBatch", "DeleteMessageBatch"].contains(&operation);
        if !is_change || self.rng.random_ratio(1, 2) {
            return Verdict::Pass;
        }
        let (name, verdict) = if self.rng.random_ratio(1, 2) {
            ("request", Verdict::LoseRequest)
        } else {
            ("reply", Verdict::LoseReply)
        };
        *self.lost.entry(name).or_default() += 1;
        verdict
    }

    fn answer(&mut self, operation: &str, request: &Value, answer: &mut Value) {
        self.watch.answer(operation, request, answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_lost_when_requests_and_responses_are() {
    const LETTERS: usize = 60;
    let stack = stack().await;
    for n in 0..LETTERS {
        bury(&stack, &added(&format!("u{n}")), None).await;
        if n % 10 == 0 {
            bury(&stack, &format!("not json {n}"), Some("not_json")).await;
        }
    }
    let listener = Unreliable {
        watch: Watch::default(),
        rng: StdRng::seed_from_u64(1),
        lost: BTreeMap::new(),
    };
    let relay = Relay::start(stack.sqs.address, listener).await;
    let mut failures = 0;
    let done = loop {
        let done = redriven(&stack, &relay).await;
        let (_, hidden) = counts(&stack, &stack.queues.dead_letters).await;
        assert_eq!(hidden, 0, "messages that were not deleted are visible");
        match done {
            Ok(done) => break done,
            Err(_) => failures += 1,
        }
        assert!(failures < 100);
    };
    assert_eq!(
        done.still_failing,
        BTreeMap::from([("not_json".to_owned(), 6)])
    );
    let left = drain_bodies(&stack, &stack.queues.dead_letters).await;
    assert_eq!(left.len(), 6);
    let outcomes = consume(&stack).await;
    assert_eq!((outcomes.applied, outcomes.failed), (LETTERS, 0));
    let o = OrganizationId::parse("o").unwrap();
    let members = all(&stack.table(), &List::OrganizationUsers(o)).await;
    assert_eq!(members.len(), LETTERS);
    let listener = relay.listener();
    assert_eq!(listener.watch.deleted_too_early, [""; 0]);
    assert!(
        failures > 0 && listener.lost.len() == 2,
        "{:?}",
        listener.lost
    );
}

/// Accepts some entries of a request and rejects others, by their bodies.
#[derive(Default)]
struct Picky {
    watch: Watch,
    /// The results still to be added for entries that were not passed on.
    failed: Vec<Value>,
    /// Whether a message was already rejected with a transient error.
    postponed: bool,
}

impl Picky {
    fn take_out(&mut self, request: &mut Value, body: &str, is_senders_fault: bool) {
        let watch = &self.watch;
        let is_it = |entry: &Value| {
            let receipt = entry["ReceiptHandle"].as_str();
            let received = receipt.map(|receipt| watch.received[receipt].as_str());
            received.or(entry["MessageBody"].as_str()) == Some(body)
        };
        let entries = entries(request);
        if let Some(position) = entries.iter().position(is_it) {
            let entry = entries.remove(position);
            self.failed
                .push(json!({"Id": entry["Id"], "Code": "Injected",
                "SenderFault": is_senders_fault}));
        }
    }
}

impl Listener for Picky {
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict {
        self.watch.request(operation, request);
        match operation {
            "SendMessageBatch" => {
                self.take_out(request, &added("refused"), true);
                if !self.postponed {
                    self.postponed = true;
                    self.take_out(request, &added("postponed"), false);
                }
            }
            "DeleteMessageBatch" => self.take_out(request, &added("kept"), true),
            _ => {}
        }
        Verdict::Pass
    }

    fn answer(&mut self, operation: &str, request: &Value, answer: &mut Value) {
        self.watch.answer(operation, request, answer);
        if !self.failed.is_empty() {
            answer["Failed"] = Value::Array(std::mem::take(&mut self.failed));
        }
    }
}

#[tokio::test]
async fn each_entry_of_a_request_has_its_own_result() {
    let stack = stack().await;
    for user in ["a", "refused", "postponed", "kept", "b"] {
        bury(&stack, &added(user), None).await;
    }
    let relay = Relay::start(stack.sqs.address, Picky::default()).await;
    let done = redriven(&stack, &relay).await.unwrap();
    assert_eq!((done.selected, done.sent, done.not_deleted), (5, 4, 1));
    assert_eq!(
        done.refused_by_sqs,
        BTreeMap::from([("Injected".to_owned(), 1)])
    );
    assert_eq!(done.foretold.unwrap().applied, 4, "only of what was sent");
    let left = drain_bodies(&stack, &stack.queues.dead_letters).await;
    assert_eq!(left, [added("kept"), added("refused")]);
    let sent = drain_bodies(&stack, &stack.queues.events).await;
    assert_eq!(sent, ["a", "b", "kept", "postponed"].map(added));
    assert_eq!(relay.listener().watch.deleted_too_early, [""; 0]);
}

/// Rejects a request that is too long as a whole, as SQS does.
struct Narrow;

impl Listener for Narrow {
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict {
        let is_long = |entry: &Value| entry["MessageBody"].as_str().unwrap().len() > 200_000;
        if operation == "SendMessageBatch" && entries(request).iter().any(is_long) {
            return Verdict::Refuse("AWS.SimpleQueueService.BatchRequestTooLong");
        }
        Verdict::Pass
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_with_its_time_stays_and_does_not_block_others() {
    let stack = stack().await;
    // The oldest event, so that it is sent first.
    let long = added("long").replace("2026", "2025");
    let long = format!("{long}{}", " ".repeat(sqs::MAX_MESSAGE - long.len()));
    for body in [added("a"), long.clone(), added("z")] {
        bury(&stack, &body, None).await;
    }
    let relay = Relay::start(stack.sqs.address, Narrow).await;
    let done = redriven(&stack, &relay).await.unwrap();
    assert_eq!((done.selected, done.sent), (3, 2));
    assert_eq!(
        done.refused_by_sqs,
        BTreeMap::from([("BatchRequestTooLong".to_owned(), 1)])
    );
    let left = drain_bodies(&stack, &stack.queues.dead_letters).await;
    assert_eq!(left, [long]);
    let sent = drain_bodies(&stack, &stack.queues.events).await;
    assert_eq!(sent, ["a", "z"].map(added));
}

/// Does not respond to this many requests that make messages visible.
struct Forgetful(u32);

impl Listener for Forgetful {
    fn request(&mut self, operation: &str, _: &mut Value) -> Verdict {
        if operation != "ChangeMessageVisibilityBatch" || self.0 == 0 {
            return Verdict::Pass;
        }
        self.0 -= 1;
        Verdict::LoseRequest
    }
}

#[tokio::test]
async fn a_message_that_stays_hidden_is_an_error_that_states_how_many_were_sent() {
    let stack = stack().await;
    bury(&stack, &added("u"), None).await;
    bury(&stack, "not json", None).await;
    let relay = Relay::start(stack.sqs.address, Forgetful(3)).await;
    let error = redriven(&stack, &relay).await.unwrap_err();
    let told = "after sending 1: 1 message still hidden, for up to 15 minutes more: cannot make";
    assert!(error.starts_with(told), "{error}");
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (0, 1));
}

/// Does not hide received messages, so that each is received again and again.
struct Repeating;

impl Listener for Repeating {
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict {
        if operation == "ReceiveMessage" {
            request["VisibilityTimeout"] = json!(0);
        }
        Verdict::Pass
    }
}

#[tokio::test]
async fn a_message_that_is_received_again_counts_once_and_the_redrive_ends() {
    let stack = stack().await;
    for n in 0..25 {
        bury(&stack, &format!("not json {n}"), None).await;
    }
    let relay = Relay::start(stack.sqs.address, Repeating).await;
    let done = redriven(&stack, &relay).await.unwrap();
    assert_eq!((done.dead_letters, done.selected), (25, 25));
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (25, 0));
}
