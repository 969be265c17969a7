//! The certification scenario, with the directory's types.
//!
//! Its records are projects: alice edits `record-1`, on which bob works, and bob is the admin of
//! the archive that owns `record-2`. To read, write and hard-delete are permissions on projects;
//! to soft-delete is a custom permission, since properties do not affect decisions here.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use roster_tests::told::event;
use serde_json::{Value, json};

use super::endpoint::{ACTIONS, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, question};
use super::model::Model;
use super::pages;
use super::suite::Suite;
use crate::server::{member, organization, user};

/// Deletes softly.
const SOFT: &str = "records:archive";

/// Users, including those that left and those that never existed.
const USERS: [&str; 6] = ["alice", "bob", "carol", "dave", "eve", "nobody"];

/// The built-in permissions, two custom ones, and one that does not exist.
const PERMISSIONS: [&str; 12] = [
    "organization:read",
    "organization:update",
    "members:read",
    "members:manage",
    "teams:manage",
    "projects:read",
    "projects:create",
    "projects:update",
    "projects:delete",
    SOFT,
    "records:gone",
    "records:never",
];

/// Organizations and projects, including those that were removed and those that never existed.
const PLACES: [(&str, &str); 10] = [
    ("organization", "office"),
    ("organization", "archive"),
    ("organization", "helpers"),
    ("organization", "closed"),
    ("organization", "nowhere"),
    ("project", "record-1"),
    ("project", "record-2"),
    ("project", "record-3"),
    ("project", "diary"),
    ("project", "nothing"),
];

/// The directory of the scenario, with additional access through teams and ownership, and removed
/// entities.
pub fn events() -> Vec<Value> {
    let mut events: Vec<_> = USERS[..5].iter().map(|id| user(id)).collect();
    events.extend(["office", "archive", "helpers", "closed"].map(organization));
    let role = json!({"id": "editor", "name": "Editor",
        "permissionIds": ["projects:read", "projects:update", SOFT, "records:gone"]});
    events.push(event("RoleCreated", 0, role));
    for id in [SOFT, "records:gone"] {
        events.push(event("PermissionCreated", 0, json!({"id": id, "name": id})));
    }
    let editor = json!({"organizationId": "office", "userId": "alice", "roleId": "editor"});
    let crew = json!({"organizationId": "helpers", "teamId": "crew"});
    let with = |name: &str, id: &str| {
        let mut crew = crew.clone();
        crew[name] = json!(id);
        crew
    };
    let mut on_diary = with("projectId", "diary");
    on_diary["role"] = json!("writer");
    events.extend([
        event("OrganizationUserAdded", 1, editor),
        member("Added", 1, "archive", "bob", "admin"),
        member("Added", 1, "helpers", "dave", "writer"),
        member("Added", 1, "helpers", "eve", "admin"),
        member("Added", 1, "closed", "carol", "admin"),
        member("Added", 1, "office", "carol", "admin"),
        project("record-1", "ownerOrganizationId", "office"),
        project("record-2", "ownerOrganizationId", "archive"),
        project("record-3", "ownerOrganizationId", "closed"),
        project("diary", "ownerUserId", "carol"),
        event(
            "ProjectUserAdded",
            1,
            json!({"projectId": "record-1", "userId": "bob"}),
        ),
        event(
            "TeamCreated",
            1,
            json!({"organizationId": "helpers", "id": "crew", "name": "Crew"}),
        ),
        event("TeamUserAdded", 1, with("userId", "dave")),
        event("TeamUserAdded", 1, with("userId", "eve")),
        event("ProjectTeamAdded", 1, on_diary),
        event("UserDeleted", 2, json!({"id": "eve"})),
        event("OrganizationDeleted", 2, json!({"id": "closed"})),
        event("PermissionDeleted", 2, json!({"id": "records:gone"})),
        member("Removed", 2, "office", "carol", "admin"),
    ]);
    events
}

fn project(id: &str, owner: &str, of: &str) -> Value {
    let payload = json!({"id": id, "name": id, owner: of, "createdByUserId": "alice"});
    event("ProjectCreated", 1, payload)
}

/// The eight decisions of the scenario: user, permission, project, and the properties that it sends.
fn rules() -> Vec<(&'static str, &'static str, &'static str, Value, bool)> {
    let read = "projects:read";
    let write = "projects:update";
    let archived = json!({"resource": {"status": "archived"}});
    let admin = json!({"subject": {"role": "admin"}, "resource": {"status": "archived"}});
    let soft = |soft: bool| json!({"action": {"soft": soft}});
    vec![
        ("alice", read, "record-1", json!({}), true),
        ("alice", write, "record-1", json!({}), true),
        ("bob", read, "record-1", json!({}), true),
        ("bob", write, "record-1", json!({}), false),
        ("alice", write, "record-2", archived, false),
        ("bob", write, "record-2", admin, true),
        ("alice", SOFT, "record-1", soft(true), true),
        ("alice", "projects:delete", "record-1", soft(false), false),
    ]
}

/// Variants of a request that have the same result.
fn variants(asked: &Value, properties: &Value) -> Vec<Value> {
    let mut sent = asked.clone();
    let mut more = asked.clone();
    for part in ["subject", "action", "resource"] {
        if let Some(properties) = properties.get(part) {
            sent[part]["properties"] = properties.clone();
        }
        more[part]["properties"] = json!({"role": "manager", "department": "Sales",
            "method": "GET", "owner": "bob", "status": "active", "deep": [{"a": [null]}]});
        more[part]["note"] = json!([1]);
    }
    let mut context = asked.clone();
    context["context"] = json!({"time": "2026-10-26T01:22-07:00", "admin": true});
    context["note"] = json!({"decision": false});
    vec![asked.clone(), sent, more, context]
}

