//! Does every id have its own address, and is nothing found at another's?

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use roster_tests::told::event;
use serde_json::{Value, json};

use crate::gateway::alike;
use crate::server::{Answer, Server, member};

/// The characters that a client encodes in a path segment and in a query value.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Forty-two valid ids.
fn ids() -> Vec<String> {
    let mut ids: Vec<_> = [
        "plain",
        "PLAIN",
        " with spaces ",
        "#",
        "gw-victim",
        "gw-victim#x",
        "gw-victim/organizations",
        "gw%2Dvictim",
        "what?limit=1",
        "%",
        "%23",
        "%2F",
        "%252F",
        "/",
        "//",
        "a",
        "a/organizations",
        "a/users/a",
        "../a",
        "..",
        ".",
        ".hidden.",
        "-",
        "a+b",
        "&",
        "a=b&c=d",
        ";",
        ":",
        "ada@example.org",
        "~",
        "\"'`",
        "back\\slash",
        "<script>",
        "{id}",
        "*",
        "$,!()[]|^",
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{1f469}\u{200d}\u{1f680}",
        "\u{645}\u{631}\u{202e}x",
        "\u{fffd}",
    ]
    .map(str::to_owned)
    .into();
    ids.push("x".repeat(256));
    assert_eq!(ids.len(), 42);
    ids
}

/// A directory in which each id is that of a user, an organization, a team and a project, all of
/// them related.
async fn world() -> Server {
    let told = ids()
        .into_iter()
        .enumerate()
        .flat_map(|(n, id)| told(n, &id));
    Server::told(told.collect()).await
}

fn told(n: usize, id: &str) -> Vec<Value> {
    let of = json!({"organizationId": id});
    let with = |more: Value| {
        let mut payload = of.clone();
        let more = more.as_object().unwrap().clone();
        payload.as_object_mut().unwrap().extend(more);
        payload
    };
    let project = json!({"id": id, "name": "P", "ownerOrganizationId": id, "createdByUserId": id});
    let on_project = |kind: &str| json!({"projectId": id, kind: id});
    let email = format!("user{n}@example.org");
    vec![
        event(
            "UserCreated",
            0,
            json!({"id": id, "name": "U", "email": email}),
        ),
        event("OrganizationCreated", 0, json!({"id": id, "name": "O"})),
        member("Added", 1, id, id, "admin"),
        event("TeamCreated", 1, with(json!({"id": id, "name": "T"}))),
        event(
            "TeamUserAdded",
            2,
            with(json!({"teamId": id, "userId": id})),
        ),
        event("ProjectCreated", 1, project),
        event("ProjectUserAdded", 2, on_project("userId")),
        event("ProjectTeamAdded", 2, with(on_project("teamId"))),
    ]
}

fn encoded(id: &str) -> String {
    utf8_percent_encode(id, RESERVED).to_string()
}

/// Every route with ids in its path, from the document.
fn routes() -> Vec<String> {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().keys();
    let routes: Vec<_> = paths.filter(|path| path.contains('{')).cloned().collect();
    assert!(routes.len() >= 11, "{routes:?}");
    routes
}

/// The names of the ids in a route.
fn names(route: &str) -> Vec<&str> {
    let parts = route.split('{').skip(1);
    parts.map(|part| part.split('}').next().unwrap()).collect()
}

fn in_path(route: &str, id: &str) -> String {
    let ids = names(route).into_iter();
    ids.fold(route.to_owned(), |path, name| {
        path.replacen(&format!("{{{name}}}"), &encoded(id), 1)
    })
}

fn in_query(route: &str, id: &str) -> String {
    let ids = names(route).into_iter();
    let query: Vec<_> = ids.map(|name| format!("{name}={}", encoded(id))).collect();
    format!("{}?{}", in_path(route, "-"), query.join("&"))
}

/// Whether a path segment can state this id unambiguously.
fn is_for_paths(id: &str) -> bool {
    !id.contains(['/', '%', '?', '#', '\\', '\u{fffd}']) && ![".", ".."].contains(&id)
}

/// The ids in a response, under any name.
fn told_ids<'a>(body: &'a Value) -> Vec<&'a str> {
    match body {
        Value::Array(items) => items.iter().flat_map(told_ids).collect(),
        Value::Object(members) => {
            let of = |(name, value): (&'a String, &'a Value)| match value {
                Value::String(id) if name.ends_with("Id") => vec![id.as_str()],
                value => told_ids(value),
            };
            members.iter().flat_map(of).collect()
        }
        _ => Vec::new(),
    }
}

fn is_about(answer: &Answer, id: &str, target: &str) {
    assert_eq!(answer.status, 200, "{target} {:?}", answer.body);
    let told = told_ids(&answer.body);
    assert!(!told.is_empty(), "{target}");
    assert!(told.iter().all(|told| *told == id), "{target} {told:?}");
}

fn is_refused(answer: &Answer, field: &str, target: &str) {
    let told = (answer.status, answer.body["field"].as_str());
    assert_eq!(told, (400, Some(field)), "{target}");
}

