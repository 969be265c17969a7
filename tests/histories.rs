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

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use roster_cli::directory::{Directory, scan as items, state};
use roster_domain::json::Object;
use roster_domain::{CATALOGUE, Change, Clock, Event, EventId, EventTime, Kind};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::race::Race;
use roster_stack::{Options, Stack};
use roster_table::{Key, Record, Table};
use roster_tests::history::{History, mixed};
use roster_tests::meaning::Meaning;
use roster_tests::{naive, payload, records, reference, restore};

/// Histories that share a table and its consumers. Their entities are distinct.
const HISTORIES_A_WORLD: u64 = 100;

/// Worlds in a default run: 1,000 histories.
const WORLDS: u64 = 10;

/// Valid events in a history, before duplicates.
const EVENTS: usize = 24;

/// Messages in a batch, and concurrent consumers.
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

/// Delivers the bodies in order and returns those that were refused.
async fn deliver(stack: &Stack, bodies: Vec<String>, race: Race) -> Vec<String> {
    let order = (0..bodies.len()).collect();
    let source = bodies.clone();
    let message = move |n: usize| Ok(records::record(n.to_string(), &source[n]));
    let refused = race
        .run(order, message, |_| {}, || stack.consumer_without_queues())
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
            "items differ in attributes that readers do not see: seed {seed}"
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

/// Events of one membership, including restores, which no consumer reads yet.
fn restoring(rng: &mut StdRng, user: usize) -> Vec<Event> {
    let kind = Kind::Membership;
    let ids = ["o".to_owned(), format!("u{user}")];
    let types = CATALOGUE.iter().filter(|of| of.kind == kind);
    let types: Vec<_> = types.chain([restore::event_type(kind)]).collect();
    let one = |_| {
        let event_type = *types.choose(rng).unwrap();
        let id = format!("e{}", rng.random_range(0..3));
        let millis = rng.random_range(0..8);
        let mut choose = |of| rng.random_range(0..of);
        let payload = match event_type.change {
            Change::Restore => restore::payload(kind, &ids, "", &mut choose),
            _ => payload::payload(event_type, &ids, "", &mut choose),
        };
        let payload = payload.to_string();
        let payload = Object::parse(&payload, "$").unwrap();
        let time = EventTime::from_unix_millis(millis).unwrap();
        Event::validate(
            event_type,
            EventId::parse(&id).unwrap(),
            time,
            None,
            &payload,
        )
        .unwrap()
    };
    (0..8).map(one).collect()
}

/// Applies the events in a random order and in random batches.
async fn apply_shuffled(table: &Table, events: &[Event], rng: &mut StdRng) {
    let mut events: Vec<_> = events.iter().collect();
    events.shuffle(rng);
    while !events.is_empty() {
        let batch = rng.random_range(1..=events.len());
        let batch: Vec<_> = events.drain(..batch).collect();
        let entity = &batch[0].entity;
        let applied = table.apply(entity, &batch).await.unwrap();
        assert_eq!(applied.len(), batch.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_lead_to_the_same_items_in_any_order() {
    const MEMBERSHIPS: usize = 200;
    let seed = number("ROSTER_SEED").unwrap_or(1);
    println!("ROSTER_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let memberships: Vec<_> = (0..MEMBERSHIPS)
        .map(|user| restoring(&mut rng, user))
        .collect();
    let mut tables = Vec::new();
    for _ in 0..3 {
        let stack = Stack::start(&Options::default()).await.unwrap();
        let table = stack.table();
        for events in &memberships {
            apply_shuffled(&table, events, &mut rng).await;
        }
        tables.push(items(&stack.dynamodb.client(), TABLE_NAME).await.unwrap());
    }
    let mut restored = 0;
    for events in &memberships {
        let meaning = Meaning::of_events(events);
        let key = Key::of(&events[0].entity);
        let key = (key.pk, key.sk);
        for table in &tables {
            assert_eq!(state(&table[&key]), state(&tables[0][&key]), "{key:?}");
        }
        let item = &tables[0][&key];
        let shown = |name: &str| item.get(name).map(String::as_str);
        assert_eq!(shown("status") == Some("ACTIVE"), meaning.present.is_some());
        assert_eq!(
            shown("removedClock"),
            meaning.removed.as_ref().map(Clock::as_str)
        );
        let is_restored = shown("restoredClock").is_some();
        let counting = if is_restored {
            "restoredFloor"
        } else {
            "removedClock"
        };
        assert_eq!(
            shown(counting),
            meaning.counting.as_ref().map(Clock::as_str)
        );
        restored += usize::from(is_restored);
    }
    assert!(restored > 20 && restored < MEMBERSHIPS - 20, "{restored}");
}
