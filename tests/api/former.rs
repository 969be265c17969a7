//! What does the API show of an organization whose id is used again, and of users that were removed or
//! deactivated?

use roster_tests::told::event;
use serde_json::json;

use crate::server::{Server, member, organization, user};

/// Eve's company `acme` was removed, and Ada's uses its id now. Eve's events arrive last.
async fn reused() -> Server {
    let of = |name: &str, value: &str| json!({"organizationId": "acme", name: value, "name": "T"});
    let project = |id: &str| json!({"id": id, "name": id, "ownerOrganizationId": "acme", "createdByUserId": "eve"});
    let events = vec![
        user("ada"),
        user("eve"),
        user("gone"),
        event("OrganizationDeleted", 5, json!({"id": "acme"})),
        event(
            "OrganizationCreated",
            6,
            json!({"id": "acme", "name": "New Acme"}),
        ),
        member("Added", 7, "acme", "ada", "admin"),
        event("TeamCreated", 7, of("id", "new")),
        event("ProjectCreated", 7, project("rocket")),
        organization("acme"),
        member("Added", 1, "acme", "eve", "admin"),
        member("Added", 1, "acme", "gone", "admin"),
        member("Removed", 2, "acme", "gone", "admin"),
        event("TeamCreated", 1, of("id", "old")),
        event("ProjectCreated", 1, project("secret")),
    ];
    Server::told(events).await
}

#[tokio::test]
async fn members_of_an_organization_see_nothing_of_the_former_one_with_its_id() {
    let server = reused().await;
    let (ada, service) = (server.user("ada"), server.service());
    for (path, id, new, all) in [
        (
            "/organizations/acme/users",
            "userId",
            vec!["ada"],
            vec!["ada", "eve"],
        ),
        (
            "/organizations/acme/users?absent=true",
            "userId",
            vec!["ada"],
            vec!["ada", "eve", "gone"],
        ),
        (
            "/organizations/acme/teams",
            "teamId",
            vec!["new"],
            vec!["new", "old"],
        ),
        (
            "/organizations/acme/projects",
            "projectId",
            vec!["rocket"],
            vec!["rocket", "secret"],
        ),
    ] {
        assert_eq!(server.get(path, &ada).await.ids(id), new, "{path}");
        assert_eq!(server.get(path, &service).await.ids(id), all, "{path}");
    }
    for path in [
        "/organizations/acme/users/eve",
        "/organizations/acme/users/gone",
        "/teams/old?organizationId=acme",
        "/projects/secret",
    ] {
        assert_eq!(server.get(path, &ada).await.status, 404, "{path}");
        assert_eq!(server.get(path, &service).await.status, 200, "{path}");
    }
    let eve = server.user("eve");
    assert_eq!(server.get("/organizations/acme", &eve).await.status, 404);
}

#[tokio::test]
async fn an_item_that_is_not_effective_says_why() {
    let server = reused().await;
    let service = server.service();
    let void = "membership acme eve was stated before organization acme was last removed";
    let eve = server.get("/organizations/acme/users/eve", &service).await;
    assert_eq!(eve.body["effective"], false);
    assert_eq!(eve.body["reason"], void);
    let ada = server.get("/organizations/acme/users/ada", &service).await;
    assert_eq!(ada.body["effective"], true);
    assert_eq!(ada.body.get("reason"), None);

    let question = |user: &str| {
        json!({"subject": {"type": "user", "id": user}, "action": {"name": "members:read"},
            "resource": {"type": "organization", "id": "acme"}})
    };
    let answer = server
        .post("/access/v1/evaluation", &service, &question("eve"))
        .await;
    let expected = json!({"code": "void",
        "entity": {"type": "membership", "organization_id": "acme", "user_id": "eve"},
        "removed": {"type": "organization", "organization_id": "acme"}});
    assert_eq!(answer.body["decision"], false);
    assert_eq!(answer.body["context"]["reason"], expected);
}

#[tokio::test]
async fn the_token_of_a_deactivated_user_is_refused_on_every_route_until_the_user_is_activated() {
    let mut events = vec![
        user("ada"),
        organization("acme"),
        member("Added", 1, "acme", "ada", "admin"),
        event("UserDeactivated", 2, json!({"id": "ada"})),
    ];
    let server = Server::told(events.clone()).await;
    let ada = server.user("ada");
    let question = json!({"subject": {"type": "user", "id": "ada"}, "action": {"name": "members:read"},
        "resource": {"type": "organization", "id": "acme"}});
    for path in [
        "/users/ada",
        "/organizations/acme",
        "/organizations",
        "/roles",
        "/permissions",
    ] {
        let answer = server.get(path, &ada).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.body["type"], "urn:roster:problem:deactivated");
    }
    let evaluation = "/access/v1/evaluation";
    assert_eq!(server.post(evaluation, &ada, &question).await.status, 401);
    let answer = server.post(evaluation, &server.service(), &question).await;
    let inactive = json!({"code": "inactive", "entity": {"type": "user", "user_id": "ada"}});
    assert_eq!(answer.body["decision"], false);
    assert_eq!(answer.body["context"]["reason"], inactive);
    let shown = server.get("/users/ada", &server.service()).await;
    assert_eq!(shown.body["active"], false);

    events.push(event("UserActivated", 3, json!({"id": "ada"})));
    let server = Server::told(events).await;
    let ada = server.user("ada");
    assert_eq!(server.get("/organizations/acme", &ada).await.status, 200);
}

