//! How many requests does the table see?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use consumer::Consumer;
use roster::dynamodb::{self, TABLE_NAME};
use roster::stack::{Options, Stack};
use roster_domain::Outcome;
use roster_table::Table;
use roster_tests::proxy::{Counts, Proxy};
use roster_tests::records::bodies;
use serde_json::json;
use tokio::time::Instant;

struct Counted {
    _stack: Stack,
    proxy: Proxy,
    consumer: Consumer,
}

impl Counted {
    async fn start() -> Self {
        let stack = Stack::start(&Options::default()).await.unwrap();
        let proxy = Proxy::start(stack.dynamodb.address).await;
        let consumer = Consumer::new(Table::new(dynamodb::config(proxy.address), TABLE_NAME));
        Self {
            _stack: stack,
            proxy,
            consumer,
        }
    }

    /// Handles a batch; the outcomes, and the requests it took.
    async fn consume(&self, events: Vec<String>) -> (Vec<Option<Outcome>>, Counts) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let report = self.consumer.consume(bodies(events), deadline).await;
        let outcome = |m: &consumer::Settled| m.result.as_ref().ok().map(|a| a.outcome);
        let outcomes = report.messages.iter().map(outcome).collect();
        (outcomes, self.proxy.take_counts())
    }

    /// How many writes a batch takes, which must be all its requests.
    async fn writes(&self, events: Vec<String>) -> usize {
        let mut counts = self.consume(events).await.1;
        let writes = counts.remove("UpdateItem").unwrap_or(0);
        assert_eq!(counts, Counts::new());
        writes
    }
}

fn member(change: &str, user: usize, second: usize) -> String {
    json!({"eventId": format!("e{second}"), "type": format!("OrganizationUser{change}"),
        "timestamp": format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60),
        "payload": {"organizationId": "o", "userId": format!("u{user}"), "role": "reader"}})
    .to_string()
}

const APPLIED: Option<Outcome> = Some(Outcome::Applied);
const STALE: Option<Outcome> = Some(Outcome::Stale);
const DUPLICATE: Option<Outcome> = Some(Outcome::Duplicate);

#[tokio::test]
async fn an_entity_costs_one_request_however_many_events_name_it() {
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
async fn what_is_stale_or_a_duplicate_costs_one_request_and_writes_nothing() {
    let counted = Counted::start().await;
    let (outcomes, _) = counted.consume(vec![member("Added", 0, 5)]).await;
    assert_eq!(outcomes, [APPLIED]);
    for (event, outcome) in [
        (member("Added", 0, 5), DUPLICATE),
        (member("Added", 0, 4), STALE),
        (member("Removed", 0, 3), STALE),
        (member("Updated", 0, 2), STALE),
    ] {
        let (outcomes, counts) = counted.consume(vec![event]).await;
        assert_eq!(outcomes, [outcome]);
        assert_eq!(counts, Counts::from([("UpdateItem".to_owned(), 1)]));
    }
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
async fn an_entity_whose_events_were_all_refused_costs_nothing() {
    let counted = Counted::start().await;
    let refused = member("Added", 0, 0).replace("reader", "owner");
    let (outcomes, counts) = counted.consume(vec![refused, member("Moved", 0, 1)]).await;
    assert_eq!(outcomes, [None, None]);
    assert_eq!(counts, Counts::new());
}

#[tokio::test]
async fn the_outcomes_of_a_folded_batch_are_those_of_its_events_one_by_one() {
    let counted = Counted::start().await;
    let first = vec![
        member("Added", 0, 5),
        member("Added", 0, 5),
        member("Removed", 0, 4),
        member("Updated", 0, 6),
    ];
    let (outcomes, _) = counted.consume(first).await;
    assert_eq!(outcomes, [APPLIED, DUPLICATE, STALE, APPLIED]);
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
