//! Findings of an attack on the API: in each case, it revealed or hid something that it should
//! not have.

use roster_tests::told::event;
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

const EVALUATION: &str = "/access/v1/evaluation";

fn about(subject: &str, kind: &str, id: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": "projects:read"},
        "resource": {"type": kind, "id": id}})
}

fn place(organization: &str, team: &str, user: &str) -> Value {
    let payload = json!({"organizationId": organization, "teamId": team, "userId": user});
    event("TeamUserAdded", 1, payload)
}

fn team(organization: &str, id: &str) -> Value {
    let payload = json!({"organizationId": organization, "id": id, "name": id});
    event("TeamCreated", 1, payload)
}

fn project(id: &str, owner: &str) -> Value {
    let payload = json!({"id": id, "name": id, "ownerOrganizationId": owner,
        "createdByUserId": "ada"});
    event("ProjectCreated", 1, payload)
}

/// `ada` is an admin of `acme`, where `rita` is a reader and `rex` used to be a member; `otto` is
/// elsewhere.
async fn world() -> Server {
    let mut events: Vec<_> = ["ada", "rita", "rex", "otto"].map(user).into();
    events.extend(["acme", "other"].map(organization));
    events.extend([
        member("Added", 1, "acme", "ada", "admin"),
        member("Added", 1, "acme", "rita", "reader"),
        member("Added", 1, "acme", "zoe", "reader"),
        member("Removed", 2, "acme", "zoe", "reader"),
        member("Added", 1, "acme", "rex", "reader"),
        member("Removed", 2, "acme", "rex", "reader"),
        member("Added", 1, "other", "otto", "reader"),
        project("apollo", "acme"),
        team("acme", "core"),
        place("acme", "core", "rita"),
        place("acme", "core", "rex"),
        place("acme", "core", "otto"),
    ]);
    Server::told(events).await
}

#[tokio::test]
async fn an_admin_cannot_distinguish_a_foreign_user_from_a_missing_one() {
    let server = world().await;
    let ada = server.user("ada");
    for (kind, id) in [("organization", "acme"), ("project", "apollo")] {
        let reason = async |subject: &str| {
            let answer = server
                .post(EVALUATION, &ada, &about(subject, kind, id))
                .await;
            let text = answer.body["context"]["reason"].to_string();
            text.replace(subject, "SUBJECT")
        };
        assert_eq!(reason("otto").await, reason("nobody").await, "{kind}");
    }
    // It may know what happened to its own members.
    let asked = about("zoe", "organization", "acme");
    let answer = server.post(EVALUATION, &ada, &asked).await;
    assert_eq!(answer.body["context"]["reason"]["code"], "absent");
}

#[tokio::test]
async fn team_members_who_left_the_organization_are_shown_to_admins_only() {
    let server = world().await;
    let seen = server.get("/teams/core/users", &server.user("rita")).await;
    assert_eq!(seen.ids("userId"), ["rita"]);
    assert_eq!(seen.body["items"][0]["name"], "Some One");
    for token in [server.user("ada"), server.service()] {
        let all = server.get("/teams/core/users", &token).await;
        assert_eq!(all.ids("userId"), ["otto", "rex", "rita"]);
    }
}

#[tokio::test]
async fn an_earlier_claim_of_a_name_or_an_email_elsewhere_has_no_visible_effect() {
    let same = |id: &str, second| {
        event(
            "OrganizationCreated",
            second,
            json!({"id": id, "name": "Same"}),
        )
    };
    let person = |id: &str, second| {
        let payload = json!({"id": id, "name": "N", "email": "same@x.org"});
        event("UserCreated", second, payload)
    };
    let server = Server::told(vec![
        same("first", 0),
        same("second", 1),
        person("u1", 0),
        person("u2", 1),
        member("Added", 2, "second", "u2", "reader"),
    ])
    .await;
    let caller = server.user("u2");
    let named = server.get("/organizations?name=SAME", &caller).await;
    assert_eq!(named.body["organizationId"], "second");
    let own = server.get("/users?email=same@x.org", &caller).await;
    assert_eq!(own.body["userId"], "u2");
    let service = server.service();
    let named = server.get("/organizations?name=same", &service).await;
    assert_eq!(named.body["organizationId"], "first");
    let owner = server.get("/users?email=SAME@x.org", &service).await;
    assert_eq!(owner.body["userId"], "u1");
}

#[tokio::test]
async fn a_page_does_not_reveal_that_removed_members_follow() {
    let server = world().await;
    let page = server
        .get("/organizations/acme/users?limit=2", &server.user("rita"))
        .await;
    assert_eq!(page.ids("userId"), ["ada", "rita"]);
    assert_eq!(page.body["complete"], true);
}

#[tokio::test]
async fn a_member_of_a_hundred_organizations_finds_a_team_by_its_id() {
    let mut events = vec![user("ada"), team("o050", "solo")];
    for n in 0..100 {
        let id = format!("o{n:03}");
        events.extend([organization(&id), member("Added", 1, &id, "ada", "reader")]);
    }
    let server = Server::told(events).await;
    let found = server.get("/teams/solo", &server.user("ada")).await;
    assert_eq!(found.body["organizationId"], "o050");
}

#[tokio::test]
async fn a_search_through_hundreds_of_teams_is_complete_and_ends() {
    let mut events = vec![organization("acme"), project("apollo", "acme")];
    let people: Vec<_> = (0..9).map(|n| format!("u{n}")).collect();
    for id in &people {
        events.extend([user(id), member("Added", 1, "acme", id, "reader")]);
    }
    for t in 0..450 {
        let id = format!("t{t:03}");
        let works = json!({"projectId": "apollo", "organizationId": "acme", "teamId": id});
        events.extend([team("acme", &id), event("ProjectTeamAdded", 1, works)]);
        for person in &people {
            events.push(place("acme", &id, person));
        }
    }
    let server = Server::told(events).await;
    let mut asked = json!({"subject": {"type": "user"}, "action": {"name": "projects:read"},
        "resource": {"type": "project", "id": "apollo"}});
    let mut found = Vec::new();
    for _ in 0..20 {
        let answer = server
            .post("/access/v1/search/subject", &server.service(), &asked)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.body["results"].as_array().unwrap().iter();
        found.extend(results.map(|one| one["id"].as_str().unwrap().to_owned()));
        match answer.body["page"]["next_token"].as_str().unwrap() {
            "" => break,
            next => asked["page"] = json!({"token": next}),
        }
    }
    assert_eq!(found, people);
}
