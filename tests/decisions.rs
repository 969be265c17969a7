//! Does the table read everything that a decision needs, and how many requests does that take?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use roster_cli::directory::Directory;
use roster_domain::{
    Decision, OrganizationId, PermissionId, ProjectId, Resource, Snapshot, UserId,
    built_in_permissions,
};
use roster_emulator::dynamodb::{self, TABLE_NAME};
use roster_table::{Ask, DECISION_KEYS, ReadError, Reader, Table, TeamSide};
use roster_tests::proxy::Proxy;
use roster_tests::told::{event, stack_with};
use serde_json::{Value, json};

fn user_id(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn organization_id(id: &str) -> OrganizationId {
    OrganizationId::parse(id).unwrap()
}

fn permission_id(id: &str) -> PermissionId {
    PermissionId::parse(id).unwrap()
}

fn project(id: &str) -> Resource {
    Resource::Project(ProjectId::parse(id).unwrap())
}

/// Two organizations, five users with different roles, three projects, and a few removed
/// entities.
fn events() -> Vec<Value> {
    let mut events = Vec::new();
    let mut tell = |event_type: &str, second, payload| {
        events.push(event(event_type, second, payload));
    };
    for id in ["admin", "custom", "owner", "guest", "gone"] {
        tell(
            "UserCreated",
            1,
            json!({"id": id, "name": id, "email": format!("{id}@x.org")}),
        );
    }
    for id in ["acme", "bolt", "dead"] {
        tell("OrganizationCreated", 1, json!({"id": id, "name": id}));
        tell(
            "TeamCreated",
            1,
            json!({"organizationId": id, "id": "core", "name": "Core"}),
        );
        for user in ["custom", "gone"] {
            let member = json!({"organizationId": id, "teamId": "core", "userId": user,
                "roleId": "auditor"});
            tell("OrganizationUserAdded", 1, member.clone());
            tell("TeamUserAdded", 1, member);
        }
        let admin = json!({"organizationId": id, "userId": "admin", "role": "admin"});
        tell("OrganizationUserAdded", 1, admin);
    }
    tell(
        "PermissionCreated",
        1,
        json!({"id": "invoices:read", "name": "I"}),
    );
    tell(
        "PermissionCreated",
        1,
        json!({"id": "invoices:pay", "name": "I"}),
    );
    let listed = ["invoices:read", "invoices:pay", "projects:update"];
    tell(
        "RoleCreated",
        1,
        json!({"id": "auditor", "name": "A", "permissionIds": listed}),
    );
    for (id, owner, value) in [
        ("engine", "ownerOrganizationId", "acme"),
        ("orphan", "ownerOrganizationId", "dead"),
        ("mine", "ownerUserId", "owner"),
    ] {
        tell(
            "ProjectCreated",
            1,
            json!({"id": id, "name": id, owner: value,
            "createdByUserId": "owner"}),
        );
        tell(
            "ProjectUserAdded",
            1,
            json!({"projectId": id, "userId": "guest"}),
        );
        let team = json!({"projectId": id, "organizationId": "bolt", "teamId": "core"});
        tell("ProjectTeamAdded", 1, team);
    }
    tell("OrganizationDeleted", 2, json!({"id": "dead"}));
    tell("UserDeleted", 2, json!({"id": "gone"}));
    tell("PermissionDeleted", 2, json!({"id": "invoices:pay"}));
    events
}

#[tokio::test]
async fn a_decision_equals_the_decision_over_the_whole_table() {
    let stack = stack_with(events()).await;
    let table = stack.table();
    let directory = Directory::scan(&stack.dynamodb.client(), TABLE_NAME)
        .await
        .unwrap();
    let mut everything = Snapshot::default();
    for (entity, record) in directory.present {
        everything.insert(entity, record.value, record.statements.unwrap());
    }
    let organizations = ["acme", "bolt", "dead", "never"];
    let resources = organizations.map(|id| Resource::Organization(organization_id(id)));
    let projects = ["engine", "orphan", "mine", "never"].map(project);
    let permissions: Vec<_> = built_in_permissions()
        .chain(["invoices:read", "invoices:pay", "x"])
        .collect();
    let mut granted = 0;
    for user in ["admin", "custom", "owner", "guest", "gone", "never"].map(user_id) {
        for organization in organizations.map(organization_id) {
            let found = table.permissions(&user, &organization).await.unwrap();
            assert_eq!(
                found,
                everything.permissions(&user, &organization),
                "{user}"
            );
        }
        for resource in resources.iter().chain(&projects) {
            for permission in permissions.iter().map(|id| permission_id(id)) {
                let decision = table.allowed(&user, &permission, resource).await.unwrap();
                let expected = everything.allowed(&user, &permission, resource);
                assert_eq!(decision, expected, "{user} {permission} {resource:?}");
                granted += usize::from(matches!(decision, Decision::Granted(_)));
            }
        }
    }
    assert!(granted > 30, "{granted}");
}

#[tokio::test]
async fn a_decision_takes_the_documented_number_of_requests() {
    let stack = stack_with(events()).await;
    let proxy = Proxy::start(stack.dynamodb.address).await;
    let table = Table::new(dynamodb::config(proxy.address), TABLE_NAME);
    let acme = || Resource::Organization(organization_id("acme"));
    for (user, permission, resource, reads, queries) in [
        ("admin", "members:manage", acme(), 1, 0),
        ("custom", "invoices:read", acme(), 2, 0),
        ("guest", "projects:read", acme(), 1, 0),
        ("admin", "projects:read", project("engine"), 2, 1),
        ("owner", "projects:read", project("mine"), 2, 1),
        ("custom", "projects:update", project("mine"), 3, 1),
    ] {
        let permission = permission_id(permission);
        let decision = table.allowed(&user_id(user), &permission, &resource).await;
        let counts = proxy.take_counts();
        let count = |name: &str| counts.get(name).copied().unwrap_or_default();
        assert_eq!(
            (count("BatchGetItem"), count("Query"), counts.len()),
            (reads, queries, 1 + queries),
            "{user} on {resource:?}: {decision:?}"
        );
    }
}

#[tokio::test]
async fn a_project_with_hundreds_of_teams_takes_two_keys_for_each_team() {
    let mut events = events();
    for n in 0..300 {
        let team = json!({"projectId": "engine", "organizationId": "acme",
            "teamId": format!("t{n}")});
        events.push(event("ProjectTeamAdded", 1, team));
    }
    let stack = stack_with(events).await;
    let table = stack.table();
    let ask = Ask {
        user: user_id("guest"),
        permission: permission_id("projects:read"),
        resource: project("engine"),
    };
    let mut reader = Reader::new(&table, DECISION_KEYS);
    let decision = reader.allowed(&ask, TeamSide::Project).await.unwrap();
    let expected = table.allowed(&ask.user, &ask.permission, &ask.resource);
    assert_eq!(decision, expected.await.unwrap());
    let read = DECISION_KEYS - reader.left();
    assert!((600..640).contains(&read), "{read}");

    let mut reader = Reader::new(&table, 400);
    let refused = reader.allowed(&ask, TeamSide::Project).await;
    assert_eq!(refused, Err(ReadError::OverBudget));
}

#[tokio::test]
async fn decisions_in_one_request_read_each_shared_key_once() {
    let stack = stack_with(events()).await;
    let table = stack.table();
    let ask = |user: &str, permission: &str| Ask {
        user: user_id(user),
        permission: permission_id(permission),
        resource: project("engine"),
    };
    let keys = async |asks: &[Ask]| {
        let mut reader = Reader::new(&table, DECISION_KEYS);
        reader.evidence(asks, TeamSide::Project).await.unwrap();
        DECISION_KEYS - reader.left()
    };
    let one = keys(&[ask("admin", "projects:read")]).await;
    let equal = vec![ask("admin", "projects:read"); 50];
    assert_eq!(keys(&equal).await, one);
    let two = [ask("admin", "projects:read"), ask("guest", "projects:read")];
    let apart = one + keys(&two[1..]).await;
    assert!(keys(&two).await < apart);
}

#[tokio::test]
async fn the_lists_of_the_user_and_of_the_project_lead_to_the_same_decisions() {
    let stack = stack_with(events()).await;
    let table = stack.table();
    for user in ["admin", "custom", "owner", "guest", "gone", "never"] {
        for of in ["engine", "orphan", "mine", "never"] {
            for permission in ["projects:read", "projects:update", "invoices:read", "x"] {
                let ask = Ask {
                    user: user_id(user),
                    permission: permission_id(permission),
                    resource: project(of),
                };
                let mut reader = Reader::new(&table, DECISION_KEYS);
                let one = reader.allowed(&ask, TeamSide::User).await.unwrap();
                let mut reader = Reader::new(&table, DECISION_KEYS);
                let other = reader.allowed(&ask, TeamSide::Project).await.unwrap();
                assert_eq!(one, other, "{ask:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_remaining_budget_does_not_reveal_whether_a_project_exists() {
    let stack = stack_with(events()).await;
    let table = stack.table();
    let ask = |resource| Ask {
        user: user_id("never"),
        permission: permission_id("projects:read"),
        resource,
    };
    let left = async |id: &str| {
        let mut reader = Reader::new(&table, DECISION_KEYS);
        // An organization with the same id, which is read in place of a missing owner.
        let organization = Resource::Organization(organization_id(id));
        let asks = [ask(organization), ask(project(id)), ask(project("never"))];
        reader.evidence(&asks, TeamSide::User).await.unwrap();
        reader.left()
    };
    let absent = left("nothing").await;
    for id in ["engine", "orphan", "mine"] {
        assert_eq!(left(id).await, absent, "{id}");
    }
}
