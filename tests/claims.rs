//! Who owns an email or a name, in any order of arrival?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use roster_table::List;
use roster_tests::pages::all;
use roster_tests::reference;
use roster_tests::told::{event, stack_with};
use serde_json::{Value, json};

/// How many times each scenario runs, each time in another order.
const ORDERS: u64 = 8;

fn user(id: &str, second: u32, email: &str) -> Value {
    event(
        "UserCreated",
        second,
        json!({"id": id, "name": "N", "email": email}),
    )
}

fn email(id: &str, second: u32, email: &str) -> Value {
    event("UserUpdated", second, json!({"id": id, "email": email}))
}

/// The owner first, then the entities in conflict with it.
async fn holders(events: &[Value], list: &List) -> Vec<String> {
    let mut found = None;
    for seed in 0..ORDERS {
        let mut events = events.to_vec();
        events.shuffle(&mut StdRng::seed_from_u64(seed));
        let stack = stack_with(events).await;
        let records = all(&stack.table(), list).await;
        let holders: Vec<_> = records.iter().map(|r| r.entity.ids().concat()).collect();
        assert_eq!(
            found.get_or_insert(holders.clone()),
            &holders,
            "order {seed}"
        );
    }
    found.unwrap()
}

#[tokio::test]
async fn the_first_to_claim_an_email_owns_it_in_any_case() {
    let claims = List::EmailClaims("ada@x.org".to_owned());
    let mut events = vec![
        user("late", 3, "ada@x.org"),
        user("first", 1, "Ada@X.org"),
        user("second", 2, "ADA@x.org"),
        user("other", 1, "bob@x.org"),
    ];
    assert_eq!(holders(&events, &claims).await, ["first", "second", "late"]);
    events.push(email("first", 4, "ADA@X.ORG"));
    assert_eq!(
        holders(&events, &claims).await,
        ["second", "late", "first"],
        "stating it again renews the claim"
    );
    events.push(email("second", 5, "else@x.org"));
    events.push(event("UserDeleted", 5, json!({"id": "late"})));
    assert_eq!(holders(&events, &claims).await, ["first"], "both freed it");
    let moved = List::EmailClaims("else@x.org".to_owned());
    assert_eq!(holders(&events, &moved).await, ["second"]);
}

#[tokio::test]
async fn a_claim_ignores_case_and_accents_as_unicode_does() {
    for (first, second, asked) in [
        ("ΚΑΦΕΣ.GR", "καφες.gr", "καφεσ.gr"),
        ("straße", "STRASSE", "STRAẞE"),
        ("Cafe\u{301}", "Caf\u{e9}", "CAFÉ"),
        (
            "\u{587}".repeat(512).as_str(),
            "\u{587}".repeat(512).as_str(),
            "\u{587}".repeat(512).as_str(),
        ),
    ] {
        let claims = List::NameClaims(asked.to_owned());
        let created = |id, second, name| {
            event(
                "OrganizationCreated",
                second,
                json!({"id": id, "name": name}),
            )
        };
        let events = [created("b", 2, second), created("a", 1, first)];
        assert_eq!(holders(&events, &claims).await, ["a", "b"], "{asked}");
    }
    let claims = List::EmailClaims("νικος.παπας@example.gr".to_owned());
    let events = [
        user("n2", 2, "νικος.παπας@example.gr"),
        user("n1", 1, "ΝΙΚΟΣ.ΠΑΠΑΣ@EXAMPLE.GR"),
    ];
    assert_eq!(holders(&events, &claims).await, ["n1", "n2"]);
}

#[tokio::test]
async fn an_email_that_is_cleared_is_free() {
    let claims = List::EmailClaims("ada@x.org".to_owned());
    for none in [json!(null), json!("")] {
        let clear = event("UserUpdated", 3, json!({"id": "first", "email": none}));
        let mut events = vec![
            user("first", 1, "ada@x.org"),
            user("second", 2, "ada@x.org"),
        ];
        events.push(clear);
        assert_eq!(holders(&events, &claims).await, ["second"]);
        let created = json!({"id": "second", "name": "N", "email": none});
        events.push(event("UserCreated", 4, created));
        assert_eq!(holders(&events, &claims).await, [""; 0]);
        events.push(email("first", 5, "ada@x.org"));
        assert_eq!(holders(&events, &claims).await, ["first"]);
    }
}

#[tokio::test]
async fn a_renamed_organization_frees_its_name() {
    let claims = List::NameClaims("ACME".to_owned());
    let mut events = vec![
        event("OrganizationCreated", 1, json!({"id": "a", "name": "Acme"})),
        event("OrganizationCreated", 2, json!({"id": "b", "name": "acme"})),
    ];
    assert_eq!(holders(&events, &claims).await, ["a", "b"]);
    events.push(event(
        "OrganizationRenamed",
        3,
        json!({"id": "a", "name": "Bolt"}),
    ));
    assert_eq!(holders(&events, &claims).await, ["b"]);
    events.push(event(
        "OrganizationRenamed",
        4,
        json!({"id": "a", "name": "ACME"}),
    ));
    assert_eq!(holders(&events, &claims).await, ["b", "a"]);
    events.push(event("OrganizationDeleted", 5, json!({"id": "b"})));
    assert_eq!(holders(&events, &claims).await, ["a"]);
}

#[tokio::test]
async fn the_conflicts_of_the_sample_are_listed_with_the_owner_first() {
    let sample = include_str!("../infra/cli/samples/events.ndjson");
    let valid = sample
        .lines()
        .filter(|line| reference::event(line).is_some());
    let events: Vec<Value> = valid
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let email = |text: &str| List::EmailClaims(text.to_owned());
    let name = |text: &str| List::NameClaims(text.to_owned());
    let stack = stack_with(events).await;
    for (list, expected) in [
        (
            email("twins@example.com"),
            &["twin-one", "twin-two", "twin-three"][..],
        ),
        (email("shared@example.com"), &["heir"]),
        (email("xiaoyun@example.com"), &["xiaoyun"]),
        (email("ivan@example.com"), &[]),
        (name("Lotus"), &["kelp"]),
        (name("Harbor & Sons"), &["harbour", "harbor"]),
        (name("Acme Analytics"), &[]),
        (name("Juniper Farm"), &[]),
    ] {
        let records = all(&stack.table(), &list).await;
        let found: Vec<_> = records.iter().map(|r| r.entity.ids().concat()).collect();
        assert_eq!(found, expected, "{list:?}");
    }
}
