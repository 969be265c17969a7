//! Are items that the version before teams, projects and roles wrote still read right, and do
//! new events go on from them?
//!
//! `data/items-v1.ndjson` is the table that it made of `data/events-v1.ndjson`, an item in each
//! line as DynamoDB writes it in JSON. Every event had the message attribute `EventTime` below.
//!
//! `ROSTER_SEED=N` replays the round of that seed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and seeds are printed for replay"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::env;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
use aws_sdk_dynamodb::types::AttributeValue;
use consumer::Consumer;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use roster_cli::directory::{Directory, Items, scan, state};
use roster_domain::{Attribute, CATALOGUE, Entity, EntityId, EventType, Kind};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::{Options, Stack};
use roster_table::{List, Record};
use roster_tests::pages::all;
use roster_tests::{payload, records, reference};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

const ITEMS: &str = include_str!("data/items-v1.ndjson");
const EVENTS: &str = include_str!("data/events-v1.ndjson");

/// The time of every event that had none of its own.
const EVENT_TIME: &str = "2026-01-01T00:00:00Z";

/// Times of new events: before, among and after those of the old ones.
const TIMES: [&str; 3] = [
    "2025-12-31T00:00:00Z",
    "2026-02-09T10:00:00Z",
    "2026-03-01T00:00:00Z",
];

/// Random rounds, besides one for each change at each time.
const ROUNDS: u64 = 6;

/// An item, each attribute by its name.
type Item = BTreeMap<String, String>;

fn old_items() -> Vec<Item> {
    let attribute = |(name, value): (&String, &Value)| {
        let values = value.as_object().unwrap().values();
        let text: Vec<_> = values.map(|value| value.as_str().unwrap()).collect();
        (name.clone(), text.concat())
    };
    let item = |line: &str| {
        let item: Map<String, Value> = serde_json::from_str(line).unwrap();
        item.iter().map(attribute).collect()
    };
    ITEMS.lines().map(item).collect()
}

fn entity(item: &Item) -> Entity {
    let kind = match item["entityType"].as_str() {
        "USER" => Kind::User,
        "ORGANIZATION" => Kind::Organization,
        "MEMBERSHIP" => Kind::Membership,
        other => panic!("the version wrote no {other}"),
    };
    let id = |id: roster_domain::IdName| EntityId::parse(&item[id.name]);
    kind.entity(id).unwrap()
}

fn of_kind(kind: Kind) -> Vec<Item> {
    let items = old_items().into_iter();
    items.filter(|item| entity(item).kind() == kind).collect()
}

fn is_active(item: &&Item) -> bool {
    item["status"] == "ACTIVE"
}

