//! Do inputs as producers send them end as they should, in any order?
//!
//! `data/field` has one file for each kind of input, an event a line. Each is delivered in order and
//! shuffled. If `../shared/field` is beside the checkout, its files are checked as well.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use roster_cli::directory::Directory;
use roster_domain::{
    Decision, Denial, EventTime, Obstacle, OrganizationId, PermissionId, Resource, UserId,
};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::{Options, Stack};
use roster_table::{List, Part};
use roster_tests::pages::all;
use roster_tests::records::bodies;
use serde_json::{Value, json};
use tokio::time::Instant;

/// How many times each file is delivered, each time but the first in another order.
const ORDERS: u64 = 12;

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/field");
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/field");

/// What is right about a table after the events of a file.
type Check = for<'a> fn(&'a Stack) -> BoxFuture<'a, ()>;

/// The files, by how their names begin.
const FILES: [(&str, Check); 11] = [
    ("02-", |stack| Box::pin(nobody_is_a_member(stack))),
    ("04-", |stack| Box::pin(nobody_is_a_user(stack))),
    ("06-", |stack| Box::pin(ada_has_her_email(stack))),
    ("22-", |stack| Box::pin(people_have_their_names(stack))),
    ("24-", |stack| Box::pin(the_role_has_no_description(stack))),
    ("37-", |stack| Box::pin(the_newest_email_holds(stack))),
    ("40-", |stack| Box::pin(ada_is_nowhere(stack))),
    ("41-", |stack| Box::pin(bob_is_in_no_team(stack))),
    ("44-", |stack| Box::pin(claims_have_their_owners(stack))),
    ("active", |stack| {
        Box::pin(users_are_as_active_as_stated(stack))
    }),
    ("reused", |stack| {
        Box::pin(nothing_is_left_of_what_ids_stood_for(stack))
    }),
];

/// The files of a folder, sorted; none if there is no such folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "ndjson"))
        .collect();
    files.sort();
    files
}

fn check_of(file: &Path) -> Option<Check> {
    let name = file.file_name().unwrap().to_str().unwrap();
    let found = FILES.iter().find(|(begin, _)| name.starts_with(begin));
    found.map(|(_, check)| *check)
}

/// Delivers these events in batches of this size. None of them fails.
async fn deliver(stack: &Stack, events: &[String], batch: usize) {
    for batch in events.chunks(batch) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let consumer = stack.consumer();
        let report = consumer.consume(bodies(batch.to_vec()), deadline).await;
        for message in &report.messages {
            assert!(message.result.is_ok(), "{:?}", message.result);
        }
    }
}

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

#[tokio::test]
async fn every_file_of_the_field_ends_as_it_should_in_any_order() {
    let own = files(OWN);
    let checked = own.iter().filter(|file| check_of(file).is_some());
    assert_eq!(checked.count(), FILES.len());
    for file in own.iter().chain(&files(OTHER)) {
        let Some(check) = check_of(file) else {
            continue;
        };
        let text = fs::read_to_string(file).unwrap();
        let in_order: Vec<_> = text.lines().map(str::to_owned).collect();
        for seed in 0..ORDERS {
            println!("{}, order {seed}", file.display());
            let mut events = in_order.clone();
            if seed > 0 {
                events.shuffle(&mut StdRng::seed_from_u64(seed));
            }
            let stack = stack().await;
            deliver(&stack, &events, if seed % 2 == 0 { 1 } else { 10 }).await;
            check(&stack).await;
        }
    }
}

/// Everything present, as the command shows it.
async fn directory(stack: &Stack) -> Value {
    let client = stack.dynamodb.client();
    json!(Directory::scan(&client, TABLE_NAME).await.unwrap())
}

async fn nobody_is_a_member(stack: &Stack) {
    assert_eq!(directory(stack).await["memberships"], json!([]));
}

async fn nobody_is_a_user(stack: &Stack) {
    assert_eq!(directory(stack).await["users"], json!({}));
}

async fn ada_has_her_email(stack: &Stack) {
    let users = &directory(stack).await["users"];
    assert_eq!(users.as_object().unwrap().len(), 1);
    assert_eq!(users["ada"]["email"], "ada@example.com");
}

async fn people_have_their_names(stack: &Stack) {
    let users = &directory(stack).await["users"];
    for (id, name, first, last) in [
        ("u1", "Sukarno", "Sukarno", json!(null)),
        ("u2", "Suharto", "Suharto", json!(null)),
        ("u3", "Ada Lovelace", "Ada", json!("Lovelace")),
        ("u4", "Ada Lovelace", "Ada", json!("Lovelace")),
    ] {
        let user = &users[id];
        assert_eq!(
            (&user["name"], &user["firstName"]),
            (&json!(name), &json!(first))
        );
        assert_eq!(user["lastName"], last, "{id}");
    }
}

async fn the_role_has_no_description(stack: &Stack) {
    let role = &directory(stack).await["roles"]["auditor"];
    assert_eq!(role["name"], "Auditor 2");
    assert_eq!(role["permissionIds"], json!(["invoices:read"]));
    assert_eq!(role.get("description"), None);
}

async fn the_newest_email_holds(stack: &Stack) {
    let user = &directory(stack).await["users"]["u1"];
    assert_eq!(user["email"], "three@example.com");
    assert_eq!(user["name"], "One");
}

