//! Are all users and all organizations listed by name, each once?

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roster_tests::proxy::Proxy;
use roster_tests::told::{event, stack_with, tell};
use serde_json::{Value, json};

use crate::paging::whole;
use crate::server::{Server, organization, user};

fn named(id: &str, name: &str) -> Value {
    event(
        "UserCreated",
        0,
        json!({"id": id, "name": name, "email": "x@x.org"}),
    )
}

fn renamed(id: &str, second: u32, name: &str) -> Value {
    event("UserUpdated", second, json!({"id": id, "name": name}))
}

fn deleted(id: &str, second: u32) -> Value {
    event("UserDeleted", second, json!({"id": id}))
}

/// Ids and names of many users: few different names, in any case, so that many are equal.
fn crowd(count: u32) -> Vec<(String, String)> {
    let mut rng = StdRng::seed_from_u64(7);
    let mut name = |n| {
        let letters = ["a", "A", "é", "É", "z", " ", "o"];
        let length = rng.random_range(1..4);
        let name: String = (0..length)
            .map(|_| letters[rng.random_range(0..letters.len())])
            .collect();
        (format!("user-{n}"), format!("x{name}"))
    };
    (0..count).map(&mut name).collect()
}

fn number(id: &str) -> u32 {
    id.strip_prefix("user-").unwrap().parse().unwrap()
}