/// The attributes of those names, as far as the item has them.
fn only(item: &Item, names: &[&str]) -> Map<String, Value> {
    let found = names
        .iter()
        .filter_map(|name| Some((name, item.get(*name)?)));
    found
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

/// A stack whose table holds the old items as they are.
async fn old_stack() -> Stack {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let client = stack.dynamodb.client();
    for item in old_items() {
        let attribute = |(name, text): (String, String)| {
            let value = match name.as_str() {
                "revision" | "itemVersion" => AttributeValue::N(text),
                _ => AttributeValue::S(text),
            };
            (name, value)
        };
        let item: HashMap<_, _> = item.into_iter().map(attribute).collect();
        let put = client.put_item().table_name(TABLE_NAME);
        put.set_item(Some(item)).send().await.unwrap();
    }
    stack
}

async fn items(stack: &Stack) -> Items {
    scan(&stack.dynamodb.client(), TABLE_NAME).await.unwrap()
}

#[tokio::test]
async fn the_dump_holds_items_of_every_status_and_is_loaded_as_it_is() {
    let old = old_items();
    let statuses: BTreeSet<_> = old.iter().map(|item| item["status"].as_str()).collect();
    assert_eq!(statuses, BTreeSet::from(["ACTIVE", "PENDING", "REMOVED"]));
    let is_waiting = |item: &&Item| item["status"] == "REMOVED" && item.contains_key("rolePending");
    assert!(old.iter().any(|item| is_waiting(&item)));
    let stack = old_stack().await;
    let loaded: Vec<_> = items(&stack).await.into_values().collect();
    assert_eq!(loaded, old);
}

#[tokio::test]
async fn each_old_item_is_read_as_what_its_attributes_say() {
    let stack = old_stack().await;
    let table = stack.table();
    for item in old_items() {
        let entity = entity(&item);
        let record = table.record(&entity).await.unwrap().unwrap();
        assert_eq!(record.entity, entity);
        assert_eq!(record.status.name(), item["status"]);
        assert_eq!(record.revision.to_string(), item["revision"]);
        assert_eq!(record.created_at.as_ref(), item.get("createdAt"));
        assert_eq!(record.updated_at.as_ref(), item.get("updatedAt"));
        for attribute in Attribute::ALL {
            let shown = item.get(attribute.name()).map(String::as_str);
            assert_eq!(record.text(attribute), shown, "{entity}: {attribute:?}");
        }
    }
}

#[tokio::test]
async fn the_directory_of_old_items_is_the_one_that_they_show() {
    let stack = old_stack().await;
    let client = stack.dynamodb.client();
    let directory = json!(Directory::scan(&client, TABLE_NAME).await.unwrap());
    let times = ["createdAt", "updatedAt"];
    let by_id = |kind, id: &str, names: &[&str]| {
        let items = of_kind(kind);
        let active = items.iter().filter(is_active);
        active
            .map(|item| {
                (
                    item[id].clone(),
                    only(item, &[names, &times].concat()).into(),
                )
            })
            .collect::<Map<_, Value>>()
    };
    let users = by_id(Kind::User, "userId", &["userId", "name", "email"]);
    let organizations = by_id(
        Kind::Organization,
        "organizationId",
        &["organizationId", "name"],
    );
    let memberships = of_kind(Kind::Membership);
    let active = memberships.iter().filter(is_active);
    let memberships: Vec<_> = active
        .map(|item| {
            let names = ["organizationId", "userId", "role", "status"];
            let mut membership = only(item, &[&names[..], &times].concat());
            let user = users.get(&item["userId"]);
            let is_effective =
                user.is_some() && organizations.contains_key(&item["organizationId"]);
            membership.insert("effective".to_owned(), json!(is_effective));
            let name = user.and_then(|user| user.get("name"));
            membership.extend(name.map(|name| ("name".to_owned(), name.clone())));
            membership
        })
        .collect();
    assert!(users.len() > 20 && organizations.len() > 5 && memberships.len() > 40);
    assert_eq!(directory["users"], json!(users));
    assert_eq!(directory["organizations"], json!(organizations));
    assert_eq!(directory["memberships"], json!(memberships));
    for (part, shown) in directory.as_object().unwrap() {
        let old = ["users", "organizations", "memberships", "digest"].contains(&part.as_str());
        assert!(old || *shown == json!({}) || *shown == json!([]), "{part}");
    }
}

#[tokio::test]
async fn the_lists_of_old_items_are_those_that_they_show() {
    let stack = old_stack().await;
    let table = stack.table();
    let memberships = of_kind(Kind::Membership);
    for organization in of_kind(Kind::Organization) {
        let id = &organization["organizationId"];
        let of_this = memberships
            .iter()
            .filter(|item| item["organizationId"] == *id);
        let expected: BTreeSet<_> = of_this.filter(is_active).map(entity).collect();
        let list = List::OrganizationUsers(EntityId::parse(id).unwrap().into());
        assert_eq!(
            found(&all(&table, &list).await),
            expected,
            "members of {id}"
        );
        let claims = List::NameClaims(organization["name"].to_uppercase());
        let owner = BTreeSet::from([entity(&organization)]);
        assert_eq!(found(&all(&table, &claims).await), owner, "name of {id}");
    }
    for user in of_kind(Kind::User) {
        let id = &user["userId"];
        let of_this = memberships.iter().filter(|item| item["userId"] == *id);
        let expected: BTreeSet<_> = of_this.filter(is_active).map(entity).collect();
        let list = List::UserOrganizations(EntityId::parse(id).unwrap().into());
        assert_eq!(found(&all(&table, &list).await), expected, "places of {id}");
        let claims = List::EmailClaims(user["email"].to_uppercase());
        let owner = BTreeSet::from([entity(&user)]);
        assert_eq!(found(&all(&table, &claims).await), owner, "email of {id}");
    }
}

fn found(records: &[Record]) -> BTreeSet<Entity> {
    let found: BTreeSet<_> = records.iter().map(|r| r.entity.clone()).collect();
    assert_eq!(found.len(), records.len(), "nobody twice");
    found
}

fn original_events() -> Vec<String> {
    let lines = EVENTS.lines().map(str::to_owned);
    lines
        .filter(|line| reference::event(line).is_some())
        .collect()
}

/// Hands over those bodies in batches of so many, each with the time that old events had.
async fn consume(stack: &Stack, bodies: &[String], batch: usize) {
    let consumer = Consumer::new(stack.table());
    for batch in bodies.chunks(batch) {
        let records: Vec<_> = batch.iter().enumerate().map(record).collect();
        let deadline = Instant::now() + Duration::from_secs(120);
        let report = consumer.consume(records::batch(records), deadline).await;
        assert_eq!(report.response().unwrap().batch_item_failures, []);
    }
}

fn record((n, body): (usize, &String)) -> SqsMessage {
    let mut record = records::record(n.to_string(), body);
    let mut time = SqsMessageAttribute::default();
    time.data_type = Some("String".to_owned());
    time.string_value = Some(EVENT_TIME.to_owned());
    record
        .message_attributes
        .insert("EventTime".to_owned(), time);
    record
}

/// The items without what depends on arrival.
fn states(items: &Items) -> Vec<BTreeMap<&str, &str>> {
    items.values().map(state).collect()
}

/// It shows that the fixture belongs to these events, so that the comparison below is one.
#[tokio::test]
async fn the_old_events_make_the_old_items_today() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    consume(&stack, &original_events(), 10).await;
    let (old, new) = (items(&old_stack().await).await, items(&stack).await);
    assert_eq!(states(&new), states(&old));
}

