//! Are items of version 1 still read correctly, do new events continue from them, and do old
//! events still have the same clocks?
//!
//! `data/items-v1.ndjson` is the table that version 1 produced from `data/events-v1.ndjson`,
//! whose events had the message attribute `EventTime` below, and from the restores in
//! `data/restores-v1.ndjson`: one item a line, in DynamoDB JSON. `data/clocks-v1.ndjson` has the
//! clock of one event a line. These files never change. Later versions of the code must read them
//! as before and assign the same clocks to the same events.
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
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use roster_cli::directory::{Directory, Items, scan, state};
use roster_domain::json::Object;
use roster_domain::{
    Attribute, CATALOGUE, Clock, Content, Entity, EntityId, Event, EventId, EventTime, EventType,
    Kind, Sequence,
};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::{Options, Stack};
use roster_table::{List, Record};
use roster_tests::pages::all;
use roster_tests::{payload, records, reference, restore};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

const ITEMS: &str = include_str!("data/items-v1.ndjson");
const EVENTS: &str = include_str!("data/events-v1.ndjson");
const RESTORES: &str = include_str!("data/restores-v1.ndjson");
const CLOCKS: &str = include_str!("data/clocks-v1.ndjson");

/// SHA-256 of the files of version 1, so that a change is noticed.
const FROZEN: [(&str, &str); 4] = [
    (
        ITEMS,
        "2c721b418ba627ba02d490f93ff475be5cda8c22f7771b4781c6b79dcf9bfa16",
    ),
    (
        EVENTS,
        "affd5d147976899457b316b816bf79fd1b1e7e2333b48e119e1b126a789a207b",
    ),
    (
        RESTORES,
        "6ea274abc047eec2018178b557bcdec2cce9c158620aae117b750152d48da0f5",
    ),
    (
        CLOCKS,
        "0ccbb9c6c7c884a436f2dfd34063d20059dba4887f31282b48e64cea9c7a9e15",
    ),
];

/// The time of all events without one of their own.
const EVENT_TIME: &str = "2026-01-01T00:00:00Z";

/// Times of new events: before, among and after those of the old ones.
const TIMES: [&str; 3] = [
    "2025-12-31T00:00:00Z",
    "2026-02-09T10:00:00Z",
    "2026-03-01T00:00:00Z",
];

/// Random rounds, in addition to one for each change at each time.
const ROUNDS: u64 = 6;

/// An item: its attributes by name.
type Item = BTreeMap<String, String>;

/// The items as stored.
fn raw_items() -> impl Iterator<Item = BTreeMap<String, Value>> {
    ITEMS
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
}

fn old_items() -> Vec<Item> {
    let attribute = |(name, value): (String, Value)| {
        let text = |of: &Value, form: &str| of[form].as_str().map(str::to_owned);
        let list = || {
            let texts = value["L"].as_array().unwrap().iter();
            let texts: Vec<_> = texts.map(|of| text(of, "S")).collect();
            json!(texts).to_string()
        };
        let plain = text(&value, "S").or_else(|| text(&value, "N"));
        (name, plain.unwrap_or_else(list))
    };
    let item = |item: BTreeMap<_, _>| item.into_iter().map(attribute).collect();
    raw_items().map(item).collect()
}

fn entity(item: &Item) -> Entity {
    let kind = Kind::of_code(&item["entityType"]).unwrap();
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

/// The attributes with these names that the item has.
fn only(item: &Item, names: &[&str]) -> Map<String, Value> {
    let found = names
        .iter()
        .filter_map(|name| Some((name, item.get(*name)?)));
    found
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

/// A stack whose table contains the old items unchanged.
async fn old_stack() -> Stack {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let client = stack.dynamodb.client();
    for item in raw_items() {
        let attribute = |(name, value): (String, Value)| (name, attribute_value(&value));
        let item: HashMap<_, _> = item.into_iter().map(attribute).collect();
        let put = client.put_item().table_name(TABLE_NAME);
        put.set_item(Some(item)).send().await.unwrap();
    }
    stack
}

fn attribute_value(value: &Value) -> AttributeValue {
    let (form, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match form.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "L" => AttributeValue::L(
            value
                .as_array()
                .unwrap()
                .iter()
                .map(attribute_value)
                .collect(),
        ),
        other => panic!("no item has {other}"),
    }
}

async fn items(stack: &Stack) -> Items {
    scan(&stack.dynamodb.client(), TABLE_NAME).await.unwrap()
}

#[test]
fn the_files_of_version_1_are_as_they_were_frozen() {
    for (text, frozen) in FROZEN {
        let digest = Sha256::digest(text)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<String>();
        assert_eq!(digest, frozen, "a file of version 1 must not change");
    }
}

#[test]
fn each_event_still_has_its_clock_of_version_1() {
    let mut types = BTreeSet::new();
    for line in CLOCKS.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let event = reference::event(&line["event"].to_string()).unwrap();
        assert_eq!(event.clock.as_str(), line["clock"], "{line}");
        assert_eq!(Clock::parse(event.clock.as_str()), Ok(event.clock));
        types.insert(event.event_type.name);
    }
    assert_eq!(types.len(), 27, "every type of version 1");
}

#[tokio::test]
async fn the_dump_has_items_of_every_status_and_is_loaded_unchanged() {
    let old = old_items();
    let statuses: BTreeSet<_> = old.iter().map(|item| item["status"].as_str()).collect();
    assert_eq!(statuses, BTreeSet::from(["ACTIVE", "PENDING", "REMOVED"]));
    let is_waiting = |item: &Item| item["status"] == "REMOVED" && item.contains_key("rolePending");
    assert!(old.iter().any(is_waiting));
    let is_back = |item: &Item| item["status"] == "ACTIVE" && item.contains_key("removedClock");
    assert!(old.iter().any(is_back));
    for name in ["restoredClock", "restoredFloor"] {
        assert!(old.iter().any(|item| item.contains_key(name)), "{name}");
    }
    let kinds: BTreeSet<_> = old.iter().map(|item| entity(item).kind()).collect();
    assert_eq!(kinds.len(), 10, "every kind of version 1");
    let stack = old_stack().await;
    let loaded: Vec<_> = items(&stack).await.into_values().collect();
    assert_eq!(loaded, old);
}

#[tokio::test]
async fn each_old_item_is_read_according_to_its_attributes() {
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
            let is_id = entity
                .kind()
                .ids()
                .iter()
                .any(|id| id.name == attribute.name());
            let shown = item.get(attribute.name()).filter(|_| !is_id).cloned();
            let content = record.value.get(attribute).map(plain);
            assert_eq!(content, shown, "{entity}: {attribute:?}");
        }
    }
}

