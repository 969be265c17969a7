//! How many requests does the table receive, and what do they cost?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use consumer::Consumer;
use roster_domain::{CATALOGUE, Change, EventType, Kind, Outcome};
use roster_stack::{Options, Stack};
use roster_table::Key;
use roster_tests::proxy::{Proxy, RequestCounts, WriteUnits};
use roster_tests::records::bodies;
use roster_tests::{reference, size};
use serde_json::{Value, json};
use tokio::time::Instant;

struct Counted {
    stack: Stack,
    proxy: Proxy,
    consumer: Consumer,
}

impl Counted {
    async fn start() -> Self {
        let mut stack = Stack::start(&Options::default()).await.unwrap();
        let proxy = Proxy::metered(stack.dynamodb.address).await;
        stack.table_address = proxy.address;
        let consumer = stack.consumer_without_queues();
        Self {
            stack,
            proxy,
            consumer,
        }
    }

    /// Handles a batch and returns the outcomes and the requests.
    async fn consume(&self, events: Vec<String>) -> (Vec<Option<Outcome>>, RequestCounts) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let report = self.consumer.consume(bodies(events), deadline).await;
        let outcome = |m: &consumer::Delivery| m.result.as_ref().ok().map(|a| a.outcome);
        let outcomes = report.messages.iter().map(outcome).collect();
        (outcomes, self.proxy.take_counts())
    }

    /// The number of writes for a batch of valid events. All its other requests must be those to the
    /// history, one for each 25 events.
    async fn writes(&self, events: Vec<String>) -> usize {
        let recorded = events.len().div_ceil(25);
        let mut counts = self.consume(events).await.1;
        let writes = counts.remove("UpdateItem").unwrap_or(0);
        let others = [("BatchExecuteStatement".to_owned(), recorded)];
        assert_eq!(counts, RequestCounts::from(others));
        writes
    }
}

fn member(change: &str, user: usize, second: usize) -> String {
    json!({"eventId": format!("e{second}"), "type": format!("OrganizationUser{change}"),
        "timestamp": format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60),
        "payload": {"organizationId": "o", "userId": format!("u{user}"), "role": "reader"}})
    .to_string()
}

/// So many writes of the directory, and one request to the history.
fn requests(writes: usize) -> RequestCounts {
    let counts = [("UpdateItem", writes), ("BatchExecuteStatement", 1)];
    RequestCounts::from(counts.map(|(name, count)| (name.to_owned(), count)))
}

const APPLIED: Option<Outcome> = Some(Outcome::Applied);
const STALE: Option<Outcome> = Some(Outcome::Stale);
const DUPLICATE: Option<Outcome> = Some(Outcome::Duplicate);

#[tokio::test]
async fn an_entity_costs_one_request_for_any_number_of_events() {
    let counted = Counted::start().await;
    let many = (0..100).map(|n| member("Added", n % 10, n)).collect();
    assert_eq!(counted.writes(many).await, 10);
}

#[tokio::test]
async fn newer_puts_removes_and_patches_cost_one_request_each() {
    let counted = Counted::start().await;
    for (second, change) in ["Added", "Updated", "Removed", "Added", "Updated"]
        .iter()
        .enumerate()
    {
        assert_eq!(
            counted.writes(vec![member(change, 0, second)]).await,
            1,
            "{change}"
        );
    }
    let together = vec![
        member("Removed", 0, 10),
        member("Added", 0, 11),
        member("Updated", 0, 12),
    ];
    assert_eq!(counted.writes(together).await, 1);
}

#[tokio::test]
async fn a_stale_or_duplicate_event_costs_one_request_and_writes_nothing() {
    let counted = Counted::start().await;
    let (outcomes, _) = counted.consume(vec![member("Added", 0, 5)]).await;
    assert_eq!(outcomes, [APPLIED]);
    for (event, outcome) in [
        (member("Added", 0, 5), DUPLICATE),
        (member("Added", 0, 4), STALE),
        (member("Updated", 0, 2), STALE),
    ] {
        let (outcomes, counts) = counted.consume(vec![event]).await;
        assert_eq!(outcomes, [outcome]);
        assert_eq!(counts, requests(1));
    }
}

#[tokio::test]
async fn a_removal_before_a_newer_put_costs_two_requests_once_since_it_is_kept() {
    let counted = Counted::start().await;
    let (outcomes, _) = counted.consume(vec![member("Added", 0, 5)]).await;
    assert_eq!(outcomes, [APPLIED]);
    for (event, outcome, writes) in [
        (member("Removed", 0, 3), APPLIED, 2),
        (member("Removed", 0, 3), DUPLICATE, 1),
        (member("Removed", 0, 2), STALE, 1),
        (member("Added", 0, 6), APPLIED, 1),
        (member("Removed", 0, 3), DUPLICATE, 1),
    ] {
        let (outcomes, counts) = counted.consume(vec![event]).await;
        assert_eq!(outcomes, [outcome]);
        assert_eq!(counts, requests(writes));
    }
}

