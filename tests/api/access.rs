//! AuthZEN requests, responses and edge cases, on a small directory.

use axum::body::Body;
use roster_tests::told::event;
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";
const SUBJECTS: &str = "/access/v1/search/subject";
const RESOURCES: &str = "/access/v1/search/resource";
const ACTIONS: &str = "/access/v1/search/action";

/// `acme` owns `apollo`, on which `cas` works directly and `dee` through a team of `other`; `ada`
/// owns `solo`.
async fn world() -> Server {
    let project = |id: &str, owner: &str, of: &str| {
        let payload = json!({"id": id, "name": id, owner: of, "createdByUserId": "ada"});
        event("ProjectCreated", 1, payload)
    };
    let mut events: Vec<_> = ["ada", "bob", "cas", "dee", "eve"].map(user).into();
    events.extend([
        organization("acme"),
        organization("other"),
        member("Added", 1, "acme", "ada", "admin"),
        member("Added", 1, "acme", "bob", "reader"),
        member("Added", 1, "acme", "ghost", "reader"),
        member("Added", 1, "other", "dee", "writer"),
        member("Added", 1, "other", "bob", "reader"),
        project("apollo", "ownerOrganizationId", "acme"),
        project("solo", "ownerUserId", "ada"),
        event(
            "ProjectUserAdded",
            1,
            json!({"projectId": "apollo", "userId": "cas"}),
        ),
        event(
            "ProjectUserAdded",
            1,
            json!({"projectId": "apollo", "userId": "bob"}),
        ),
        event(
            "TeamCreated",
            1,
            json!({"organizationId": "other", "id": "t", "name": "T"}),
        ),
        event(
            "TeamUserAdded",
            1,
            json!({"organizationId": "other", "teamId": "t", "userId": "dee"}),
        ),
        event(
            "TeamUserAdded",
            1,
            json!({"organizationId": "other", "teamId": "t", "userId": "bob"}),
        ),
        event(
            "ProjectTeamAdded",
            1,
            json!({"projectId": "apollo", "organizationId": "other", "teamId": "t", "role": "admin"}),
        ),
        event(
            "PermissionCreated",
            0,
            json!({"id": "p:fly", "name": "Fly"}),
        ),
        event(
            "RoleCreated",
            0,
            json!({"id": "pilot", "name": "Pilot", "permissionIds": ["p:fly", "p:gone"]}),
        ),
        event(
            "OrganizationUserAdded",
            1,
            json!({"organizationId": "other", "userId": "eve", "roleId": "pilot"}),
        ),
    ]);
    Server::told(events).await
}

fn question(subject: &str, action: &str, kind: &str, id: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": action},
        "resource": {"type": kind, "id": id}})
}

#[tokio::test]
async fn decisions_depend_on_the_directory_and_not_on_properties_of_the_request() {
    let server = world().await;
    let token = server.service();
    for (subject, action, kind, id, expected) in [
        ("ada", "members:manage", "organization", "acme", true),
        ("bob", "members:read", "organization", "acme", true),
        ("bob", "members:manage", "organization", "acme", false),
        ("cas", "members:read", "organization", "acme", false),
        ("ghost", "members:read", "organization", "acme", false),
        ("eve", "p:fly", "organization", "other", true),
        ("eve", "p:gone", "organization", "other", false),
        ("cas", "projects:read", "project", "apollo", true),
        ("cas", "projects:update", "project", "apollo", false),
        ("dee", "projects:update", "project", "apollo", true),
        ("ada", "projects:delete", "project", "solo", true),
        ("bob", "projects:read", "project", "solo", false),
        ("nobody", "projects:read", "project", "solo", false),
        ("ada", "nothing", "organization", "acme", false),
        ("ada", "members:read", "organization", "nowhere", false),
        ("ada", "members:read", "planet", "acme", false),
        ("ada\n", "members:read", "organization", "acme", false),
    ] {
        let mut asked = question(subject, action, kind, id);
        let answer = server.post(EVALUATION, &token, &asked).await;
        let decision = &answer.body["decision"];
        assert_eq!(
            (answer.status, decision),
            (200, &json!(expected)),
            "{asked}"
        );
        let expected = answer.body;
        for part in ["subject", "action", "resource"] {
            asked[part]["properties"] = json!({"role": "admin", "soft": true, "deep": [{}]});
        }
        asked["context"] = json!({"admin": true});
        asked["more"] = json!(1);
        assert_eq!(server.post(EVALUATION, &token, &asked).await.body, expected);
    }
}