#[tokio::test]
async fn what_happens_to_former_members_after_their_organization_is_removed_stays_hidden() {
    let mut events = vec![user("ada"), user("late"), user("pend")];
    events.extend([
        organization("acme"),
        member("Added", 1, "acme", "late", "admin"),
        event("OrganizationDeleted", 5, json!({"id": "acme"})),
        member("Removed", 6, "acme", "late", "admin"),
        member("Updated", 6, "acme", "pend", "admin"),
        event(
            "OrganizationCreated",
            10,
            json!({"id": "acme", "name": "New"}),
        ),
        member("Added", 11, "acme", "ada", "admin"),
        member("Added", 11, "acme", "gone", "admin"),
        member("Removed", 12, "acme", "gone", "admin"),
    ]);
    let server = Server::told(events).await;
    let ada = server.user("ada");
    let page = server
        .get("/organizations/acme/users?absent=true", &ada)
        .await;
    assert_eq!(page.ids("userId"), ["ada", "gone"]);
    for (id, status) in [("late", 404), ("pend", 404), ("gone", 200)] {
        let path = format!("/organizations/acme/users/{id}");
        assert_eq!(server.get(&path, &ada).await.status, status, "{id}");
    }
}

#[tokio::test]
async fn the_users_of_a_project_see_nothing_of_the_former_one_with_its_id() {
    let project = |owner: &str| json!({"id": "px", "name": "px", "ownerOrganizationId": owner, "createdByUserId": "ada"});
    let team = |change: &str, second| {
        let team = json!({"organizationId": "beta", "teamId": "t", "id": "t", "name": "T", "projectId": "px"});
        event(change, second, team)
    };
    let works = |id: &str, second| {
        event(
            "ProjectUserAdded",
            second,
            json!({"projectId": "px", "userId": id}),
        )
    };
    let server = Server::told(vec![
        user("ada"),
        user("gone"),
        user("new"),
        organization("acme"),
        organization("beta"),
        member("Added", 1, "acme", "ada", "admin"),
        team("TeamCreated", 1),
        event("ProjectCreated", 1, project("beta")),
        works("gone", 2),
        team("ProjectTeamAdded", 2),
        event("ProjectDeleted", 3, json!({"id": "px"})),
        event("ProjectCreated", 4, project("acme")),
        works("new", 5),
    ])
    .await;
    let ada = server.user("ada");
    assert_eq!(
        server.get("/projects/px/users", &ada).await.ids("userId"),
        ["new"]
    );
    assert_eq!(
        server.get("/projects/px/teams", &ada).await.ids("teamId"),
        [""; 0]
    );
    let all = server.get("/projects/px/users", &server.service()).await;
    assert_eq!(all.ids("userId"), ["gone", "new"]);
    assert_eq!(code(&server, &ada, "gone", "px").await, "not_granted");
    assert_eq!(code(&server, &server.service(), "gone", "px").await, "void");
}

/// The reason why a user may not read a project, as this caller is told.
async fn code(server: &Server, token: &str, user: &str, project: &str) -> String {
    let question = json!({"subject": {"type": "user", "id": user}, "action": {"name": "projects:read"},
        "resource": {"type": "project", "id": project}});
    let answer = server.post("/access/v1/evaluation", token, &question).await;
    assert_eq!(answer.body["decision"], false, "{}", answer.body);
    let code = &answer.body["context"]["reason"]["code"];
    code.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_admin_learns_nothing_of_what_another_organization_removed() {
    let of = |name: &str, value: &str| json!({"organizationId": "beta", "teamId": "hush", "projectId": "px", "name": "T", name: value});
    let server = Server::told(vec![
        user("ada"),
        user("bob"),
        organization("acme"),
        organization("beta"),
        member("Added", 1, "acme", "ada", "admin"),
        member("Added", 1, "beta", "bob", "reader"),
        event("TeamCreated", 1, of("id", "hush")),
        event("TeamUserAdded", 1, of("userId", "bob")),
        event(
            "ProjectCreated",
            1,
            json!({"id": "px", "name": "px", "ownerOrganizationId": "acme", "createdByUserId": "ada"}),
        ),
        event("ProjectTeamAdded", 1, of("id", "hush")),
        member("Removed", 2, "beta", "bob", "reader"),
        member("Added", 3, "beta", "bob", "reader"),
    ])
    .await;
    let (ada, service) = (server.user("ada"), server.service());
    assert_eq!(code(&server, &ada, "bob", "px").await, "not_granted");
    assert_eq!(code(&server, &service, "bob", "px").await, "void");
}

#[tokio::test]
async fn a_former_member_is_a_stranger_to_the_admins_of_the_organization_that_uses_the_id() {
    let server = reused().await;
    let ada = server.user("ada");
    for user in ["eve", "stranger"] {
        let question = json!({"subject": {"type": "user", "id": user}, "action": {"name": "members:read"},
            "resource": {"type": "organization", "id": "acme"}});
        let answer = server.post("/access/v1/evaluation", &ada, &question).await;
        let reason = &answer.body["context"]["reason"];
        assert_eq!(reason["code"], "absent", "{reason}");
        assert_eq!(reason["entity"]["type"], "membership", "{reason}");
    }
}

#[tokio::test]
async fn a_user_sees_nothing_of_the_former_user_with_the_same_id() {
    let server = Server::told(vec![
        user("zoe"),
        organization("acme"),
        organization("beta"),
        member("Added", 1, "acme", "zoe", "admin"),
        event("UserDeleted", 2, json!({"id": "zoe"})),
        event(
            "UserCreated",
            3,
            json!({"id": "zoe", "name": "Other", "email": "o@x.org"}),
        ),
        member("Added", 4, "beta", "zoe", "reader"),
    ])
    .await;
    let path = "/users/zoe/organizations";
    let own = server.get(path, &server.user("zoe")).await;
    assert_eq!(own.ids("organizationId"), ["beta"]);
    let all = server.get(path, &server.service()).await;
    assert_eq!(all.ids("organizationId"), ["acme", "beta"]);
}