fn plain(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Texts(texts) => json!(texts).to_string(),
        Content::Flag(flag) => flag.to_string(),
    }
}

/// Why a present membership is not effective, told from the attributes of the items.
fn why_not_effective(membership: &Item) -> Option<String> {
    let (organization, user) = (&membership["organizationId"], &membership["userId"]);
    let referred = [
        (Kind::Organization, "organizationId", organization),
        (Kind::User, "userId", user),
    ];
    let found = referred.map(|(kind, name, id)| {
        let present = of_kind(kind).into_iter().filter(|item| is_active(&item));
        let mut of_id = present.filter(|item| item[name] == *id);
        (format!("{} {id}", kind.name()), of_id.next())
    });
    let absent = found.iter().find(|(_, item)| item.is_none());
    if let Some((what, _)) = absent {
        return Some(format!("{what} does not exist"));
    }
    let void = found.into_iter().find(|(_, item)| {
        let item = item.as_ref().unwrap();
        let counts = match item.contains_key("restoredClock") {
            true => "restoredFloor",
            false => "removedClock",
        };
        item.get(counts)
            .is_some_and(|removed| *removed > membership["lifeClock"])
    });
    let (what, _) = void?;
    let reference = format!("membership {organization} {user}");
    Some(format!(
        "{reference} was stated before {what} was last removed"
    ))
}

#[tokio::test]
async fn the_directory_of_old_items_shows_their_values() {
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
    let mut users = by_id(
        Kind::User,
        "userId",
        &["userId", "name", "firstName", "lastName", "email"],
    );
    for user in users.values_mut() {
        user["active"] = json!(true); // version 1 did not have it
    }
    let organizations = by_id(
        Kind::Organization,
        "organizationId",
        &["organizationId", "name"],
    );
    let memberships = of_kind(Kind::Membership);
    let active = memberships.iter().filter(is_active);
    let memberships: Vec<_> = active
        .map(|item| {
            let names = ["organizationId", "userId", "role", "roleId", "status"];
            let mut membership = only(item, &[&names[..], &times].concat());
            let user = users.get(&item["userId"]);
            let reason = why_not_effective(item);
            membership.insert("effective".to_owned(), json!(reason.is_none()));
            membership.extend(reason.map(|reason| ("reason".to_owned(), json!(reason))));
            let name = user.and_then(|user| user.get("name"));
            membership.extend(name.map(|name| ("name".to_owned(), name.clone())));
            membership
        })
        .collect();
    assert!(users.len() > 20 && organizations.len() > 5 && memberships.len() > 40);
    assert_eq!(directory["users"], json!(users));
    assert_eq!(directory["organizations"], json!(organizations));
    assert_eq!(directory["memberships"], json!(memberships));
    for (part, count) in [
        ("teams", 2),
        ("teamMembers", 2),
        ("projects", 2),
        ("projectUsers", 0),
        ("projectTeams", 1),
        ("roles", 2),
        ("permissions", 2),
    ] {
        let shown = &directory[part];
        let found = shown.as_array().map(Vec::len);
        let found = found.or(shown.as_object().map(Map::len));
        assert_eq!(found, Some(count), "{part}: {shown}");
    }
}

#[tokio::test]
async fn the_lists_of_old_items_show_their_values() {
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
    let users = of_kind(Kind::User);
    for user in users.iter().filter(is_active) {
        let id = &user["userId"];
        let of_this = memberships.iter().filter(|item| item["userId"] == *id);
        let expected: BTreeSet<_> = of_this.filter(is_active).map(entity).collect();
        let list = List::UserOrganizations(EntityId::parse(id).unwrap().into());
        assert_eq!(found(&all(&table, &list).await), expected, "places of {id}");
        let claims = List::EmailClaims(user["email"].to_uppercase());
        let owner = BTreeSet::from([entity(user)]);
        assert_eq!(found(&all(&table, &claims).await), owner, "email of {id}");
    }
}