#[tokio::test]
async fn an_error_in_a_request_is_a_400_that_names_the_field() {
    let server = world().await;
    let token = server.service();
    let good = question("ada", "members:read", "organization", "acme");
    let without = |pointer: &str, value: Value| {
        let mut wrong = good.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        wrong
    };
    for (pointer, value, field) in [
        ("/subject", Value::Null, "subject"),
        ("/subject", json!("ada"), "subject"),
        ("/subject/type", Value::Null, "subject.type"),
        ("/subject/id", Value::Null, "subject.id"),
        ("/subject/id", json!(7), "subject.id"),
        ("/action", Value::Null, "action"),
        ("/action/name", json!(7), "action.name"),
        ("/resource", Value::Null, "resource"),
        ("/resource/type", Value::Null, "resource.type"),
        ("/resource/id", Value::Null, "resource.id"),
    ] {
        for path in [EVALUATION, EVALUATIONS] {
            let answer = server
                .post(path, &token, &without(pointer, value.clone()))
                .await;
            assert_eq!(
                (answer.status, &answer.body["field"]),
                (400, &json!(field)),
                "{pointer}"
            );
        }
    }
    for (media_type, body) in [
        ("text/plain", good.to_string()),
        ("application/json", String::new()),
        ("application/json", "{".to_owned()),
        ("application/json", "[]".to_owned()),
        ("application/json", "\"x\"".to_owned()),
        ("application/json", format!("{}x", "[".repeat(500))),
    ] {
        for path in [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS] {
            let request = server
                .request("POST", path, &token)
                .header("Content-Type", media_type);
            let answer = server
                .send(request.body(Body::from(body.clone())).unwrap())
                .await;
            assert_eq!(answer.status, 400, "{path} {body}");
        }
    }
    let request = server.request("POST", EVALUATION, &token);
    let request = request.header("Content-Type", "application/json; charset=utf-8");
    let answer = server
        .send(request.body(Body::from(good.to_string())).unwrap())
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn evaluations_use_whole_defaults_and_stop_as_requested() {
    let server = world().await;
    let token = server.service();
    let mut asked = question("ada", "members:read", "organization", "acme");
    asked["evaluations"] = json!([
        {},
        {"subject": {"type": "user", "id": "cas"}},
        {"action": {"name": "members:manage"}},
        {"resource": {"type": "organization"}},
    ]);
    let decisions = async |asked: &Value| {
        let answer = server.post(EVALUATIONS, &token, asked).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body["decision"].is_null());
        let items = answer.body["evaluations"].as_array().unwrap().clone();
        let made = |item: &Value| item["decision"].as_bool().unwrap();
        (items.iter().map(made).collect::<Vec<_>>(), items)
    };
    let (made, items) = decisions(&asked).await;
    assert_eq!(made, [true, false, true, false]);
    assert_eq!(items[3]["context"]["error"]["status"], 400);
    assert!(items[0]["context"]["error"].is_null());
    for (semantic, expected) in [
        ("execute_all", &[true, false, true, false][..]),
        ("deny_on_first_deny", &[true, false]),
        ("permit_on_first_permit", &[true]),
    ] {
        asked["options"] = json!({"evaluations_semantic": semantic, "another": 1});
        assert_eq!(decisions(&asked).await.0, expected, "{semantic}");
    }
    asked["evaluations"] = json!([{"resource": {"type": "organization"}}, {}]);
    asked["options"] = json!({"evaluations_semantic": "deny_on_first_deny"});
    assert_eq!(
        decisions(&asked).await.0,
        [false],
        "an item that failed counts as denied"
    );
    for (name, value) in [
        ("options", json!({"evaluations_semantic": "any"})),
        ("options", json!([])),
        ("evaluations", json!({})),
        ("evaluations", json!(vec![json!({}); 51])),
        ("subject", json!("ada")),
    ] {
        let mut wrong = asked.clone();
        wrong[name] = value;
        let answer = server.post(EVALUATIONS, &token, &wrong).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    for none in [json!([]), Value::Null] {
        asked["evaluations"] = none;
        let answer = server.post(EVALUATIONS, &token, &asked).await;
        assert_eq!(answer.body["decision"], true, "as a single one");
        assert!(answer.body["evaluations"].is_null());
    }
}

#[tokio::test]
async fn an_item_that_the_caller_may_not_ask_is_denied_with_an_error() {
    let server = world().await;
    let mut asked = question("bob", "members:read", "organization", "acme");
    asked["evaluations"] = json!([{}, {"subject": {"type": "user", "id": "ada"}}]);
    let answer = server.post(EVALUATIONS, &server.user("bob"), &asked).await;
    let items = &answer.body["evaluations"];
    assert_eq!(
        (&items[0]["decision"], &items[1]["decision"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(items[1]["context"]["error"]["status"], 403);
}

/// All results of a search, page by page, after checking each page.
async fn found(server: &Server, path: &str, asked: &Value, limit: Option<u32>) -> Vec<String> {
    let token = server.service();
    let mut asked = asked.clone();
    if let Some(limit) = limit {
        asked["page"] = json!({"limit": limit});
    }
    let mut found = Vec::new();
    for _ in 0..100 {
        let answer = server.post(path, &token, &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.body["results"].as_array().unwrap().iter();
        found.extend(results.map(|result| {
            let id = result.get("id").or_else(|| result.get("name"));
            id.unwrap().as_str().unwrap().to_owned()
        }));
        let next = answer.body["page"]["next_token"].as_str().unwrap();
        if next.is_empty() {
            found.sort();
            return found;
        }
        // Sends the token alone, as the certification does.
        asked["page"] = json!({"token": next});
        if let Some(limit) = limit {
            asked["page"]["limit"] = json!(limit);
        }
    }
    Vec::new()
}

#[tokio::test]
async fn searches_find_everything_permitted_without_duplicates() {
    let server = world().await;
    for (path, asked, expected) in [
        (
            SUBJECTS,
            question("", "members:read", "organization", "acme"),
            vec!["ada", "bob"],
        ),
        (
            SUBJECTS,
            question("", "members:manage", "organization", "acme"),
            vec!["ada"],
        ),
        (
            SUBJECTS,
            question("", "p:fly", "organization", "other"),
            vec!["eve"],
        ),
        (
            SUBJECTS,
            question("", "projects:read", "project", "apollo"),
            vec!["ada", "bob", "cas", "dee"],
        ),
        (
            SUBJECTS,
            question("", "projects:update", "project", "apollo"),
            vec!["ada", "dee"],
        ),
        (
            SUBJECTS,
            question("", "projects:read", "project", "solo"),
            vec!["ada"],
        ),
        (
            SUBJECTS,
            question("", "projects:read", "project", "nothing"),
            vec![],
        ),
        (
            SUBJECTS,
            question("", "projects:read", "planet", "solo"),
            vec![],
        ),
        (
            RESOURCES,
            question("bob", "members:read", "organization", ""),
            vec!["acme", "other"],
        ),
        (
            RESOURCES,
            question("ada", "members:manage", "organization", ""),
            vec!["acme"],
        ),
        (
            RESOURCES,
            question("bob", "projects:read", "project", ""),
            vec!["apollo"],
        ),
        (
            RESOURCES,
            question("ada", "projects:read", "project", ""),
            vec!["apollo", "solo"],
        ),
        (
            RESOURCES,
            question("dee", "projects:update", "project", ""),
            vec!["apollo"],
        ),
        (
            RESOURCES,
            question("cas", "projects:read", "project", ""),
            vec!["apollo"],
        ),
        (
            RESOURCES,
            question("nobody", "projects:read", "project", ""),
            vec![],
        ),
        (
            RESOURCES,
            question("ada", "projects:read", "planet", ""),
            vec![],
        ),
        (
            ACTIONS,
            question("bob", "", "organization", "acme"),
            vec!["members:read", "organization:read", "projects:read"],
        ),
        (
            ACTIONS,
            question("eve", "", "organization", "other"),
            vec!["p:fly"],
        ),
        (
            ACTIONS,
            question("cas", "", "project", "apollo"),
            vec!["projects:read"],
        ),
        (
            ACTIONS,
            question("ada", "", "project", "solo"),
            vec!["projects:delete", "projects:read", "projects:update"],
        ),
        (ACTIONS, question("nobody", "", "project", "solo"), vec![]),
    ] {
        for limit in [None, Some(0), Some(1), Some(2), Some(5_000)] {
            assert_eq!(
                found(&server, path, &asked, limit).await,
                expected,
                "{asked} {limit:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_search_requires_its_criteria_and_ignores_the_id_of_what_it_searches_for() {
    let server = world().await;
    let token = server.service();
    for (path, ignored, needed) in [
        (SUBJECTS, "subject", ["resource", "action"]),
        (RESOURCES, "resource", ["subject", "action"]),
        (ACTIONS, "action", ["subject", "resource"]),
    ] {
        let good = question("bob", "members:read", "organization", "acme");
        let mut less = good.clone();
        match ignored {
            "action" => drop(less.as_object_mut().unwrap().remove("action")),
            part => drop(less[part].as_object_mut().unwrap().remove("id")),
        }
        let answers = (
            server.post(path, &token, &good).await,
            server.post(path, &token, &less).await,
        );
        assert_eq!(
            (answers.0.status, answers.0.body),
            (200, answers.1.body),
            "{path}"
        );
        for part in needed {
            let mut wrong = good.clone();
            wrong.as_object_mut().unwrap().remove(part);
            let answer = server.post(path, &token, &wrong).await;
            assert_eq!(
                (answer.status, &answer.body["field"]),
                (400, &json!(part)),
                "{path}"
            );
        }
        for page in [
            json!("x"),
            json!({"limit": -1}),
            json!({"limit": 1.5}),
            json!({"token": 7}),
            json!({"token": "x"}),
        ] {
            let mut wrong = good.clone();
            wrong["page"] = page;
            assert_eq!(
                server.post(path, &token, &wrong).await.status,
                400,
                "{wrong}"
            );
        }
    }
    let mut first = question("", "members:read", "organization", "acme");
    first["page"] = json!({"limit": 1});
    let answer = server.post(SUBJECTS, &token, &first).await;
    let mut other = question("", "members:manage", "organization", "acme");
    other["page"] = json!({"token": answer.body["page"]["next_token"]});
    let answer = server.post(SUBJECTS, &token, &other).await;
    assert_eq!(
        (answer.status, &answer.body["field"]),
        (400, &json!("page.token"))
    );
}

#[tokio::test]
async fn the_metadata_states_the_address_of_the_api_whatever_the_headers_say() {
    let server = world().await;
    let answer = server.get("/.well-known/authzen-configuration", "").await;
    let base = format!("http://{}", server.api.address);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.body["policy_decision_point"], base);
    for (name, path) in [
        ("access_evaluation_endpoint", EVALUATION),
        ("access_evaluations_endpoint", EVALUATIONS),
        ("search_subject_endpoint", SUBJECTS),
        ("search_resource_endpoint", RESOURCES),
        ("search_action_endpoint", ACTIONS),
    ] {
        assert_eq!(answer.body[name], format!("{base}{path}"));
    }
    let request = server.request("GET", "/.well-known/authzen-configuration", "");
    let request = request
        .header("Host", "elsewhere.example.org")
        .header("X-Forwarded-Host", "elsewhere.example.org")
        .body(Body::empty());
    let claimed = server.send(request.unwrap()).await;
    assert_eq!(claimed.body, answer.body);
}

#[tokio::test]
async fn a_decision_has_a_reason_only_for_callers_that_may_know_it() {
    let server = world().await;
    let role = |id: &str| json!({"code": "role", "organization_id": "acme", "role": id});
    let pilot = json!({"code": "role", "organization_id": "other", "role_id": "pilot"});
    let team = json!({"code": "team", "organization_id": "other", "team_id": "t", "role": "admin"});
    let absent = |entity: Value| json!({"code": "absent", "entity": entity});
    let cas = absent(json!({"type": "membership", "organization_id": "acme", "user_id": "cas"}));
    let ghost = absent(json!({"type": "user", "user_id": "ghost"}));
    let not_granted = json!({"code": "not_granted"});
    for (caller, subject, action, kind, id, expected) in [
        (
            "",
            "ada",
            "members:manage",
            "organization",
            "acme",
            role("admin"),
        ),
        ("", "eve", "p:fly", "organization", "other", pilot.clone()),
        (
            "",
            "cas",
            "members:read",
            "organization",
            "acme",
            cas.clone(),
        ),
        ("", "ghost", "members:read", "organization", "acme", ghost),
        (
            "",
            "ada",
            "projects:delete",
            "project",
            "solo",
            json!({"code": "owner"}),
        ),
        (
            "",
            "cas",
            "projects:read",
            "project",
            "apollo",
            json!({"code": "project_user"}),
        ),
        (
            "",
            "dee",
            "projects:update",
            "project",
            "apollo",
            team.clone(),
        ),
        (
            "",
            "cas",
            "projects:update",
            "project",
            "apollo",
            not_granted.clone(),
        ),
        // An admin of the organization, about other users there and on its projects.
        ("ada", "cas", "members:read", "organization", "acme", cas),
        (
            "ada",
            "dee",
            "projects:update",
            "project",
            "apollo",
            team.clone(),
        ),
        // A user about itself: what grants access, and what is denied on visible resources.
        (
            "bob",
            "bob",
            "members:read",
            "organization",
            "acme",
            role("reader"),
        ),
        (
            "bob",
            "bob",
            "members:manage",
            "organization",
            "acme",
            not_granted.clone(),
        ),
        ("eve", "eve", "p:fly", "organization", "other", pilot),
        ("dee", "dee", "projects:update", "project", "apollo", team),
        (
            "cas",
            "cas",
            "projects:update",
            "project",
            "apollo",
            not_granted,
        ),
        // No reason on resources that the caller cannot see.
        (
            "cas",
            "cas",
            "members:read",
            "organization",
            "acme",
            Value::Null,
        ),
        (
            "cas",
            "cas",
            "members:read",
            "organization",
            "nowhere",
            Value::Null,
        ),
        (
            "bob",
            "bob",
            "projects:read",
            "project",
            "solo",
            Value::Null,
        ),
        (
            "bob",
            "bob",
            "projects:read",
            "project",
            "nothing",
            Value::Null,
        ),
    ] {
        let token = match caller {
            "" => server.service(),
            user => server.user(user),
        };
        let asked = question(subject, action, kind, id);
        let answer = server.post(EVALUATION, &token, &asked).await;
        assert_eq!(answer.status, 200);
        let reason = &answer.body["context"]["reason"];
        assert_eq!(*reason, expected, "{caller} {asked}");
    }
}

#[tokio::test]
async fn a_page_of_a_search_is_filled_up_to_the_limit() {
    let server = world().await;
    let token = server.service();
    for (path, mut asked, pages) in [
        // Members without the permission and teams that lead to the same users are skipped.
        (
            SUBJECTS,
            question("", "projects:read", "project", "apollo"),
            vec![2, 2],
        ),
        (
            ACTIONS,
            question("bob", "", "organization", "acme"),
            vec![2, 1],
        ),
        (
            RESOURCES,
            question("ada", "projects:read", "project", ""),
            vec![2],
        ),
    ] {
        asked["page"] = json!({"limit": 2});
        let mut found = Vec::new();
        loop {
            let answer = server.post(path, &token, &asked).await;
            let results = answer.body["results"].as_array().unwrap().len();
            let next = &answer.body["page"]["next_token"];
            if results > 0 || next != "" {
                found.push(results);
            }
            if next == "" {
                break;
            }
            asked["page"] = json!({"token": next});
        }
        found.retain(|results| *results > 0);
        assert_eq!(found, pages, "{path}");
    }
}

#[tokio::test]
async fn the_id_of_what_is_searched_for_is_ignored() {
    let server = world().await;
    let token = server.service();
    for (path, searched) in [(SUBJECTS, "subject"), (RESOURCES, "resource")] {
        let mut asked = question("bob", "members:read", "organization", "acme");
        let expected = server.post(path, &token, &asked).await.body;
        for id in [
            json!(7),
            json!({"a": []}),
            json!([]),
            Value::Null,
            json!(""),
        ] {
            asked[searched]["id"] = id;
            assert_eq!(server.post(path, &token, &asked).await.body, expected);
        }
    }
}
