//! Is a list complete when it is read page by page?

use std::collections::BTreeSet;

use roster_tests::told::{event, tell};
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

#[tokio::test]
async fn unchanged_members_are_listed_exactly_once_while_others_change() {
    let name = |n: u32| format!("u{n:04}");
    let mut events = vec![organization("acme"), user("u0000")];
    let members = (0..1_000).map(|n| {
        let role = if n == 0 { "admin" } else { "reader" };
        member("Added", 1, "acme", &name(n), role)
    });
    events.extend(members);
    let server = Server::told(events).await;
    let token = server.user("u0000");
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/organizations/acme/users?limit=30".to_owned();
    let mut round = 0;
    loop {
        let page = server.get(&path, &token).await;
        assert_eq!(
            (page.status, &page.body["consistent"]),
            (200, &Value::Bool(true))
        );
        seen.extend(page.ids("userId").into_iter().map(str::to_owned));
        assert_eq!(page.body["complete"], page.body["next"].is_null());
        let Some(next) = page.body["next"].as_str() else {
            break;
        };
        path = format!("/organizations/acme/users?limit=30&cursor={next}");
        // A tenth is removed, some of them already returned and some not; two are added, one
        // before and one after the cursor.
        let gone = (1..1_000).filter(|n| n % 10 == round % 10 && n % 10 != 0);
        let mut changes: Vec<_> = gone
            .map(|n| member("Removed", 2, "acme", &name(n), "reader"))
            .collect();
        changes.push(member(
            "Added",
            1,
            "acme",
            &format!("u0000-{round}"),
            "reader",
        ));
        changes.push(member("Added", 1, "acme", &format!("v{round}"), "reader"));
        tell(&server.stack, changes).await;
        round += 1;
    }
    assert!(round > 10);
    let once: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(seen.len(), once.len(), "nobody twice");
    let stayed = (0..1_000).filter(|n| n % 10 == 0).map(name);
    let missed: Vec<_> = stayed.filter(|name| !once.contains(name)).collect();
    assert_eq!(missed, [""; 0]);
}

#[tokio::test]
async fn a_cursor_leads_only_to_the_next_page_of_its_request() {
    let server = Server::told(vec![
        user("ada"),
        organization("a"),
        organization("b"),
        member("Added", 1, "a", "ada", "admin"),
        member("Added", 1, "a", "bob", "admin"),
        member("Added", 1, "b", "ada", "admin"),
    ])
    .await;
    let token = server.user("ada");
    let page = server.get("/organizations/a/users?limit=1", &token).await;
    let next = page.body["next"].as_str().unwrap();
    let of = |path: &str| format!("{path}?cursor={next}");
    assert_eq!(
        server
            .get(&of("/organizations/a/users"), &token)
            .await
            .status,
        200
    );
    for path in [
        "/organizations/b/users",
        "/organizations/a/teams",
        "/organizations/a/projects",
        "/users/ada/organizations",
        "/roles",
    ] {
        let answer = server.get(&of(path), &token).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.body["type"], "urn:roster:problem:foreign-cursor");
    }
}

/// Reads a list page by page and checks that each page is as long as it may be.
pub async fn whole(server: &Server, path: &str, limit: usize, id: &str) -> Vec<String> {
    let token = server.service();
    let sign = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{sign}limit={limit}");
    let mut next = first.clone();
    let mut seen = Vec::new();
    loop {
        let page = server.get(&next, &token).await;
        assert_eq!(page.status, 200, "{path}: {:?}", page.body);
        let ids = page.ids(id);
        let complete = page.body["complete"].as_bool().unwrap();
        assert_eq!(complete, page.body["next"].is_null(), "{path}");
        assert!(
            ids.len() == limit || (complete && ids.len() < limit),
            "{path}, limit {limit}"
        );
        seen.extend(ids.into_iter().map(str::to_owned));
        let Some(cursor) = page.body["next"].as_str() else {
            return seen;
        };
        next = format!("{first}&cursor={cursor}");
    }
}

#[tokio::test]
async fn the_limit_counts_built_in_roles_and_permissions() {
    for custom in [0, 1, 4] {
        let mut events = Vec::new();
        for n in 0..custom {
            let role = json!({"id": format!("r{n}"), "name": "R", "permissionIds": []});
            events.push(event("RoleCreated", 1, role));
            let permission = json!({"id": format!("p{n}"), "name": "P"});
            events.push(event("PermissionCreated", 1, permission));
        }
        let server = Server::told(events).await;
        for (path, id, built_in, prefix) in [
            ("/roles", "roleId", 3, "r"),
            ("/permissions", "permissionId", 9, "p"),
        ] {
            let all = whole(&server, path, 1_000, id).await;
            let (first, then) = all.split_at(built_in);
            let customs: Vec<_> = (0..custom).map(|n| format!("{prefix}{n}")).collect();
            assert_eq!(then, customs, "{path}: custom ones come last, by id");
            assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), built_in);
            for limit in 1..built_in + custom + 2 {
                assert_eq!(
                    whole(&server, path, limit, id).await,
                    all,
                    "{path}, limit {limit}"
                );
            }
        }
    }
}
