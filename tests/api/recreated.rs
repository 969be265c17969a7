//! Does anything that was granted before a removal count after it?
//!
//! Random histories, in which most entities are removed and created again, arrive in any order. Each
//! decision and the effectiveness of each relationship is compared with the independent model.
//! `ROSTER_SEED=N` replays the world of that seed.

use std::env;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::conformance::model::Model;
use crate::server::Server;

/// Worlds, which run one after another, and the histories in each. The ids of a history begin with
/// its number, so histories are distinct.
const WORLDS: u64 = 10;
const HISTORIES: usize = 100;

/// Events in a history.
const EVENTS: usize = 45;

const PERMISSIONS: [&str; 4] = ["members:manage", "projects:read", "projects:update", "own"];

/// The events of a history, in the order of their times.
fn history(rng: &mut StdRng, number: usize) -> Vec<Value> {
    let id = |name: &str| format!("{number}{name}");
    let mut events = Vec::new();
    for minute in 0..EVENTS {
        let mut one = |of: [&str; 2]| id(of.choose(rng).unwrap());
        let (user, organization) = (one(["u", "v"]), one(["o", "p"]));
        let (team, project) = (one(["t", "t"]), one(["x", "x"]));
        let owner = *["ownerUserId", "ownerOrganizationId"].choose(rng).unwrap();
        let role = match rng.random_range(0..4) {
            0 => json!({}),
            1 => json!({"role": "writer"}),
            2 => json!({"role": "admin"}),
            _ => json!({"roleId": id("r")}),
        };
        let (kind, mut payload) = match rng.random_range(0..12) {
            0 | 1 => ("User", json!({"id": user, "name": "n", "email": "n@x.org"})),
            2 => ("Organization", json!({"id": organization, "name": "n"})),
            3 | 4 => (
                "OrganizationUser",
                json!({"organizationId": organization, "userId": user, "role": "admin"}),
            ),
            5 => (
                "Team",
                json!({"organizationId": organization, "id": team, "name": "n"}),
            ),
            6 => (
                "TeamUser",
                json!({"organizationId": organization, "teamId": team, "userId": user}),
            ),
            7 => (
                "Project",
                json!({"id": project, "name": "n", "createdByUserId": user,
                    owner: if owner == "ownerUserId" { &user } else { &organization }}),
            ),
            8 => ("ProjectUser", json!({"projectId": project, "userId": user})),
            9 => (
                "ProjectTeam",
                json!({"projectId": project, "organizationId": organization, "teamId": team}),
            ),
            10 => {
                let listed = ["projects:update", &id("own")];
                (
                    "Role",
                    json!({"id": id("r"), "name": "n", "permissionIds": listed}),
                )
            }
            _ => ("Permission", json!({"id": id("own"), "name": "n"})),
        };
        let relates = kind.ends_with("User") && kind != "User" || kind == "ProjectTeam";
        let assigns = relates && kind != "TeamUser";
        if let (true, Some(role)) = (assigns && role != json!({}), role.as_object()) {
            let payload = payload.as_object_mut().unwrap();
            payload.remove("role");
            payload.extend(role.clone());
        }
        let verb = match (rng.random_range(0..10), relates) {
            (0..2, true) => "Removed",
            (0..2, false) => "Deleted",
            (2, _) if kind == "OrganizationUser" || kind == "Role" => "Updated",
            (2, _) if kind == "User" => ["Deactivated", "Activated"].choose(rng).unwrap(),
            (_, true) => "Added",
            (_, false) => "Created",
        };
        let timestamp = format!("2026-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
        events.push(json!({"eventId": "e", "type": format!("{kind}{verb}"),
            "timestamp": timestamp, "payload": payload}));
    }
    events
}

/// What to ask about a history: user, permission, kind and id of the resource.
fn questions(number: usize) -> Vec<[String; 4]> {
    let id = |name: &str| format!("{number}{name}");
    let mut questions = Vec::new();
    for user in ["u", "v"] {
        for permission in PERMISSIONS {
            let permission = match permission {
                "own" => id("own"),
                built_in => built_in.to_owned(),
            };
            for (kind, of) in [
                ("organization", "o"),
                ("organization", "p"),
                ("project", "x"),
            ] {
                questions.push([id(user), permission.clone(), kind.to_owned(), id(of)]);
            }
        }
    }
    questions
}

/// Compares the decisions about two histories, which fit in one request. Returns how many are
/// granted.
async fn compare_decisions(server: &Server, model: &Model, numbers: &[usize]) -> usize {
    let asked: Vec<_> = numbers.iter().copied().flat_map(questions).collect();
    let evaluations = asked.iter().map(|[user, permission, kind, id]| {
        json!({"subject": {"type": "user", "id": user}, "action": {"name": permission},
            "resource": {"type": kind, "id": id}})
    });
    let body = json!({"evaluations": evaluations.collect::<Vec<_>>()});
    let token = server.service();
    let answer = server.post("/access/v1/evaluations", &token, &body).await;
    let decisions = answer.body["evaluations"].as_array().unwrap();
    assert_eq!(decisions.len(), asked.len());
    let mut granted = 0;
    for ([user, permission, kind, id], found) in asked.iter().zip(decisions) {
        let expected = model.allows(user, permission, kind, id);
        assert_eq!(
            found["decision"], expected,
            "{user} {permission} {kind} {id}: {found}"
        );
        granted += usize::from(expected);
    }
    granted
}

/// Compares which members and team members of an organization are effective. Returns how many are
/// not.
async fn compare_lists(server: &Server, model: &Model, organization: &str, team: &str) -> usize {
    let token = server.service();
    let mut void = 0;
    for (path, kind) in [
        (format!("/organizations/{organization}/users"), "member"),
        (
            format!("/teams/{team}/users?organizationId={organization}"),
            "team member",
        ),
    ] {
        let answer = server.get(&path, &token).await;
        let items = answer.body["items"].as_array().cloned().unwrap_or_default();
        for item in items {
            let user = item["userId"].as_str().unwrap();
            let expected = match kind {
                "member" => model.counts("member", &[organization, user]),
                _ => model.counts("team member", &[organization, team, user]),
            };
            assert_eq!(item["effective"], expected, "{path}: {item}");
            void += usize::from(!expected);
        }
    }
    void
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_before_a_removal_is_not_granted_after_it() {
    let seed = env::var("ROSTER_SEED").ok();
    let seeds = match seed {
        Some(seed) => vec![seed.parse().unwrap()],
        None => (0..WORLDS).collect::<Vec<_>>(),
    };
    let (mut granted, mut void) = (0, 0);
    for seed in seeds {
        let mut rng = StdRng::seed_from_u64(seed);
        let told = |number| history(&mut rng, number);
        let mut events: Vec<_> = (0..HISTORIES).flat_map(told).collect();
        let model = Model::told(&events);
        events.shuffle(&mut rng);
        let server = Server::told(events).await;
        let numbers: Vec<_> = (0..HISTORIES).collect();
        for pair in numbers.chunks(2) {
            granted += compare_decisions(&server, &model, pair).await;
        }
        for number in numbers {
            for organization in ["o", "p"] {
                let (organization, team) =
                    (format!("{number}{organization}"), format!("{number}t"));
                void += compare_lists(&server, &model, &organization, &team).await;
            }
        }
    }
    assert!(
        granted > 200 && void > 50,
        "{granted} granted, {void} not effective"
    );
}