/// The ids in the order of the list.
fn in_order(mut users: Vec<(String, String)>) -> Vec<String> {
    users.sort_by_key(|(id, name)| format!("{}\t{id}", name.to_lowercase()));
    users.into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn thousands_of_users_are_listed_by_name_each_once() {
    let users = crowd(2_500);
    let events = users.iter().map(|(id, name)| named(id, name)).collect();
    let server = Server::told(events).await;
    let expected = in_order(users.clone());
    for limit in [1_000, 97] {
        let listed = whole(&server, "/users", limit, "userId").await;
        assert!(listed == expected, "limit {limit}");
    }
    for prefix in ["x", "XA", "xÉ", "xé ", "xaa", "xq"] {
        let folded = prefix.to_lowercase();
        let begin = |(_, name): &(String, String)| name.to_lowercase().starts_with(&folded);
        let expected = in_order(users.iter().filter(|user| begin(user)).cloned().collect());
        assert!(expected.is_empty() == (prefix == "xq"));
        let path = format!(
            "/users?namePrefix={}",
            prefix.replace(' ', "%20").replace('É', "%C3%89")
        );
        let path = path.replace('é', "%C3%A9");
        for limit in [1_000, 50] {
            let listed = whole(&server, &path, limit, "userId").await;
            assert!(listed == expected, "{prefix}, limit {limit}");
        }
    }
}

#[tokio::test]
async fn users_whose_names_do_not_change_are_listed_once_while_others_are_renamed_and_removed() {
    let users = crowd(400);
    let events = users.iter().map(|(id, name)| named(id, name)).collect();
    let server = Server::told(events).await;
    let token = server.service();
    let mut path = "/users?limit=30".to_owned();
    let mut seen = Vec::new();
    let mut rng = StdRng::seed_from_u64(8);
    let mut second = 0;
    loop {
        let page = server.get(&path, &token).await;
        seen.extend(page.ids("userId").into_iter().map(str::to_owned));
        let Some(next) = page.body["next"].as_str() else {
            break;
        };
        path = format!("/users?limit=30&cursor={next}");
        second += 1;
        let changes = (0..40).map(|_| {
            let id = format!("user-{}", rng.random_range(0..200));
            match rng.random_range(0..3) {
                0 => deleted(&id, second),
                1 => renamed(&id, second, "aaa"),
                _ => renamed(&id, second, "zzz"),
            }
        });
        tell(&server.stack, changes.collect()).await;
    }
    assert!(second > 8);
    let unchanged = |id: &String| number(id) >= 200;
    seen.retain(unchanged);
    let mut expected = in_order(users);
    expected.retain(unchanged);
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_list_shows_the_newest_name_and_nobody_who_was_removed() {
    let server = Server::told(vec![
        named("ada", "Ada"),
        named("ADA", "ADA"),
        named("grace", "Grace"),
        renamed("grace", 1, "Ada B"),
        named("gone", "Ada"),
        deleted("gone", 1),
        named("back", "Ada"),
        deleted("back", 1),
        event(
            "UserCreated",
            2,
            json!({"id": "back", "name": "ada again", "email": "y@x.org"}),
        ),
        // It has no put yet.
        renamed("pending", 1, "Ada"),
        organization("acme"),
    ])
    .await;
    let ids = async |path: &str| whole(&server, path, 2, "userId").await;
    assert_eq!(ids("/users").await, ["ADA", "ada", "back", "grace"]);
    assert_eq!(ids("/users?namePrefix=ada%20").await, ["back", "grace"]);
    assert_eq!(ids("/users?namePrefix=Grace").await, [""; 0]);
    let page = server
        .get("/users?namePrefix=ADA%20B", &server.service())
        .await;
    assert_eq!(page.body["items"][0]["name"], "Ada B");
    assert_eq!(page.body["consistent"], false);
    assert_eq!(page.body["complete"], true);
}

#[tokio::test]
async fn all_organizations_are_listed_for_services_only() {
    let events = ["b", "a", "c"].map(organization).into();
    let server = Server::told(events).await;
    let ids = async |path: &str| whole(&server, path, 1, "organizationId").await;
    assert_eq!(ids("/organizations").await, ["a", "b", "c"]);
    assert_eq!(ids("/organizations?namePrefix=NAME%20OF%20B").await, ["b"]);
    let ada = server.user("ada");
    let own = server.get("/organizations", &ada).await;
    assert_eq!((own.status, &own.body["items"]), (200, &json!([])));
    for path in [
        "/organizations?namePrefix=Name",
        "/users",
        "/users?namePrefix=a&limit=1",
    ] {
        let refused = server.get(path, &ada).await;
        assert_eq!(refused.status, 403, "{path}");
    }
}

#[tokio::test]
async fn names_longer_than_the_key_are_found_by_all_of_their_prefix() {
    let long = |end: &str| format!("{}{end}", "Ä".repeat(500));
    let events = vec![
        named("one", &long("one")),
        named("two", &long("two")),
        user("other"),
    ];
    let server = Server::told(events).await;
    assert_eq!(
        whole(&server, "/users?namePrefix=%C3%84", 1, "userId").await,
        ["one", "two"]
    );
    let path = format!("/users?namePrefix={}T", "%C3%A4".repeat(500));
    let page = server.get(&path, &server.service()).await;
    assert_eq!(page.ids("userId"), ["two"]);
}

#[tokio::test]
async fn a_cursor_is_for_its_own_list_and_prefix() {
    let events = vec![
        named("a", "Ada"),
        named("b", "Adam"),
        organization("o"),
        organization("p"),
    ];
    let server = Server::told(events).await;
    let token = server.service();
    let page = server.get("/users?namePrefix=ad&limit=1", &token).await;
    let next = page.body["next"].as_str().unwrap();
    for (path, status) in [
        ("/users?namePrefix=ad", 200),
        ("/users?namePrefix=ada", 400),
        ("/users?limit=1", 400),
        ("/organizations?namePrefix=ad", 400),
        ("/roles?limit=1", 400),
    ] {
        let answer = server.get(&format!("{path}&cursor={next}"), &token).await;
        assert_eq!(answer.status, status, "{path}");
    }
    for (path, field) in [
        ("/users?namePrefix=", "namePrefix"),
        ("/users?email=a@x.org&namePrefix=a", "namePrefix"),
        ("/organizations?name=a&namePrefix=a", "namePrefix"),
        ("/users?prefix=a", "prefix"),
    ] {
        let answer = server.get(path, &token).await;
        assert_eq!(
            (answer.status, &answer.body["field"]),
            (400, &json!(field)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_reads_little_more_than_its_entities() {
    let users = crowd(2_000);
    let events = users.iter().map(|(id, name)| named(id, name)).collect();
    let mut stack = stack_with(events).await;
    let proxy = Proxy::start(stack.table_address).await;
    stack.table_address = proxy.address;
    let server = Server::over(stack).await;
    let token = server.service();
    for (limit, most_keys, most_requests) in [(1, 50, 20), (100, 400, 30), (1_000, 3_200, 60)] {
        proxy.take_counts();
        proxy.take_keys();
        let page = server.get(&format!("/users?limit={limit}"), &token).await;
        let ids: BTreeSet<_> = page.ids("userId").into_iter().collect();
        let (keys, requests) = (
            proxy.take_keys(),
            proxy.take_counts().values().sum::<usize>(),
        );
        println!("limit {limit}: {keys} keys in {requests} requests");
        assert_eq!(ids.len(), limit);
        assert!(
            keys <= most_keys && requests <= most_requests,
            "{limit}: {keys}, {requests}"
        );
    }
}
