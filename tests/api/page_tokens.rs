//! Do cursors and page tokens lead only to the next page, and do they reveal nothing?

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use roster_tests::told::event;
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

const SUBJECTS: &str = "/access/v1/search/subject";
const RESOURCES: &str = "/access/v1/search/resource";
const ACTIONS: &str = "/access/v1/search/action";

/// Ids that only a service may learn.
const HIDDEN: [&str; 4] = [
    "secret-removed",
    "secret-project",
    "secret-org",
    "secret-member",
];

/// `ada` is an admin of `acme`, where `rita` is a reader and `nora` has a role without
/// `projects:read`; `otto` is an admin elsewhere; `eve` is not in the directory.
async fn world() -> Server {
    let mut events: Vec<_> = ["ada", "rita", "nora", "otto", "secret-member", "u1", "u2"]
        .map(user)
        .into();
    events.extend(["acme", "other", "secret-org"].map(organization));
    let project = |id: &str, owner: &str| {
        let payload = json!({"id": id, "name": id, "ownerOrganizationId": owner,
            "createdByUserId": "ada"});
        event("ProjectCreated", 1, payload)
    };
    let listless = json!({"id": "listless", "name": "Listless", "permissionIds": []});
    let nora = json!({"organizationId": "acme", "userId": "nora", "roleId": "listless"});
    events.extend([
        event("RoleCreated", 0, listless),
        event("OrganizationUserAdded", 1, nora),
        member("Added", 1, "acme", "ada", "admin"),
        member("Added", 1, "acme", "rita", "reader"),
        member("Added", 1, "acme", "u1", "reader"),
        member("Added", 1, "acme", "u2", "reader"),
        member("Added", 1, "acme", "secret-removed", "reader"),
        member("Removed", 2, "acme", "secret-removed", "reader"),
        member("Added", 1, "other", "otto", "admin"),
        member("Added", 1, "secret-org", "secret-member", "admin"),
        project("apollo", "acme"),
        project("gemini", "acme"),
        project("secret-project", "secret-org"),
    ]);
    for id in ["core", "ops", "web"] {
        let team = json!({"organizationId": "acme", "id": id, "name": id});
        events.push(event("TeamCreated", 1, team));
        let place = json!({"organizationId": "acme", "teamId": id, "userId": "rita"});
        events.push(event("TeamUserAdded", 1, place));
    }
    Server::told(events).await
}

fn search(subject: &str, action: &str, kind: &str, id: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": action},
        "resource": {"type": kind, "id": id}, "context": {"a": 1},
        "page": {"limit": 1, "properties": {"sort": "id"}}})
}

/// Each request with pages.
fn searches() -> Vec<(&'static str, Value)> {
    vec![
        (SUBJECTS, search("", "members:read", "organization", "acme")),
        (SUBJECTS, search("", "projects:read", "project", "apollo")),
        (
            RESOURCES,
            search("rita", "members:read", "organization", ""),
        ),
        (RESOURCES, search("rita", "projects:read", "project", "")),
        (ACTIONS, search("rita", "", "organization", "acme")),
    ]
}

fn lists() -> Vec<&'static str> {
    vec![
        "/organizations/acme/users",
        "/organizations/acme/users?absent=true",
        "/organizations/acme/users?role=reader",
        "/organizations/acme/teams",
        "/organizations/acme/projects",
        "/users/rita/teams",
    ]
}

fn page_of(path: &str, cursor: Option<&str>) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    let cursor = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
    format!("{path}{sign}limit=1{cursor}")
}

/// Every token that a caller gets from any request, with its source.
async fn tokens(server: &Server, caller: &str) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    for path in lists() {
        let answer = server.get(&page_of(path, None), caller).await;
        if let Some(next) = answer.body["next"].as_str() {
            tokens.push((path.to_owned(), next.to_owned()));
        }
    }
    for (path, asked) in searches() {
        let answer = server.post(path, caller, &asked).await;
        let next = answer.body["page"]["next_token"].as_str();
        if let Some(next) = next.filter(|next| !next.is_empty()) {
            tokens.push((format!("{path} {asked}"), next.to_owned()));
        }
    }
    tokens
}