#[tokio::test]
async fn new_events_make_of_old_items_what_all_events_make_of_nothing() {
    let mut names = BTreeSet::new();
    for (place, round) in rounds().into_iter().enumerate() {
        let mut rng = StdRng::seed_from_u64(round.seed);
        let mut new: Vec<_> = old_items()
            .iter()
            .flat_map(|item| round.events_of(&entity(item), &mut rng))
            .collect();
        new.shuffle(&mut rng);
        let on_old = old_stack().await;
        consume(&on_old, &new, [1, 10, 1_000][place % 3]).await;
        let mut all = original_events();
        all.extend(new);
        all.shuffle(&mut rng);
        let from_nothing = Stack::start(&Options::default()).await.unwrap();
        consume(&from_nothing, &all, [1_000, 10][place % 2]).await;
        let (on_old, from_nothing) = (items(&on_old).await, items(&from_nothing).await);
        assert_eq!(states(&on_old), states(&from_nothing), "{round:?}");
        names.extend(on_old.into_values().flat_map(Item::into_keys));
    }
    // The rounds do come by what the old version did not know.
    if env::var("ROSTER_SEED").is_err() {
        for name in ["firstName", "firstNamePending", "roleId", "roleIdPending"] {
            assert!(names.contains(name), "{name} in {names:?}");
        }
    }
}

/// Which new events each old entity gets.
#[derive(Debug, Clone, Copy)]
struct Round {
    seed: u64,
    /// One event with this change, by its place, at that time; several random ones without it.
    only: Option<(usize, &'static str)>,
}

fn rounds() -> Vec<Round> {
    let one_each = (0..3).flat_map(|change| TIMES.map(|time| Some((change, time))));
    let only: Vec<_> = one_each.chain((0..ROUNDS).map(|_| None)).collect();
    let mut rounds: Vec<_> = (0..)
        .zip(only)
        .map(|(seed, only)| Round { seed, only })
        .collect();
    if let Ok(seed) = env::var("ROSTER_SEED") {
        let seed: u64 = seed.parse().unwrap();
        rounds.retain(|round| round.seed == seed);
        if rounds.is_empty() {
            rounds.push(Round { seed, only: None });
        }
    }
    let seeds: Vec<_> = rounds.iter().map(|round| round.seed).collect();
    println!("ROSTER_SEED in {seeds:?}");
    rounds
}

impl Round {
    fn events_of(self, entity: &Entity, rng: &mut StdRng) -> Vec<String> {
        let types = CATALOGUE.iter().filter(|t| t.kind == entity.kind());
        let types: Vec<_> = types.collect();
        if let Some((change, time)) = self.only {
            return vec![event(types[change], entity, time, rng)];
        }
        let count = rng.random_range(0..5);
        let one = |_| {
            let event_type = types[rng.random_range(0..types.len())];
            let time = TIMES[rng.random_range(0..TIMES.len())];
            event(event_type, entity, time, rng)
        };
        (0..count).map(one).collect()
    }
}

fn event(event_type: &EventType, entity: &Entity, time: &str, rng: &mut StdRng) -> String {
    let ids: Vec<_> = entity.ids().into_iter().map(str::to_owned).collect();
    let id = format!("new-{}", rng.random_range(0..4));
    let mut choose = |of| rng.random_range(0..of);
    let payload = payload::payload(event_type, &ids, "", &mut choose);
    json!({"eventId": id, "type": event_type.name, "timestamp": time, "payload": payload})
        .to_string()
}
