//! Is every event in the history before it is in the directory, also when requests fail and
//! consumers are killed?
//!
//! `ROSTER_SEED=N` replays the events and the faults of that seed. Which requests the faults
//! affect also depends on timing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use consumer::Report;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roster_cli::directory::Directory;
use roster_domain::{Entity, Event, EventTime, OriginPart, Outcome, State};
use roster_emulator::dynamodb::{HISTORY_TABLE_NAME, TABLE_NAME};
use roster_history::{Entry, key_of};
use roster_stack::{Options, Stack};
use roster_table::{Item, Key, SdkItem, protocol::Stored};
use roster_tests::history::{History, mixed};
use roster_tests::proxy::{Faults, Proxy};
use roster_tests::records::bodies;
use roster_tests::reference;
use roster_tests::relay::{Listener, Relay, Verdict};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// Percentage of requests that fail.
const PERCENT: u32 = 5;

/// Concurrent consumers.
const CONSUMERS: usize = 4;

/// Histories, and valid events in each before copies.
const HISTORIES: u64 = 60;
const EVENTS: usize = 28;

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

async fn scan(stack: &Stack, table: &str) -> Vec<Item> {
    let client = stack.dynamodb.client();
    let pages = client.scan().table_name(table).into_paginator();
    let items = pages.items().send().collect::<Result<Vec<_>, _>>();
    items.await.unwrap()
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

fn keys(items: &[Item]) -> BTreeSet<Key> {
    let key = |item| Key {
        pk: text(item, "PK").to_owned(),
        sk: text(item, "SK").to_owned(),
    };
    items.iter().map(key).collect()
}

/// The keys in the history of everything that an item of the directory contains.
fn named(item: &Item) -> impl Iterator<Item = Key> {
    let pk = format!("{}\t{}", text(item, "PK"), text(item, "SK"));
    let clocks = item.iter().filter(|(name, _)| name.ends_with("Clock"));
    clocks.map(move |(_, clock)| Key {
        pk: pk.clone(),
        sk: clock.as_s().unwrap().clone(),
    })
}

/// Compares the directory as it is now with the history a moment later, and returns how many items
/// the directory has.
async fn assert_recorded(stack: &Stack) -> usize {
    let directory = scan(stack, TABLE_NAME).await;
    let history = keys(&scan(stack, HISTORY_TABLE_NAME).await);
    for key in directory.iter().flat_map(named) {
        assert!(history.contains(&key), "not in the history: {key:?}");
    }
    directory.len()
}

async fn entries(stack: &Stack) -> Vec<Entry> {
    let items = scan(stack, HISTORY_TABLE_NAME).await.into_iter();
    items
        .map(|item| Entry::read(&SdkItem(&item)).unwrap())
        .collect()
}

/// The fold of all events in the history.
fn folded(entries: &[Entry]) -> BTreeMap<Entity, State> {
    let mut states: BTreeMap<Entity, State> = BTreeMap::new();
    for Entry { event, .. } in entries {
        let state = states.entry(event.entity.clone()).or_default();
        state.merge(&event.delta);
    }
    states
}

async fn assert_directory_is_the_fold(stack: &Stack, entries: &[Entry]) {
    let states = folded(entries);
    let directory = scan(stack, TABLE_NAME).await;
    assert_eq!(directory.len(), states.len());
    let items: BTreeMap<_, _> = directory
        .iter()
        .map(|item| ((text(item, "PK"), text(item, "SK")), item))
        .collect();
    for (entity, state) in states {
        let Key { pk, sk } = Key::of(&entity);
        let item = items[&(pk.as_str(), sk.as_str())];
        assert_eq!(
            Stored::read(&SdkItem(item)).unwrap().state,
            state,
            "{entity}"
        );
    }
}

/// A consumer in a task, which is killed in the middle of whatever it does.
struct Task(JoinHandle<()>);

impl Task {
    fn start(stack: &Stack) -> Self {
        let mapping = stack.event_source_mapping(10);
        Self(tokio::spawn(async move {
            loop {
                mapping.poll(|_: &Report| {}).await.unwrap();
            }
        }))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send(stack: &Stack, bodies: &[String]) {
    for body in bodies {
        let send = stack.sqs.client().send_message();
        let send = send.queue_url(&stack.queues.events).message_body(body);
        send.send().await.unwrap();
    }
}

async fn waiting(stack: &Stack) -> usize {
    let get = stack.sqs.client().get_queue_attributes();
    let get = get.queue_url(&stack.queues.events);
    let output = get.attribute_names(QueueAttributeName::All).send().await;
    let output = output.unwrap();
    let attributes = output.attributes().unwrap();
    let count = |name| attributes[&name].parse::<usize>().unwrap();
    count(QueueAttributeName::ApproximateNumberOfMessages)
        + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_never_ahead_of_the_history_and_ends_as_its_fold() {
    let seed = env::var("ROSTER_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("ROSTER_SEED={seed}");
    let histories = (0..HISTORIES).map(|n| History::from_seed(seed * HISTORIES + n, EVENTS));
    let bodies = mixed(&histories.collect::<Vec<_>>(), seed);
    let mut stack = stack().await;
    let faults = Faults {
        seed,
        percent: PERCENT,
    };
    let proxy = Proxy::with_faults(stack.dynamodb.address, faults).await;
    stack.table_address = proxy.address;
    // The messages of a killed consumer are redelivered after this long instead of three minutes.
    let set = stack.sqs.client().set_queue_attributes();
    let set = set.queue_url(&stack.queues.events);
    let set = set.attributes(QueueAttributeName::VisibilityTimeout, "5");
    set.send().await.unwrap();
    send(&stack, &bodies).await;
    let mut consumers: Vec<_> = (0..CONSUMERS).map(|_| Task::start(&stack)).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut kills, mut looks) = (0, BTreeSet::new());
    let end = Instant::now() + Duration::from_secs(300);
    while waiting(&stack).await > 0 {
        assert!(Instant::now() < end, "messages are left");
        looks.insert(assert_recorded(&stack).await);
        let pause = Duration::from_millis(rng.random_range(50..400));
        tokio::time::sleep(pause).await;
        consumers[rng.random_range(0..CONSUMERS)] = Task::start(&stack);
        kills += 1;
    }
    drop(consumers);
    println!("{kills} kills, {looks:?} items, {:?}", proxy.injected());
    assert!(kills > 5 && looks.len() > 3, "it was looked at meanwhile");
    assert_eq!(proxy.injected().len(), 5, "every fault came up");

    let valid: Vec<_> = bodies
        .iter()
        .filter_map(|body| reference::event(body))
        .collect();
    let entries = entries(&stack).await;
    let found: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
    assert!(
        found.iter().all(|event| valid.contains(event)),
        "as it was sent"
    );
    let expected: BTreeSet<_> = valid.iter().map(key_of).collect();
    assert_eq!(
        found.len(),
        expected.len(),
        "each valid event is there once"
    );
    let found: BTreeSet<_> = found.iter().map(key_of).collect();
    assert_eq!(found, expected, "and no other");
    assert_directory_is_the_fold(&stack, &entries).await;
    let directory = Directory::scan(&stack.dynamodb.client(), TABLE_NAME).await;
    let directory = reference::comparable(directory.unwrap());
    assert_eq!(directory, reference::directory(&bodies));
}

fn member(change: &str, user: usize, second: usize) -> String {
    json!({"eventId": format!("e{second}"), "type": format!("OrganizationUser{change}"),
        "timestamp": format!("2026-01-01T00:00:{second:02}Z"),
        "payload": {"organizationId": "o", "userId": format!("u{user}"), "role": "reader"}})
    .to_string()
}

async fn consume(stack: &Stack, events: Vec<String>) -> Report {
    let consumer = stack.consumer_without_queues();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    consumer.consume(bodies(events), deadline).await
}

/// The outcome of each message, or the code of its failure.
fn outcomes(report: &Report) -> Vec<&str> {
    let outcome = |message: &'_ consumer::Delivery| match &message.result {
        Ok(applied) => applied.outcome.name(),
        Err(failure) => failure.code(),
    };
    report.messages.iter().map(outcome).collect()
}

#[tokio::test]
async fn stale_events_and_copies_are_in_the_history_once() {
    let stack = stack().await;
    let events = [("Added", 5), ("Updated", 4), ("Added", 5), ("Removed", 3)];
    let events = events
        .map(|(change, second)| member(change, 0, second))
        .to_vec();
    let report = consume(&stack, events.clone()).await;
    assert_eq!(
        outcomes(&report),
        ["applied", "stale", "duplicate", "applied"]
    );
    let first = entries(&stack).await;
    let seconds: Vec<_> = first.iter().map(|entry| entry.event.clock.time()).collect();
    assert_eq!(seconds.len(), 3);
    assert!(seconds.is_sorted(), "they are in the order of their clocks");
    let report = consume(&stack, events).await;
    assert_eq!(
        outcomes(&report),
        ["duplicate", "stale", "duplicate", "duplicate"]
    );
    assert_eq!(entries(&stack).await, first, "the first recordedAt stays");
    assert_directory_is_the_fold(&stack, &first).await;
}

#[tokio::test]
async fn the_history_keeps_where_an_event_comes_from() {
    let stack = stack().await;
    let mut body: Value = serde_json::from_str(&member("Added", 0, 1)).unwrap();
    body["actor"] = json!("ada");
    body["correlationId"] = json!("c-1");
    let report = consume(&stack, vec![body.to_string(), member("Added", 0, 1)]).await;
    assert_eq!(outcomes(&report), ["applied", "duplicate"]);
    let entries = entries(&stack).await;
    assert_eq!(entries.len(), 1, "the same event");
    let origin = &entries[0].event.origin;
    assert_eq!(origin.get(OriginPart::Actor), Some("ada"));
    assert_eq!(origin.get(OriginPart::CorrelationId), Some("c-1"));
    assert_eq!(origin.envelope(), "Plain");
}

#[tokio::test]
async fn an_event_that_was_recorded_and_never_applied_is_applied_on_redelivery() {
    let stack = stack().await;
    let body = member("Added", 0, 1);
    let event: Event = reference::event(&body).unwrap();
    let stop = tokio::time::Instant::now() + Duration::from_secs(60);
    let history = stack.history();
    let recorded = history
        .record(&[&event], EventTime::UNIX_EPOCH, stop, || 0.0)
        .await;
    assert_eq!(recorded, [Ok(())]);
    assert_eq!(scan(&stack, TABLE_NAME).await, []);
    let report = consume(&stack, vec![body]).await;
    let outcome = report.messages[0].result.as_ref().unwrap().outcome;
    assert_eq!(outcome, Outcome::Applied);
    assert_recorded(&stack).await;
    assert_eq!(entries(&stack).await[0].recorded_at, EventTime::UNIX_EPOCH);
}

/// Withholds the statement with this number from each of so many requests, and answers it with this
/// code.
struct Withholding {
    statement: usize,
    code: &'static str,
    requests: usize,
    withheld: bool,
}

impl Listener for Withholding {
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict {
        self.withheld = operation == "BatchExecuteStatement" && self.requests > 0;
        if self.withheld {
            self.requests -= 1;
            let statements = request["Statements"].as_array_mut().unwrap();
            let at = self.statement.min(statements.len() - 1);
            let _kept_back = statements.remove(at);
            if statements.is_empty() {
                return Verdict::Refuse("ValidationException");
            }
        }
        Verdict::Pass
    }

    fn answer(&mut self, _: &str, _: &Value, answer: &mut Value) {
        if self.withheld {
            let error = json!({"Error": {"Code": self.code, "Message": "injected"}});
            let answers = answer["Responses"].as_array_mut().unwrap();
            answers.insert(self.statement, error);
        }
    }
}

/// Consumes ten events, of which the fourth statement is withheld from the first request.
async fn withhold(code: &'static str) -> (Stack, Report) {
    let mut stack = stack().await;
    let listener = Withholding {
        statement: 3,
        code,
        requests: 1,
        withheld: false,
    };
    let relay = Relay::start(stack.dynamodb.address, listener).await;
    stack.table_address = relay.address;
    let report = consume(
        &stack,
        (0..10).map(|user| member("Added", user, 1)).collect(),
    )
    .await;
    (stack, report)
}

#[tokio::test]
async fn an_event_whose_statement_failed_is_not_applied_and_comes_back_alone() {
    for (code, failure) in [
        ("ThrottlingError", "history_throttled"),
        ("ProvisionedThroughputExceeded", "history_throttled"),
        ("InternalServerError", "history_unavailable"),
        ("AccessDenied", "history_misconfigured"),
    ] {
        let (stack, report) = withhold(code).await;
        let mut expected = vec!["applied"; 10];
        expected[3] = failure;
        assert_eq!(outcomes(&report), expected, "{code}");
        let failures = report.response().unwrap().batch_item_failures;
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].item_identifier, "3");
        assert_eq!(assert_recorded(&stack).await, 9);
        assert_eq!(entries(&stack).await.len(), 9);
    }
}

#[tokio::test]
async fn a_conflict_with_a_transaction_is_tried_again_in_place() {
    let (stack, report) = withhold("TransactionConflict").await;
    assert_eq!(outcomes(&report), vec!["applied"; 10]);
    assert_eq!(report.history_requests, 2);
    assert_eq!(entries(&stack).await.len(), 10);
}