#[tokio::test]
async fn each_id_is_found_at_its_own_address_only_over_http_and_the_gateway() {
    let server = world().await;
    let token = server.service();
    let (mut found, mut refused, mut another) = (0, 0, 0);
    for id in ids() {
        for route in routes() {
            let target = in_query(&route, &id);
            is_about(&alike(&server, &target, &token).await, &id, &target);
            let target = in_path(&route, &id);
            let answer = alike(&server, &target, &token).await;
            if is_for_paths(&id) {
                is_about(&answer, &id, &target);
                found += 1;
            } else if id.contains('/') {
                // A path with more segments.
                let spelt = target.replace("%2F", "/");
                let there = alike(&server, &spelt, &token).await;
                assert_eq!((there.status, &there.body), (answer.status, &answer.body));
                another += 1;
            } else {
                is_refused(&answer, "path", &target);
                let detail = answer.body["detail"].as_str().unwrap();
                assert!(detail.contains("query parameter"), "{detail}");
                refused += 1;
            }
        }
    }
    let routes = routes().len();
    println!(
        "{} ids by {routes} routes: {found} paths answered, {refused} refused, {another} others",
        ids().len()
    );
    assert_eq!(found + refused + another, 42 * routes);
    assert_eq!((refused, another), (12 * routes, 6 * routes));
}

#[tokio::test]
async fn a_path_never_returns_another_entity() {
    let server = world().await;
    let token = server.service();
    for (id, path) in [
        ("gw-victim#x", "/users/gw-victim%23x"),
        ("gw%2Dvictim", "/users/gw%252Dvictim"),
    ] {
        is_refused(&alike(&server, path, &token).await, "path", path);
        let by_query = format!("/users/-?id={}", encoded(id));
        let answer = alike(&server, &by_query, &token).await;
        assert_eq!(answer.body["userId"], id);
    }
    // This path cannot be distinguished from the list, so it is the list everywhere.
    let path = "/users/gw-victim%2Forganizations";
    let answer = alike(&server, path, &token).await;
    assert_eq!(answer.ids("organizationId"), ["gw-victim"]);
    let by_query = "/users/-?id=gw-victim%2Forganizations";
    let answer = alike(&server, by_query, &token).await;
    assert_eq!(answer.body["userId"], "gw-victim/organizations");
}

#[tokio::test]
async fn an_id_in_the_path_and_in_the_query_is_refused() {
    let server = world().await;
    let token = server.service();
    for (target, field) in [
        ("/users/plain?id=plain", "id"),
        ("/users/plain?id=PLAIN", "id"),
        ("/users/plain?id=", "id"),
        ("/users/%2D%2D?id=plain", "id"),
        ("/users/-?id=plain&id=plain", "id"),
        ("/users/-?userId=plain", "userId"),
        ("/roles?id=plain", "id"),
        ("/organizations/plain/users/plain?userId=plain", "userId"),
        (
            "/organizations/-/users/plain?id=plain&userId=plain",
            "userId",
        ),
    ] {
        is_refused(&alike(&server, target, &token).await, field, target);
    }
}

#[tokio::test]
async fn each_of_two_ids_may_be_in_the_query() {
    let server = world().await;
    let token = server.service();
    for target in [
        "/organizations/a/users/a",
        "/organizations/-/users/a?id=a",
        "/organizations/a/users/-?userId=a",
        "/organizations/-/users/-?userId=a&id=a",
        "/organizations/%2D/users/%61?id=%61",
    ] {
        is_about(&alike(&server, target, &token).await, "a", target);
    }
    let target = "/organizations/-/users?id=a&limit=1";
    is_about(&alike(&server, target, &token).await, "a", target);
    // Without the parameter, it is an id.
    let target = "/organizations/-/users/-";
    is_about(&alike(&server, target, &token).await, "-", target);
}

#[tokio::test]
async fn an_invalid_id_is_not_found_in_either_form() {
    let server = world().await;
    let token = server.service();
    let long = "x".repeat(257);
    for target in [
        format!("/users/{long}"),
        format!("/users/-?id={long}"),
        "/users/-?id=".to_owned(),
        "/users/-?id=a%00b".to_owned(),
        "/users/nobody".to_owned(),
    ] {
        let answer = alike(&server, &target, &token).await;
        assert_eq!(answer.status, 404, "{target}");
    }
}

#[tokio::test]
async fn empty_and_dot_segments_are_refused_and_other_spellings_are_the_same_path() {
    let server = world().await;
    let token = server.service();
    for target in [
        "/users/",
        "/users/plain/",
        "//users/plain",
        "/users//plain",
        "/users//organizations",
        "/users/..",
        "/users/.",
        "/users/%2E%2e",
        "/users/plain/..",
        "/users/%2F",
        "/users/plain%2F",
        "/../users/plain",
        "/nothing/",
        "/%00",
        "/users/%FF",
        "/users/a%",
    ] {
        is_refused(&alike(&server, target, &token).await, "path", target);
    }
    for target in ["/%75sers/%70lain", "/users%2Fplain", "/users%2fplain"] {
        is_about(&alike(&server, target, &token).await, "plain", target);
    }
    for target in ["/", "/nothing", "/users/plain/nothing"] {
        assert_eq!(alike(&server, target, &token).await.status, 404, "{target}");
    }
}