/// The example of this type, as an event of this second.
fn example(event_type: &EventType, second: usize) -> String {
    let payload: Value = serde_json::from_str(event_type.example).unwrap();
    json!({"eventId": format!("1f0d4a52-6a0c-4a8e-9a51-{second:012}"), "type": event_type.name,
        "timestamp": format!("2026-01-01T00:00:{second:02}Z"), "payload": payload})
    .to_string()
}

fn put_of(kind: Kind) -> &'static EventType {
    let is_put = |t: &&EventType| t.kind == kind && t.change == Change::Put;
    CATALOGUE.iter().find(is_put).unwrap()
}

/// A table in the usual state before an event of this type: empty for a put, and with the entity
/// present for any other change.
async fn usual_case_of(event_type: &EventType) -> Counted {
    let counted = Counted::start().await;
    if event_type.change != Change::Put {
        let (outcomes, _) = counted
            .consume(vec![example(put_of(event_type.kind), 1)])
            .await;
        assert_eq!(outcomes, [APPLIED]);
        counted.proxy.take_units();
    }
    counted
}

#[tokio::test]
async fn every_type_of_event_costs_one_request_to_each_table_whether_new_duplicate_or_stale() {
    for event_type in &CATALOGUE {
        let counted = usual_case_of(event_type).await;
        for (second, outcome) in [(3, APPLIED), (3, DUPLICATE), (2, STALE)] {
            let found = counted.consume(vec![example(event_type, second)]).await;
            let name = event_type.name;
            assert_eq!(found, (vec![outcome], requests(1)), "{name}, {outcome:?}");
        }
    }
}

/// A row of the table in `tests/README.md`.
fn row(event_type: &EventType, units: WriteUnits, bytes: usize) -> String {
    let WriteUnits {
        table,
        index,
        history,
    } = units;
    let sum = table + index + history;
    format!(
        "| `{}` | {table} | {index} | {history} | {sum} | {bytes} |",
        event_type.name
    )
}

/// The units are those that the embedded server reports for the consumer's requests, as DynamoDB
/// would charge them.
#[tokio::test]
async fn every_type_of_event_costs_the_write_units_in_the_readme() {
    let readme = include_str!("README.md");
    let mut missing = Vec::new();
    for event_type in &CATALOGUE {
        let counted = usual_case_of(event_type).await;
        let body = example(event_type, 3);
        let (outcomes, _) = counted.consume(vec![body.clone()]).await;
        assert_eq!(outcomes, [APPLIED]);
        let Key { pk, sk } = Key::of(&reference::event(&body).unwrap().entity);
        let client = counted.stack.dynamodb.client();
        let item = size::item(&client, &pk, &sk).await;
        let row = row(event_type, counted.proxy.take_units(), size::of(&item));
        println!("{row}");
        if !readme.contains(&row) {
            missing.push(row);
        }
    }
    assert!(missing.is_empty(), "not in tests/README.md: {missing:#?}");
}

#[tokio::test]
async fn a_late_event_that_still_matters_costs_two_requests() {
    let counted = Counted::start().await;
    assert_eq!(
        counted.writes(vec![member("Updated", 0, 5)]).await,
        2,
        "waits for its add"
    );
    assert_eq!(
        counted.writes(vec![member("Added", 0, 3)]).await,
        2,
        "brings the update out"
    );
    assert_eq!(
        counted.writes(vec![member("Added", 0, 4)]).await,
        2,
        "between the two"
    );
}

#[tokio::test]
async fn an_entity_whose_events_are_all_refused_costs_nothing() {
    let counted = Counted::start().await;
    let refused = member("Added", 0, 0).replace("reader", "owner");
    let (outcomes, counts) = counted.consume(vec![refused, member("Moved", 0, 1)]).await;
    assert_eq!(outcomes, [None, None]);
    assert_eq!(counts, RequestCounts::new());
}

#[tokio::test]
async fn the_outcomes_of_a_folded_batch_equal_those_of_single_events() {
    let counted = Counted::start().await;
    let first = vec![
        member("Added", 0, 5),
        member("Added", 0, 5),
        member("Removed", 0, 4),
        member("Updated", 0, 6),
    ];
    let (outcomes, _) = counted.consume(first).await;
    assert_eq!(outcomes, [APPLIED, DUPLICATE, APPLIED, APPLIED]);
    let second = vec![
        member("Updated", 0, 6),
        member("Updated", 0, 3),
        member("Removed", 0, 9),
        member("Updated", 0, 7),
    ];
    let (outcomes, counts) = counted.consume(second).await;
    assert_eq!(outcomes, [DUPLICATE, STALE, APPLIED, STALE]);
    assert_eq!(counts["UpdateItem"], 1, "only what is new needs writing");
}