#[tokio::test]
async fn a_token_is_refused_for_every_other_request_and_caller() {
    let server = world().await;
    let callers: Vec<_> = ["ada", "rita", "nora", "otto", "eve"]
        .map(|id| server.user(id))
        .into_iter()
        .chain([server.service()])
        .collect();
    let mut given = Vec::new();
    for caller in &callers {
        for (of, token) in tokens(&server, caller).await {
            given.push((caller.clone(), of, token));
        }
    }
    assert!(given.len() > 20, "{}", given.len());
    for (owner, of, token) in &given {
        for caller in &callers {
            for path in lists() {
                let own = caller == owner && path == of;
                let answer = server.get(&page_of(path, Some(token)), caller).await;
                let expected: &[u16] = if own { &[200] } else { &[400, 403, 404] };
                assert!(expected.contains(&answer.status), "{of} at {path}");
            }
            for (path, mut asked) in searches() {
                let own = caller == owner && format!("{path} {asked}") == *of;
                asked["page"] = json!({"token": token});
                let answer = server.post(path, caller, &asked).await;
                let expected: &[u16] = if own { &[200] } else { &[400, 403] };
                assert!(expected.contains(&answer.status), "{of} at {path} {asked}");
            }
        }
    }
}

#[tokio::test]
async fn a_search_token_is_refused_when_any_part_of_the_request_changes() {
    let server = world().await;
    let caller = server.service();
    for (path, asked) in searches() {
        let first = server.post(path, &caller, &asked).await;
        let token = first.body["page"]["next_token"].as_str().unwrap();
        if token.is_empty() {
            continue;
        }
        let mut next = asked.clone();
        next["page"]["token"] = json!(token);
        assert_eq!(server.post(path, &caller, &next).await.status, 200);
        next["page"] = json!({"token": token});
        let alone = server.post(path, &caller, &next).await;
        assert_eq!(alone.status, 200, "{}", alone.body);
        let results = alone.body["results"].as_array().unwrap();
        assert!(results.len() <= 1, "the token knows the limit");
        let searched = ["subject", "resource", "action"]
            .into_iter()
            .find(|name| path.ends_with(name))
            .unwrap();
        for (pointer, value) in [
            ("/page/limit", json!(2)),
            ("/page/properties", json!({"sort": "name"})),
            ("/context", json!({"a": 2})),
            ("/context", Value::Null),
            ("/subject/properties", json!({"role": "admin"})),
            ("/resource/properties", json!({"x": 1})),
            ("/action/properties", json!({"soft": true})),
            ("/subject/type", json!("planet")),
            ("/subject/id", json!("otto")),
            ("/resource/type", json!("planet")),
            ("/resource/id", json!("gemini")),
            ("/action/name", json!("members:manage")),
        ] {
            // The id of what is searched for is ignored, and so is the action in an action
            // search.
            let part = pointer.split('/').nth(1).unwrap();
            if part == searched && (part == "action" || pointer.ends_with("/id")) {
                continue;
            }
            let mut changed = next.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[name] = value;
            let answer = server.post(path, &caller, &changed).await;
            assert_eq!(answer.status, 400, "{path} {pointer}");
            assert_eq!(answer.body["type"], "urn:roster:problem:foreign-cursor");
        }
        let mut reordered = next.clone();
        reordered["context"] = serde_json::from_str(r#"{"a": 1}"#).unwrap();
        reordered["unknown"] = json!(1);
        assert_eq!(server.post(path, &caller, &reordered).await.status, 200);
    }
}

#[tokio::test]
async fn a_forged_token_is_a_400() {
    let server = world().await;
    let callers = [server.user("ada"), server.user("eve"), server.service()];
    let readable = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let mut forged = vec![
        "x".to_owned(),
        "not base64!".replace(' ', "%20").replace('!', "%21"),
        "A".repeat(1_200),
        // The tokens of an earlier version: the request and the position in plain text.
        readable("organization\nacme\nusers\u{1}USER#u1"),
        readable("organization\nacme\nusers\u{1}USER#"),
        readable("organization\nacme\nusers\u{1}"),
        readable(
            "resource\nuser\neve\nprojects:read\nproject\u{1}{\"Organization\":[\"secret-org\",null,null]}",
        ),
        readable(
            "subject\nuser\nmembers:read\norganization\nacme\u{1}{\"source\":{\"Members\":\"secret-org\"},\"from\":null}",
        ),
    ];
    for (_, token) in tokens(&server, &callers[0]).await {
        let sealed = URL_SAFE_NO_PAD.decode(&token).unwrap();
        // Each region of a token: nonce, contents, padding, tag.
        for at in [
            0,
            11,
            12,
            20,
            22,
            30,
            400,
            sealed.len() - 17,
            sealed.len() - 1,
        ] {
            let mut changed = sealed.clone();
            changed[at] ^= 0x40;
            forged.push(URL_SAFE_NO_PAD.encode(changed));
        }
        forged.push(token.get(4..).unwrap().to_owned());
    }
    for caller in &callers {
        for token in &forged {
            for path in lists() {
                let answer = server.get(&page_of(path, Some(token)), caller).await;
                assert!([400, 403, 404].contains(&answer.status), "{path} {token}");
                assert_eq!(answer.body["items"], Value::Null);
            }
            for (path, mut asked) in searches() {
                asked["page"] = json!({"token": token});
                let answer = server.post(path, caller, &asked).await;
                assert!([400, 403].contains(&answer.status), "{path} {token}");
                assert_eq!(answer.body["results"], Value::Null);
            }
        }
    }
}

#[tokio::test]
async fn a_token_reveals_nothing_by_its_bytes_or_its_length() {
    let server = world().await;
    let mut lengths = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for caller in ["ada", "rita", "nora", "otto"] {
        let caller = server.user(caller);
        for path in lists() {
            let mut cursor = None;
            loop {
                let answer = server.get(&page_of(path, cursor.as_deref()), &caller).await;
                let Some(next) = answer.body["next"].as_str() else {
                    break;
                };
                let bytes = URL_SAFE_NO_PAD.decode(next).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                for id in HIDDEN.iter().chain(&["acme", "rita", "USER", "apollo"]) {
                    assert!(!text.contains(id), "{path}");
                }
                lengths.insert(bytes.len());
                assert!(seen.insert(next.to_owned()), "no token comes twice");
                cursor = Some(next.to_owned());
            }
        }
        for (_, token) in tokens(&server, &caller).await {
            lengths.insert(URL_SAFE_NO_PAD.decode(&token).unwrap().len());
        }
    }
    assert_eq!(lengths.len(), 1, "{lengths:?}");
    // Equal bytes at one position would show what two tokens have in common.
    let tokens: Vec<_> = seen
        .iter()
        .map(|token| URL_SAFE_NO_PAD.decode(token).unwrap())
        .collect();
    for at in 0..tokens[0].len() {
        let values: BTreeSet<_> = tokens.iter().map(|token| token[at]).collect();
        assert!(values.len() > 1, "byte {at}");
    }
}

#[tokio::test]
async fn no_response_names_what_the_caller_may_not_see() {
    let server = world().await;
    for id in ["ada", "rita", "nora", "otto", "eve"] {
        let caller = server.user(id);
        let mut said = String::new();
        for path in lists() {
            said += &server
                .get(&page_of(path, None), &caller)
                .await
                .body
                .to_string();
        }
        for (path, asked) in searches() {
            said += &server.post(path, &caller, &asked).await.body.to_string();
        }
        for hidden in HIDDEN {
            let is_for_admins = hidden == "secret-removed" && id == "ada";
            assert!(is_for_admins || !said.contains(hidden), "{id}: {hidden}");
        }
    }
}