/// The scenario, and every decision and search in its directory.
pub async fn check(suite: &Suite) {
    decisions(suite).await;
    let decided = all_decisions(suite).await;
    scenario_searches(suite).await;
    searches(suite, &decided).await;
}

/// The eight decisions, in every variant, each as a single evaluation and as one of several,
/// twice.
async fn decisions(suite: &Suite) {
    for (user, permission, project, properties, expected) in rules() {
        let asked = question(user, permission, "project", project);
        for asked in variants(&asked, &properties) {
            for path in [EVALUATION, EVALUATIONS, EVALUATION] {
                let answer = suite.post(path, &asked).await;
                let found = (answer.status, answer.body["decision"].clone());
                let expected = (200, json!(expected));
                suite
                    .checks
                    .equal(&found, &expected, || format!("{path} {asked}"));
            }
            let several = json!({"evaluations": [asked, asked]});
            let answer = suite.post(EVALUATIONS, &several).await;
            let items = answer.body["evaluations"].as_array().unwrap().iter();
            let found: Vec<_> = items.map(|item| item["decision"].clone()).collect();
            let expected = vec![json!(expected); 2];
            suite.checks.equal(&found, &expected, || asked.to_string());
        }
    }
}

/// The permitted requests: user, permission, type and id of the resource.
type Permitted = BTreeSet<(String, String, String, String)>;

/// Sends each possible request in the directory separately and compares the decisions with the
/// model.
async fn all_decisions(suite: &Suite) -> Permitted {
    let model = Model::told(&events());
    let questions = USERS.into_iter().flat_map(|user| {
        let of = move |permission| PLACES.map(|place| (user, permission, place));
        PERMISSIONS.into_iter().flat_map(of)
    });
    let answers = stream::iter(questions).map(async |(user, permission, (kind, id))| {
        let asked = question(user, permission, kind, id);
        let answer = suite.post(EVALUATION, &asked).await;
        let expected = model.allows(user, permission, kind, id);
        let found = answer.body["decision"].clone();
        suite
            .checks
            .equal(&(answer.status, found), &(200, json!(expected)), || {
                asked.to_string()
            });
        let one = [user, permission, kind, id].map(str::to_owned);
        (answer.body["decision"] == true).then_some(one.into())
    });
    let permitted = answers.buffer_unordered(8).collect::<Vec<_>>().await;
    permitted.into_iter().flatten().collect()
}

/// The expected results of the scenario's searches.
async fn scenario_searches(suite: &Suite) {
    for (path, asked, expected) in [
        (
            SUBJECTS,
            question("", "projects:read", "project", "record-1"),
            &["alice", "bob"][..],
        ),
        (
            RESOURCES,
            question("alice", "projects:read", "project", ""),
            &["record-1"],
        ),
        (
            ACTIONS,
            question("alice", "", "project", "record-1"),
            &["projects:read", "projects:update"],
        ),
        (
            SUBJECTS,
            question("", "projects:update", "project", "record-2"),
            &["bob"],
        ),
        (
            RESOURCES,
            question("bob", "projects:update", "project", ""),
            &["record-2"],
        ),
        (
            ACTIONS,
            question("bob", "", "project", "record-2"),
            &["projects:update"],
        ),
    ] {
        let found = pages::follow(suite, path, &asked, None).await;
        for id in expected {
            let there = found.found.iter().any(|found| found == id);
            suite
                .checks
                .holds(there, || format!("{path} {asked}: {id}"));
        }
    }
}

/// Each search finds exactly what single evaluations permit, with pages of any length.
async fn searches(suite: &Suite, permitted: &Permitted) {
    let mut searches = Vec::new();
    for permission in PERMISSIONS {
        for (kind, id) in PLACES {
            let of = |one: &[String; 4]| one[1..] == [permission, kind, id];
            searches.push((
                SUBJECTS,
                question("", permission, kind, id),
                pick(permitted, 0, of),
            ));
        }
    }
    for user in USERS {
        for permission in PERMISSIONS {
            for kind in ["organization", "project"] {
                let of = |one: &[String; 4]| one[..3] == [user, permission, kind];
                let asked = question(user, permission, kind, "");
                searches.push((RESOURCES, asked, pick(permitted, 3, of)));
            }
        }
        for (kind, id) in PLACES {
            let of = |one: &[String; 4]| one[0] == user && one[2..] == [kind, id];
            searches.push((
                ACTIONS,
                question(user, "", kind, id),
                pick(permitted, 1, of),
            ));
        }
    }
    let searches = searches.into_iter().enumerate();
    let compared = stream::iter(searches).map(async |(n, (path, asked, expected))| {
        // All lengths occur; `paging` tries them all for one search.
        let limits = [None, Some(1), Some(2), Some(0), Some(9_999)];
        let limit = limits[n % limits.len()].map(Value::from);
        let found = pages::follow(suite, path, &asked, limit.clone()).await;
        found.compare(suite, &expected, || format!("{path} {asked} {limit:?}"));
    });
    compared.buffer_unordered(8).collect::<Vec<_>>().await;
}

fn pick(permitted: &Permitted, part: usize, of: impl Fn(&[String; 4]) -> bool) -> Vec<String> {
    let all = permitted
        .iter()
        .map(|(a, b, c, d)| [a, b, c, d].map(String::clone));
    all.filter(of).map(|one| one[part].clone()).collect()
}