fn found(records: &[Record]) -> BTreeSet<Entity> {
    let found: BTreeSet<_> = records.iter().map(|r| r.entity.clone()).collect();
    assert_eq!(found.len(), records.len(), "nobody twice");
    found
}

/// All are valid: what version 1 refused, a later version may accept.
fn original_events() -> Vec<String> {
    let events: Vec<_> = EVENTS.lines().map(str::to_owned).collect();
    let invalid = events.iter().find(|line| reference::event(line).is_none());
    assert_eq!(invalid, None);
    events
}

/// Delivers these bodies in batches of this size, each with the time of old events.
async fn consume(stack: &Stack, bodies: &[String], batch: usize) {
    let consumer = stack.consumer_without_queues();
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

/// The keys in the index of names. Version 1 has them since after these files were frozen; an item
/// gets them with the next write of its name.
const NAME_KEYS: [&str; 2] = ["GSI2PK", "GSI2SK"];

/// The items without what depends on the order of arrival, and without the keys that old items lack.
fn states(items: &Items) -> Vec<BTreeMap<&str, &str>> {
    let without = |item| {
        let mut state: BTreeMap<&str, &str> = state(item);
        state.retain(|name, _| !NAME_KEYS.contains(name));
        state
    };
    items.values().map(without).collect()
}

/// Whether an item has both keys in the index of names.
fn is_by_name(item: &Item) -> bool {
    NAME_KEYS.iter().all(|name| item.contains_key(*name))
}

#[tokio::test]
async fn an_old_item_is_in_the_index_of_names_from_the_next_write_of_its_name() {
    let stack = old_stack().await;
    let named = |item: &&Item| {
        is_active(item) && [Kind::User, Kind::Organization].contains(&entity(item).kind())
    };
    let old = old_items();
    let old: Vec<_> = old.iter().filter(named).collect();
    assert!(old.len() > 25 && !old.iter().any(|item| is_by_name(item)));
    let renamed = old.iter().map(|item| {
        let (event_type, id) = match entity(item) {
            Entity::User(id) => ("UserUpdated", id.to_string()),
            other => ("OrganizationRenamed", other.ids().concat()),
        };
        json!({"eventId": "n", "type": event_type, "timestamp": TIMES[2],
            "payload": {"id": id, "name": "New"}})
        .to_string()
    });
    consume(&stack, &renamed.collect::<Vec<_>>(), 10).await;
    let new = items(&stack).await;
    let new: Vec<_> = new.values().filter(named).collect();
    assert_eq!(new.len(), old.len());
    assert!(new.iter().all(|item| is_by_name(item)));
}

/// The restores, applied directly, since no consumer reads them yet.
async fn restore_all(stack: &Stack) {
    let table = stack.table();
    for line in RESTORES.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap();
        let sequence = line["sequence"].as_str();
        let sequence = sequence.map(|text| Sequence::parse(text).unwrap());
        let event = Event::validate(
            restore::event_type(Kind::of_code(text("kind")).unwrap()),
            EventId::parse(text("eventId")).unwrap(),
            EventTime::parse(text("timestamp")).unwrap(),
            sequence.as_ref(),
            &Object::parse(&line["payload"].to_string(), "$").unwrap(),
        );
        let event = event.unwrap();
        let applied = table.apply(&event.entity, &[&event]).await.unwrap();
        assert_eq!(applied.len(), 1, "{line}");
    }
}

/// Shows that the fixture belongs to these events, so that the comparison below is meaningful.
#[tokio::test]
async fn the_old_events_still_lead_to_the_old_items() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    consume(&stack, &original_events(), 10).await;
    restore_all(&stack).await;
    let (old, new) = (items(&old_stack().await).await, items(&stack).await);
    assert_eq!(states(&new), states(&old));
}

#[tokio::test]
async fn new_events_on_old_items_lead_to_the_same_items_as_all_events_on_an_empty_table() {
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
        restore_all(&from_nothing).await;
        let (on_old, from_nothing) = (items(&on_old).await, items(&from_nothing).await);
        assert_eq!(states(&on_old), states(&from_nothing), "{round:?}");
        names.extend(on_old.into_values().flat_map(Item::into_keys));
    }
    // Checks that the rounds cover what version 1 did not have.
    if env::var("ROSTER_SEED").is_err() {
        for name in ["firstName", "firstNamePending", "roleId", "roleIdPending"] {
            assert!(names.contains(name), "{name} in {names:?}");
        }
    }
}

/// The new events that each old entity gets.
#[derive(Debug, Clone, Copy)]
struct Round {
    seed: u64,
    /// If set, one event with the change at this index, at this time; otherwise several random
    /// events.
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
            let event_type = types.get(change);
            return event_type
                .map(|of| event(of, entity, time, rng))
                .into_iter()
                .collect();
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
