//! Are the table's results complete and correct?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use roster_cli::directory::scan;
use roster_domain::{Attribute, Entity, OrganizationId, UserId};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::{Options, Stack};
use roster_table::{List, Part, ReadError, Table};
use roster_tests::pages::{all, pages};
use roster_tests::told::{event, stack_with, tell};
use serde_json::{Value, json};

fn member(change: &str, second: u32, organization: &str, user: &str) -> Value {
    let payload = json!({"organizationId": organization, "userId": user, "role": "writer"});
    event(&format!("OrganizationUser{change}"), second, payload)
}

fn user(id: &str) -> Value {
    let payload =
        json!({"id": id, "name": format!("Name of {id}"), "email": format!("{id}@x.org")});
    event("UserCreated", 0, payload)
}

fn user_id(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn organization_id(id: &str) -> OrganizationId {
    OrganizationId::parse(id).unwrap()
}

fn members_of(organization: &str) -> List {
    List::OrganizationUsers(organization_id(organization))
}

fn places_of(user: &str) -> List {
    List::UserOrganizations(user_id(user))
}

#[tokio::test]
async fn members_are_complete_over_several_pages_without_tombstones() {
    let name = |n: u32| format!("{n:05}-{}", "x".repeat(240));
    let mut events = Vec::new();
    for n in 0..1_500 {
        events.push(member("Added", 1, "o", &name(n)));
        if n % 3 == 0 {
            events.push(member("Removed", 2, "o", &name(n)));
        }
        if n % 3 == 1 {
            events.push(user(&name(n)));
        }
    }
    let stack = stack_with(events).await;
    let table = stack.table();
    let pages = pages(&table, &members_of("o"), None).await;
    assert!(pages.len() > 1 && pages.iter().all(|page| page.consistent));
    let (mut members, mut known) = (Vec::new(), BTreeSet::new());
    for page in &pages {
        members.extend(page.records.iter().map(|r| r.entity.ids()[1].to_owned()));
        let users = page.snapshot.entities().filter_map(|entity| match entity {
            Entity::User(user) => Some(user.to_string()),
            _ => None,
        });
        known.extend(users);
    }
    let ids: BTreeSet<_> = members.iter().cloned().collect();
    assert_eq!(members.len(), ids.len(), "nobody twice");
    assert_eq!(ids, (0..1_500).filter(|n| n % 3 != 0).map(name).collect());
    assert_eq!(known, (0..1_500).filter(|n| n % 3 == 1).map(name).collect());
}

#[tokio::test]
async fn a_user_is_found_in_each_organization_it_is_a_member_of() {
    let organization = event("OrganizationCreated", 0, json!({"id": "b", "name": "B"}));
    let stack = stack_with(vec![
        user("ada"),
        organization,
        member("Added", 1, "a", "ada"),
        member("Added", 1, "b", "ada"),
        member("Added", 1, "c", "ada"),
        member("Removed", 2, "c", "ada"),
        member("Updated", 2, "d", "ada"),
        member("Added", 1, "a", "alan"),
    ])
    .await;
    let table = stack.table();
    let page = table
        .list(&places_of("ada"), Part::default())
        .await
        .unwrap();
    assert!(!page.consistent && page.next.is_none());
    let found = |record: &roster_table::Record| {
        let organization = organization_id(record.entity.ids()[0]);
        let known = page
            .snapshot
            .get(&Entity::Organization(organization.clone()));
        let name = known.and_then(|known| known.text(Attribute::Name).map(str::to_owned));
        (organization.to_string(), name)
    };
    let found: Vec<_> = page.records.iter().map(found).collect();
    assert_eq!(
        found,
        [
            ("a".to_owned(), None),
            ("b".to_owned(), Some("B".to_owned()))
        ]
    );
}

#[tokio::test]
async fn a_removed_member_leaves_the_index_and_loses_its_role() {
    for removal in [vec![], vec![member("Updated", 5, "o", "ada")]] {
        let stack = stack_with(vec![member("Added", 1, "o", "ada")]).await;
        let count = async || all(&stack.table(), &places_of("ada")).await.len();
        assert_eq!(count().await, 1);
        tell(&stack, removal).await;
        tell(&stack, vec![member("Removed", 4, "o", "ada")]).await;
        assert_eq!(count().await, 0);
        let items = scan(&stack.dynamodb.client(), TABLE_NAME).await.unwrap();
        let item = items.values().next().unwrap();
        for name in ["role", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK", "createdAt"] {
            assert!(!item.contains_key(name), "{name}");
        }
    }
}

#[tokio::test]
async fn only_present_entities_are_returned() {
    let stack = stack_with(vec![
        user("ada"),
        event("OrganizationCreated", 0, json!({"id": "o", "name": "O"})),
        member("Added", 1, "o", "ada"),
        member("Removed", 1, "o", "gone"),
        member("Updated", 1, "o", "pending"),
    ])
    .await;
    let table = stack.table();
    let text = async |entity: Entity, attribute| {
        let record = table.record(&entity).await.unwrap()?;
        record.text(attribute).map(str::to_owned)
    };
    let role = async |user: &str| {
        let membership = Entity::Membership {
            organization: organization_id("o"),
            user: user_id(user),
        };
        text(membership, Attribute::Role).await
    };
    assert_eq!(role("ada").await.as_deref(), Some("writer"));
    for absent in ["gone", "pending", "unknown"] {
        assert_eq!(role(absent).await, None, "{absent}");
    }
    let ada = || Entity::User(user_id("ada"));
    assert_eq!(
        text(ada(), Attribute::Name).await.as_deref(),
        Some("Name of ada")
    );
    assert_eq!(
        text(ada(), Attribute::Email).await.as_deref(),
        Some("ada@x.org")
    );
    assert_eq!(
        text(Entity::User(user_id("o")), Attribute::Name).await,
        None
    );
    let organization = |id| Entity::Organization(organization_id(id));
    assert_eq!(
        text(organization("o"), Attribute::Name).await.as_deref(),
        Some("O")
    );
    assert_eq!(table.record(&organization("ada")).await.unwrap(), None);
}

/// The item format that the README describes.
#[tokio::test]
async fn items_have_the_documented_attributes() {
    let stack = stack_with(vec![
        user("Ada"),
        member("Added", 1, "o", "Ada"),
        member("Updated", 2, "o", "Ada"),
        member("Removed", 3, "o", "gone"),
        member("Updated", 4, "o", "gone"),
        member("Updated", 5, "o", "pending"),
        member("Removed", 1, "o", "back"),
        member("Added", 2, "o", "back"),
    ])
    .await;
    let items = scan(&stack.dynamodb.client(), TABLE_NAME).await.unwrap();
    let item = |pk: &str, sk: &str| &items[&(pk.to_owned(), sk.to_owned())];
    let names = |pk: &str, sk: &str| {
        let names: Vec<_> = item(pk, sk).keys().map(String::as_str).collect();
        names.join(" ")
    };
    let value = |pk: &str, sk: &str, name: &str| item(pk, sk)[name].clone();
    assert_eq!(
        names("USER#Ada", "PROFILE"),
        "GSI1PK GSI1SK GSI2PK GSI2SK PK SK createdAt email emailClock entityType itemVersion lifeClock lifeKind \
         name nameClock newestClock revision status updatedAt userId"
    );
    assert_eq!(
        names("ORG#o", "USER#Ada"),
        "GSI1PK GSI1SK PK SK createdAt entityType itemVersion lifeClock lifeKind newestClock \
         organizationId revision role roleClock status updatedAt userId"
    );
    assert_eq!(
        names("ORG#o", "USER#gone"),
        "PK SK entityType itemVersion lifeClock lifeKind newestClock organizationId removedClock \
         revision roleClock rolePending status updatedAt userId"
    );
    assert_eq!(
        names("ORG#o", "USER#pending"),
        "PK SK entityType itemVersion newestClock organizationId revision roleClock rolePending \
         status userId"
    );
    assert_eq!(
        names("ORG#o", "USER#back"),
        "GSI1PK GSI1SK PK SK createdAt entityType itemVersion lifeClock lifeKind newestClock \
         organizationId removedClock revision role roleClock status updatedAt userId"
    );
    let removed = value("ORG#o", "USER#back", "removedClock");
    assert!(removed.starts_with("2026-01-01T00:00:01"), "{removed}");
    assert_eq!(value("USER#Ada", "PROFILE", "GSI1PK"), "EMAIL#ada@x.org");
    assert_eq!(
        value("USER#Ada", "PROFILE", "GSI1SK"),
        value("USER#Ada", "PROFILE", "emailClock")
    );
    assert_eq!(value("ORG#o", "USER#Ada", "GSI1PK"), "USER#Ada");
    assert_eq!(value("ORG#o", "USER#Ada", "GSI1SK"), "ORG#o");
    assert_eq!(
        value("ORG#o", "USER#Ada", "createdAt"),
        "2026-01-01T00:00:01.000000000Z"
    );
    assert_eq!(
        value("ORG#o", "USER#Ada", "updatedAt"),
        "2026-01-01T00:00:02.000000000Z"
    );
    assert_eq!(
        value("ORG#o", "USER#gone", "updatedAt"),
        "2026-01-01T00:00:03.000000000Z"
    );
}

#[tokio::test]
async fn a_page_of_a_missing_table_is_an_error() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let table = Table::new(
        roster_emulator::dynamodb::config(stack.dynamodb.address),
        "another",
    );
    assert!(matches!(
        table.list(&members_of("o"), Part::default()).await,
        Err(ReadError::Service(_))
    ));
}