/// Whether a user may do that in an organization, which both exist.
async fn may(stack: &Stack, user: &str, permission: &str, organization: &str) -> bool {
    let user = UserId::parse(user).unwrap();
    let resource = Resource::Organization(OrganizationId::parse(organization).unwrap());
    let permission = PermissionId::parse(permission).unwrap();
    let table = stack.table();
    let decision = table.allowed(&user, &permission, &resource).await.unwrap();
    match decision {
        Decision::Granted(_) => true,
        Decision::Denied(denial) => {
            let is_void = matches!(denial, Denial::Obstacle(Obstacle::Void { .. }));
            assert!(is_void, "{denial:?} does not say that something is void");
            false
        }
    }
}

/// How many items of a user's list there are, and how many of them are effective.
async fn effective(stack: &Stack, list: List) -> (usize, usize) {
    let page = stack.table().list(&list, Part::default()).await.unwrap();
    let records = page.records.iter();
    let effective = records.filter(|record| page.snapshot.is_effective(&record.entity));
    (page.records.len(), effective.count())
}

async fn ada_is_nowhere(stack: &Stack) {
    let ada = UserId::parse("ada").unwrap();
    assert!(!may(stack, "ada", "members:manage", "acme").await);
    let organizations = List::UserOrganizations(ada.clone());
    assert_eq!(effective(stack, organizations).await, (1, 0));
    assert_eq!(effective(stack, List::UserTeams(ada)).await, (1, 0));
}

async fn bob_is_in_no_team(stack: &Stack) {
    let bob = UserId::parse("bob").unwrap();
    assert!(may(stack, "bob", "members:read", "beta").await);
    let organizations = List::UserOrganizations(bob.clone());
    assert_eq!(effective(stack, organizations).await, (1, 1));
    assert_eq!(effective(stack, List::UserTeams(bob)).await, (1, 0));
}

async fn nothing_is_left_of_what_ids_stood_for(stack: &Stack) {
    assert!(
        !may(stack, "ada", "members:read", "acme").await,
        "organization"
    );
    assert!(!may(stack, "ada", "bills:pay", "beta").await, "permission");
    assert!(may(stack, "ada", "members:read", "beta").await);
    assert!(!may(stack, "ada", "members:read", "gamma").await, "role");
}

async fn users_are_as_active_as_stated(stack: &Stack) {
    let users = &directory(stack).await["users"];
    let active = ["never", "off", "on", "anew", "update", "empty"].map(|id| &users[id]["active"]);
    assert_eq!(active, [true, false, true, true, false, false]);
    assert_eq!(users["off"]["email"], "off@example.com");
}

async fn claims_have_their_owners(stack: &Stack) {
    let name = |text: &str| List::NameClaims(text.to_owned());
    let email = |text: &str| List::EmailClaims(text.to_owned());
    for (list, expected) in [
        (name("καφες.gr"), &["gr1", "gr2"][..]),
        (name("caf\u{e9}"), &["nf1", "nf2"]),
        (name("strasse"), &["de1", "de2", "de3"]),
        (name("\u{130}stanbul"), &["tr1"]),
        (name("istanbul"), &["tr2"]),
        (email("νικος.παπας@example.gr"), &["n1", "n2"]),
        (email("kelvin@example.com"), &["k1", "k2"]),
        (email("mike@example.com"), &["k4"]),
        (email("m\u{131}ke@example.com"), &["k3"]),
    ] {
        let records = all(&stack.table(), &list).await;
        let found: Vec<_> = records.iter().map(|r| r.entity.ids().concat()).collect();
        assert_eq!(found, expected, "{list:?}");
    }
}

/// An event as EventBridge passes it on: its time is cut to seconds, and its id is random.
fn through_event_bridge(kind: &str, member: usize, millis: u64, rng: &mut StdRng) -> String {
    let seconds = EventTime::from_unix_millis(millis / 1_000 * 1_000).unwrap();
    let id: u64 = rng.random();
    json!({"version": "0", "id": format!("{id:016x}"), "detail-type": kind, "source": "idp",
        "time": seconds.to_string(),
        "detail": {"organizationId": "o", "userId": format!("u{member}"), "role": "admin"}})
    .to_string()
}

/// Every second id would otherwise bring a member back.
#[tokio::test]
async fn no_member_is_left_of_those_removed_within_the_second_they_were_added_in() {
    const MEMBERS: usize = 500;
    let mut rng = StdRng::seed_from_u64(500);
    let mut events = Vec::new();
    let mut in_one_second = 0;
    for member in 0..MEMBERS {
        let added = 1_769_940_000_000 + rng.random_range(0..60_000);
        let removed = added + rng.random_range(20..=420);
        in_one_second += usize::from(added / 1_000 == removed / 1_000);
        for (kind, millis) in [
            ("OrganizationUserAdded", added),
            ("OrganizationUserRemoved", removed),
        ] {
            events.push(through_event_bridge(kind, member, millis, &mut rng));
        }
    }
    assert!((300..MEMBERS).contains(&in_one_second), "{in_one_second}");
    for _ in 0..2 {
        let stack = stack().await;
        deliver(&stack, &events, 100).await;
        nobody_is_a_member(&stack).await;
        events.shuffle(&mut rng);
    }
}
