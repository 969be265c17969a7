//! Does any arrival order lead to the right table?
//!
//! `ROSTER_SEED=N` replays the world of that seed, `ROSTER_WORLDS=N` runs more of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and seeds are printed for replay"
)]

use std::env;

use roster_cli::directory::Directory;
use roster_domain::Kind;
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::race::Race;
use roster_stack::{Options, Stack};
use roster_table::Record;
use roster_tests::history::{History, mixed};
use roster_tests::{naive, records, reference};

/// Histories that share a table and its consumers. Their entities differ.
const HISTORIES_A_WORLD: u64 = 100;

/// Worlds in a usual run: 1,000 histories.
const WORLDS: u64 = 10;

/// Valid events in a history, before duplicates.
const EVENTS: usize = 24;

/// Messages in a batch, and consumers that race.
const DELIVERIES: [(usize, usize); 6] = [(1, 1), (10, 1), (1_000, 1), (1, 8), (10, 8), (1_000, 8)];

fn number(name: &str) -> Option<u64> {
    Some(env::var(name).ok()?.parse().unwrap())
}

fn seeds() -> Vec<u64> {
    let seeds = match number("ROSTER_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("ROSTER_WORLDS").unwrap_or(WORLDS)).collect(),
    };
    println!("ROSTER_SEED in {seeds:?}");
    seeds
}

fn world(seed: u64) -> Vec<History> {
    let first = seed * HISTORIES_A_WORLD;
    (first..first + HISTORIES_A_WORLD)
        .map(|seed| History::from_seed(seed, EVENTS))
        .collect()
}

fn expected(world: &[History]) -> Directory {
    reference::directory(world.iter().flat_map(|history| &history.valid))
}

async fn scan(stack: &Stack) -> Directory {
    Directory::scan(&stack.dynamodb.client(), TABLE_NAME)
        .await
        .unwrap()
}

/// Delivers the bodies in their order; those that were refused.
async fn deliver(stack: &Stack, bodies: Vec<String>, race: Race) -> Vec<String> {
    let order = (0..bodies.len()).collect();
    let source = bodies.clone();
    let message = move |n: usize| Ok(records::record(n.to_string(), &source[n]));
    let refused = race
        .run(order, message, |_| {}, || stack.table())
        .await
        .unwrap();
    refused.into_keys().map(|n| bodies[n].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_batching_and_race_leads_to_the_reference() {
    for seed in seeds() {
        let world = world(seed);
        let expected = expected(&world);
        let mut invalid: Vec<_> = world.iter().flat_map(|h| h.invalid.clone()).collect();
        invalid.sort();
        let mut digests = Vec::new();
        for (order, (batch, consumers)) in DELIVERIES.into_iter().enumerate() {
            let stack = Stack::start(&Options::default()).await.unwrap();
            let bodies = mixed(&world, seed * 100 + order as u64);
            let mut refused = deliver(&stack, bodies, Race { batch, consumers }).await;
            let place = format!("seed {seed}, batches of {batch}, {consumers} consumers");
            refused.sort();
            assert_eq!(refused, invalid, "refused: {place}");
            let directory = scan(&stack).await;
            digests.push(directory.digest.clone());
            assert_eq!(reference::comparable(directory), expected, "{place}");
        }
        digests.dedup();
        assert_eq!(
            digests.len(),
            1,
            "items differ in what readers do not see: seed {seed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn newest_timestamp_wins_is_caught() {
    let world = world(0);
    let expected = expected(&world);
    let stack = Stack::start(&Options::default()).await.unwrap();
    let client = stack.dynamodb.client();
    for body in mixed(&world, 0) {
        let event = reference::event(&body);
        if let Some(event) = event.filter(|event| event.entity.kind() == Kind::Membership) {
            naive::write(&client, TABLE_NAME, &event).await;
        }
    }
    let directory = scan(&stack).await;
    let right = |record: &&Record| {
        let expected = expected.present.get(&record.entity);
        expected.is_some_and(|expected| expected.value == record.value)
    };
    let wrong = directory.present.values().filter(|r| !right(r)).count();
    println!(
        "{wrong} of {} memberships are wrong",
        directory.present.len()
    );
    assert!(wrong > 0);
}