/// A patch that uses another spelling must not leave the replaced attribute visible to readers.
#[tokio::test]
async fn another_spelling_of_a_field_replaces_the_previous_one() {
    let named = |second, name: Value| {
        let mut user = json!({"id": "ada", "email": "ada@x.org"});
        user.as_object_mut()
            .unwrap()
            .extend(name.as_object().unwrap().clone());
        let kind = if second == 1 { "Created" } else { "Updated" };
        event(&format!("User{kind}"), second, user)
    };
    let role = |change: &str, second, role: Value| {
        let mut member = json!({"organizationId": "o", "userId": "ada"});
        member
            .as_object_mut()
            .unwrap()
            .extend(role.as_object().unwrap().clone());
        event(&format!("OrganizationUser{change}"), second, member)
    };
    let stack = stack_with(vec![
        named(1, json!({"firstName": "Ada", "lastName": "Lovelace"})),
        role("Added", 1, json!({"role": "ORG_ADMIN"})),
    ])
    .await;
    let items = async || scan(&stack.dynamodb.client(), TABLE_NAME).await.unwrap();
    let value = |items: &roster_cli::directory::Items, pk: &str, name: &str| {
        let mut items = items.iter().filter(|((partition, _), _)| partition == pk);
        items.next().and_then(|(_, item)| item.get(name).cloned())
    };
    let before = items().await;
    assert_eq!(value(&before, "USER#ada", "name").unwrap(), "Ada Lovelace");
    assert_eq!(value(&before, "USER#ada", "lastName").unwrap(), "Lovelace");
    assert_eq!(value(&before, "ORG#o", "role").unwrap(), "admin");
    tell(
        &stack,
        vec![
            named(2, json!({"name": "The Countess"})),
            role("Updated", 2, json!({"roleId": "auditor"})),
        ],
    )
    .await;
    let after = items().await;
    assert_eq!(value(&after, "USER#ada", "name").unwrap(), "The Countess");
    assert_eq!(value(&after, "USER#ada", "firstName"), None);
    assert_eq!(value(&after, "USER#ada", "lastName"), None);
    assert_eq!(value(&after, "ORG#o", "role"), None);
    assert_eq!(value(&after, "ORG#o", "roleId").unwrap(), "auditor");
}
