//! How much the most expensive requests read. `functions/api/README.md` has the figures, and the
//! test fails unless they match.

use roster_tests::proxy::Proxy;
use roster_tests::told::{event, stack_with};
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions/api/README.md");

/// The cost of following all pages of a request.
#[derive(Debug, Default)]
struct Cost {
    pages: usize,
    empty: usize,
    results: usize,
    requests: usize,
    keys: usize,
}

impl Cost {
    /// A row of the table in the README.
    fn row(&self, name: &str) -> String {
        let Self {
            pages,
            empty,
            results,
            requests,
            keys,
        } = self;
        format!("| {name} | {results} | {pages} | {empty} | {requests} | {keys} |")
    }
}

async fn over(events: Vec<Value>) -> (Server, Proxy) {
    let mut stack = stack_with(events).await;
    let proxy = Proxy::start(stack.table_address).await;
    stack.table_address = proxy.address;
    (Server::over(stack).await, proxy)
}

async fn search(server: &Server, proxy: &Proxy, path: &str, asked: &Value) -> Cost {
    let token = server.service();
    let mut cost = Cost::default();
    let mut asked = asked.clone();
    proxy.take_counts();
    proxy.take_keys();
    loop {
        let answer = server.post(path, &token, &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.body["results"].as_array().unwrap().len();
        cost.pages += 1;
        cost.empty += usize::from(results == 0);
        cost.results += results;
        match answer.body["page"]["next_token"].as_str().unwrap() {
            "" => break,
            next => asked["page"] = json!({"token": next}),
        }
    }
    cost.requests = proxy.take_counts().values().sum();
    cost.keys = proxy.take_keys();
    cost
}

async fn list(server: &Server, proxy: &Proxy, path: &str) -> Cost {
    let token = server.service();
    let mut cost = Cost::default();
    let mut from = path.to_owned();
    proxy.take_counts();
    proxy.take_keys();
    loop {
        let answer = server.get(&from, &token).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.ids("userId").len();
        cost.pages += 1;
        cost.empty += usize::from(results == 0);
        cost.results += results;
        match answer.body["next"].as_str() {
            None => break,
            Some(next) => from = format!("{path}?cursor={next}"),
        }
    }
    cost.requests = proxy.take_counts().values().sum();
    cost.keys = proxy.take_keys();
    cost
}

/// A member of 2,001 organizations, of which every third owns a project, with a few exceptions.
async fn many_organizations() -> Cost {
    let mut events = vec![user("ada")];
    for n in 0..2_001 {
        let id = format!("o{n:04}");
        events.push(organization(&id));
        events.push(member("Added", 1, &id, "ada", "reader"));
        if n % 3 == 0 && n < 1_800 {
            let payload = json!({"id": format!("p{n:04}"), "name": "P", "ownerOrganizationId": id,
                "createdByUserId": "ada"});
            events.push(event("ProjectCreated", 1, payload));
        }
    }
    let (server, proxy) = over(events).await;
    let asked = json!({"subject": {"type": "user", "id": "ada"}, "action": {"name": "projects:read"},
        "resource": {"type": "project"}});
    search(&server, &proxy, "/access/v1/search/resource", &asked).await
}

/// A project with 60 teams of 50 members each, a thousand people in all.
async fn many_teams() -> Cost {
    let mut events = vec![
        organization("acme"),
        organization("owner"),
        event(
            "ProjectCreated",
            1,
            json!({"id": "p", "name": "P",
            "ownerOrganizationId": "owner", "createdByUserId": "u0000"}),
        ),
    ];
    for n in 0..1_000 {
        let id = format!("u{n:04}");
        events.push(user(&id));
        events.push(member("Added", 1, "acme", &id, "reader"));
    }
    for t in 0..60 {
        let team = format!("t{t:02}");
        events.push(event(
            "TeamCreated",
            1,
            json!({"organizationId": "acme", "id": team, "name": "T"}),
        ));
        events.push(event(
            "ProjectTeamAdded",
            1,
            json!({"projectId": "p", "organizationId": "acme", "teamId": team}),
        ));
        for m in 0..50 {
            let id = format!("u{:04}", (t * 17 + m * 19) % 1_000);
            events.push(event(
                "TeamUserAdded",
                1,
                json!({"organizationId": "acme", "teamId": team, "userId": id}),
            ));
        }
    }
    let (server, proxy) = over(events).await;
    let asked = json!({"subject": {"type": "user"}, "action": {"name": "projects:read"},
        "resource": {"type": "project", "id": "p"}});
    search(&server, &proxy, "/access/v1/search/subject", &asked).await
}

/// Ten members after 5,000 that left.
async fn many_departed() -> Cost {
    let mut events = vec![organization("acme")];
    for n in 0..5_000 {
        let id = format!("d{n:04}");
        events.push(member("Removed", 2, "acme", &id, "reader"));
    }
    for n in 0..10 {
        let id = format!("u{n}");
        events.push(user(&id));
        events.push(member("Added", 1, "acme", &id, "reader"));
    }
    let (server, proxy) = over(events).await;
    list(&server, &proxy, "/organizations/acme/users").await
}

/// A list of a thousand members.
async fn many_members() -> Cost {
    let mut events = vec![organization("acme")];
    for n in 0..1_000 {
        let id = format!("u{n:04}");
        events.push(user(&id));
        events.push(member("Added", 1, "acme", &id, "reader"));
    }
    let (server, proxy) = over(events).await;
    list(&server, &proxy, "/organizations/acme/users").await
}

#[tokio::test]
async fn the_most_expensive_requests_read_what_the_readme_says() {
    let rows = [
        many_organizations()
            .await
            .row("where a member of 2,001 organizations may read projects"),
        many_teams()
            .await
            .row("who may read a project with 60 teams of 50"),
        many_departed()
            .await
            .row("the members behind 5,000 that left"),
        many_members().await.row("a thousand members"),
    ];
    for row in &rows {
        println!("{row}");
    }
    let readme = std::fs::read_to_string(README).unwrap_or_default();
    for row in rows {
        assert!(readme.contains(&row), "functions/api/README.md lacks {row}");
    }
}
