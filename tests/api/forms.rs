//! Malformed input other than paths: queries, and headers about host and scheme.

use lambda_http::http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::gateway::{alike, hand_over, payload};
use crate::server::{Server, organization, user};

const FORWARDED: [&str; 5] = [
    "host",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "forwarded",
];

async fn world() -> Server {
    Server::told(vec![user("ada"), user("\u{fffd}"), organization("acme")]).await
}

#[tokio::test]
async fn a_malformed_query_is_refused_with_the_name_of_its_field() {
    let server = world().await;
    let token = server.service();
    let ampersands = "&".repeat(10_000);
    for (query, field) in [
        ("%", "query"),
        ("limit=%", "limit"),
        ("limit=%zz", "limit"),
        ("limit=1%", "limit"),
        ("id=%FF", "id"),
        ("%FF=1", "query"),
        ("limit", "limit"),
        ("=", "query"),
        ("=1", "query"),
        ("&", "query"),
        ("limit=1&", "query"),
        ("limit=1&&absent=true", "query"),
        (ampersands.as_str(), "query"),
    ] {
        let target = format!("/organizations/-/users?{query}");
        let answer = alike(&server, &target, &token).await;
        let told = (answer.status, &answer.body["field"]);
        assert_eq!(told, (400, &json!(field)), "{query}");
    }
    let answer = alike(&server, "/users/ada?", &token).await;
    assert_eq!(answer.body["userId"], "ada");
}

/// A user has the id that a lenient decoder would make of a broken one.
#[tokio::test]
async fn a_broken_id_is_never_repaired() {
    let server = world().await;
    let token = server.service();
    for target in ["/users/%FF", "/users/-?id=%FF"] {
        assert_eq!(alike(&server, target, &token).await.status, 400, "{target}");
    }
    let whole = alike(&server, "/users/-?id=%EF%BF%BD", &token).await;
    assert_eq!(whole.body["userId"], "\u{fffd}");
}

#[tokio::test]
async fn headers_about_host_and_scheme_change_no_response() {
    let server = world().await;
    let bearer = format!("Bearer {}", server.service());
    for header in FORWARDED {
        for value in [
            "",
            " ",
            ",",
            "https, http",
            "https,http",
            "ht tp",
            "://",
            "javascript:",
            "é",
            "[",
            "[::1",
            "a b",
            "a/b?c#d",
            "a:99999999",
            "user@host",
            "%",
            "..",
            "\u{1f469}",
            "x-ü, y",
        ] {
            let headers = [("authorization", bearer.as_str()), (header, value)];
            let router = &server.api.router;
            let answer = hand_over(router, &payload("/users/ada", "", &headers)).await;
            assert_eq!(answer.body["userId"], "ada", "{header}: {value}");
            let answer = hand_over(router, &payload("/users/a#b", "", &headers)).await;
            assert_eq!(answer.status, 400, "{header}: {value}");
            let about = payload("/.well-known/authzen-configuration", "", &headers);
            let answer = hand_over(router, &about).await;
            assert!(answer.status < 500, "{header}: {value}");
        }
    }
}

#[tokio::test]
async fn a_named_stage_and_a_missing_host_change_no_response() {
    let server = world().await;
    let bearer = format!("Bearer {}", server.service());
    let headers = [("authorization", bearer.as_str())];
    for (domain, stage) in [
        (json!("a b"), "dev"),
        (json!(null), "$default"),
        (json!("x"), "é ?#"),
    ] {
        let mut payload = payload("/users/ada", "", &headers);
        payload["requestContext"]["domainName"] = domain;
        payload["requestContext"]["stage"] = json!(stage);
        let answer = hand_over(&server.api.router, &payload).await;
        assert_eq!(answer.body["userId"], "ada", "{stage}");
    }
}

#[tokio::test]
async fn a_payload_without_an_address_is_refused() {
    let server = world().await;
    let long = "x".repeat(70_000);
    for (path, query) in [
        ("", ""),
        ("users/ada", ""),
        (long.as_str(), ""),
        (&format!("/{long}"), ""),
        ("/users/ada", &long),
    ] {
        let answer = hand_over(&server.api.router, &payload(path, query, &[])).await;
        let told = (answer.status, &answer.body["field"]);
        assert_eq!(told, (400, &json!("path")));
    }
}

/// Runs a property against a single server.
fn hold<S: Strategy>(cases: u32, strategy: &S, property: impl AsyncFn(&Server, S::Value)) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(world());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let hold = |value| {
        runtime.block_on(property(&server, value));
        Ok(())
    };
    TestRunner::new(config).run(strategy, hold).unwrap();
}

/// Text that mostly resembles paths and queries.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => proptest::sample::select(vec![
            "/", "//", ".", "..", "%", "%2F", "%00", "%ff", "?", "#", "&", "=", "+", "\\", "-", "users",
            "organizations", "ada", "id", "id=", "limit=1", " ", "\t", "\"", "é", "\u{fffd}", "://", "@", "*",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

#[test]
fn nothing_that_the_gateway_hands_over_is_a_panic_or_a_500() {
    let header = text().prop_filter("it is no header", |text| {
        HeaderValue::from_str(text).is_ok()
    });
    let headers = proptest::collection::vec((proptest::sample::select(&FORWARDED), header), 0..4);
    let strategy = (
        prop_oneof![text(), text().prop_map(|text| format!("/{text}"))],
        text(),
        headers,
    );
    hold(2_000, &strategy, async |server, (path, query, headers)| {
        let bearer = format!("Bearer {}", server.service());
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = hand_over(&server.api.router, &payload(&path, &query, &all)).await;
        assert!(answer.status < 500);
    });
}

#[test]
fn any_path_has_the_same_response_over_http_and_through_the_gateway() {
    let segment =
        || text().prop_map(|text| utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string());
    let start =
        proptest::sample::select(vec!["", "/users", "/organizations", "/organizations/acme"]);
    let segments = proptest::collection::vec(segment(), 1..4);
    let value = proptest::option::of(segment());
    let strategy = (start, segments, value);
    hold(500, &strategy, async |server, (start, segments, value)| {
        let token = server.service();
        let query = value
            .map(|value| format!("?id={value}"))
            .unwrap_or_default();
        let target = format!("{start}/{}{query}", segments.join("/"));
        alike(server, &target, &token).await;
    });
}
