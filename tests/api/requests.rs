//! How many requests to the table a response takes, and which.

use roster_tests::proxy::{Proxy, RequestCounts};
use roster_tests::told::{event, stack_with};
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

async fn world() -> (Server, Proxy) {
    let mut events = vec![organization("acme"), user("ada"), user("eve")];
    events.extend((0..150).map(|n| user(&format!("u{n}"))));
    events.extend((0..150).map(|n| member("Added", 1, "acme", &format!("u{n}"), "reader")));
    let pilot = json!({"organizationId": "acme", "userId": "eve", "roleId": "pilot"});
    let role = json!({"id": "pilot", "name": "Pilot", "permissionIds": ["members:read"]});
    let project = json!({"id": "apollo", "name": "Apollo", "ownerOrganizationId": "acme",
        "createdByUserId": "ada"});
    events.extend([
        member("Added", 1, "acme", "ada", "admin"),
        event("OrganizationUserAdded", 1, pilot),
        event("RoleCreated", 0, role),
        event("ProjectCreated", 1, project),
    ]);
    let mut stack = stack_with(events).await;
    let proxy = Proxy::start(stack.table_address).await;
    stack.table_address = proxy.address;
    (Server::over(stack).await, proxy)
}

fn about(subject: &str, kind: &str, id: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": "members:read"},
        "resource": {"type": kind, "id": id}})
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> RequestCounts {
    let expected = expected.map(|(operation, count)| (operation.to_owned(), count));
    expected.into_iter().collect()
}

/// For a user, one more checks that the user is not deactivated.
#[tokio::test]
async fn an_evaluation_takes_few_requests() {
    let (server, proxy) = world().await;
    for (caller, subject, kind, id, expected) in [
        (
            server.service(),
            "ada",
            "organization",
            "acme",
            counts([("BatchGetItem", 1)]),
        ),
        (
            server.user("u1"),
            "u1",
            "organization",
            "acme",
            counts([("GetItem", 1), ("BatchGetItem", 1)]),
        ),
        // Whether the caller is an admin, in parallel with the decision.
        (
            server.user("ada"),
            "u1",
            "organization",
            "acme",
            counts([("GetItem", 1), ("BatchGetItem", 2)]),
        ),
        // With the role.
        (
            server.service(),
            "eve",
            "organization",
            "acme",
            counts([("BatchGetItem", 2)]),
        ),
        // Project and user in parallel with its teams; then the membership in the owner.
        (
            server.service(),
            "u1",
            "project",
            "apollo",
            counts([("BatchGetItem", 2), ("Query", 1)]),
        ),
    ] {
        proxy.take_counts();
        let asked = about(subject, kind, id);
        let answer = server.post("/access/v1/evaluation", &caller, &asked).await;
        assert_eq!(answer.status, 200);
        assert_eq!(proxy.take_counts(), expected, "{asked}");
    }
}

#[tokio::test]
async fn a_page_of_a_hundred_members_takes_one_query_and_reads_the_users_in_parallel() {
    let (server, proxy) = world().await;
    for (caller, expected) in [
        // The hundred users take one batch; another one determines first what the caller may see.
        (
            server.service(),
            counts([("BatchGetItem", 2), ("Query", 1)]),
        ),
        // Before anything else, it is checked that the user is not deactivated.
        (
            server.user("ada"),
            counts([("GetItem", 1), ("BatchGetItem", 2), ("Query", 1)]),
        ),
    ] {
        proxy.take_counts();
        let page = server.get("/organizations/acme/users", &caller).await;
        assert_eq!(page.ids("userId").len(), 100);
        assert_eq!(proxy.take_counts(), expected);
    }
}
