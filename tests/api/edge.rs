//! Rate limits, cross-origin access for web pages, and ambiguous bodies.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use roster_http::{Cors, Quota, RateLimits};
use roster_stack::http_api::ApiSettings;
use roster_tests::told::stack_with;
use serde_json::{Value, json};

use crate::server::{Answer, Server, organization, user};

const EVALUATION: &str = "/access/v1/evaluation";

async fn with(settings: ApiSettings) -> Server {
    let events = vec![user("ada"), user("eve"), organization("acme")];
    Server::with(stack_with(events).await, settings).await
}

/// An hour for each unit, so that none is restored during a test.
const fn quota(units: u32) -> Quota {
    Quota {
        units,
        window: Duration::from_secs(3_600 * units as u64),
    }
}

async fn limited() -> Server {
    let limits = RateLimits {
        user: quota(3),
        service: quota(5),
        failures: quota(2),
    };
    with(ApiSettings {
        limits,
        ..ApiSettings::default()
    })
    .await
}

/// A header as the draft defines it: a string, then parameters that are whole numbers.
fn parameters(headers: &HeaderMap, name: &str) -> Vec<(String, u64)> {
    let text = headers[name].to_str().unwrap();
    let parameters = text.strip_prefix(r#""caller";"#).unwrap().split(';');
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    parameters.map(pair).collect()
}

fn pairs<const N: usize>(pairs: [(&str, u64); N]) -> Vec<(String, u64)> {
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
    pairs.into()
}

fn says(answer: &Answer, kind: &str) -> bool {
    answer.body["type"] == format!("urn:roster:problem:{kind}")
}

#[tokio::test]
async fn a_caller_over_its_limit_gets_retry_after_and_others_are_not_affected() {
    let server = limited().await;
    let eve = server.user("eve");
    // Errors count as well, and state the remaining quota like any response.
    for (path, status, left) in [
        ("/users/eve", 200, 2),
        ("/users/ada", 404, 1),
        ("/users/eve?x=1", 400, 0),
    ] {
        let answer = server.get(path, &eve).await;
        assert_eq!(answer.status, status, "{path}");
        let policy = parameters(&answer.headers, "ratelimit-policy");
        assert_eq!(policy, pairs([("q", 3), ("w", 3 * 3_600)]));
        let limit = parameters(&answer.headers, "ratelimit");
        assert_eq!(limit[0], ("r".to_owned(), left));
        assert_eq!(limit[1].0, "t");
    }
    let answer = server.get("/users/eve", &eve).await;
    assert_eq!(answer.status, 429);
    assert!(says(&answer, "too-many-requests"), "{answer:?}");
    let wait: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((3_590..=3_600).contains(&wait), "{wait}");
    let limit = parameters(&answer.headers, "ratelimit");
    assert_eq!(limit[0], ("r".to_owned(), 0));
    // Retry-After must not be earlier than the reset of the limit.
    assert!(limit[1].0 == "t" && limit[1].1 <= wait);
    assert_eq!(
        server.get("/users/ada", &server.user("ada")).await.status,
        200
    );
    for _ in 0..5 {
        assert_eq!(
            server.get("/users/eve", &server.service()).await.status,
            200
        );
    }
    assert_eq!(
        server.get("/users/eve", &server.service()).await.status,
        429
    );
}

#[tokio::test]
async fn a_flood_without_valid_tokens_does_not_affect_known_callers() {
    let server = limited().await;
    let (ada, eve) = (server.user("ada"), server.user("eve"));
    assert_eq!(server.get("/users/ada", &ada).await.status, 200);
    for token in ["", "x"] {
        let answer = server.get("/users/ada", token).await;
        assert_eq!(answer.status, 401);
        assert!(!answer.headers.contains_key("ratelimit"));
    }
    // From now on, even a valid token is not checked if it is new.
    for token in ["", "x", &eve] {
        let answer = server.get("/users/eve", token).await;
        assert_eq!(answer.status, 429);
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!(server.get("/users/ada", &ada).await.status, 200);
    for open in ["/health", "/openapi.json"] {
        assert_eq!(server.get(open, "").await.status, 200, "{open}");
    }
}

#[tokio::test]
async fn the_document_describes_the_limits_and_their_headers() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let responses = &document["paths"]["/users/{id}"]["get"]["responses"];
    let headers = responses["429"]["headers"].as_object().unwrap();
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["RateLimit", "RateLimit-Policy", "Retry-After"]);
    assert!(responses["503"]["headers"]["Retry-After"].is_object());
    assert!(responses["408"].is_object());
}

const PAGE: &str = "https://app.example";

async fn for_pages() -> Server {
    with(ApiSettings {
        cors: Cors::parse(PAGE).unwrap(),
        ..ApiSettings::default()
    })
    .await
}

async fn asked_by(server: &Server, method: &str, path: &str, origin: &str) -> Answer {
    let request = server
        .request(method, path, "")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,content-type",
        );
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_send_requests_and_read_errors() {
    let server = for_pages().await;
    let answer = asked_by(&server, "OPTIONS", EVALUATION, PAGE).await;
    assert_eq!(answer.status, 204);
    for (name, expected) in [
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "GET, HEAD, POST"),
        (
            "access-control-allow-headers",
            "Authorization, Content-Type, If-None-Match, X-Request-ID",
        ),
        ("access-control-max-age", "3600"),
        ("vary", "Origin"),
    ] {
        assert_eq!(answer.headers[name], expected, "{name}");
    }
    for (path, status) in [("/health", 200), ("/users/ada", 401), ("/nowhere", 404)] {
        let answer = asked_by(&server, "GET", path, PAGE).await;
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.headers["access-control-allow-origin"], PAGE,
            "{path}"
        );
        let exposed = answer.headers["access-control-expose-headers"]
            .to_str()
            .unwrap();
        for name in [
            "ETag",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "X-Request-ID",
        ] {
            assert!(exposed.split(", ").any(|exposed| exposed == name), "{name}");
        }
    }
}

#[tokio::test]
async fn no_other_page_may_read_responses_and_none_may_call_the_local_issuer() {
    let server = for_pages().await;
    let others = with(ApiSettings::default()).await;
    for (server, origin, path) in [
        (&server, "https://other.example", EVALUATION),
        (&others, PAGE, EVALUATION),
        (&server, PAGE, "/issuer/token"),
    ] {
        let request = server
            .request("OPTIONS", path, "")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST");
        let answer = server.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 405, "{origin} {path}");
        let names = answer.headers().keys().map(|name| name.as_str());
        let cors: Vec<_> = names
            .filter(|name| name.starts_with("access-control"))
            .collect();
        assert_eq!(cors, [""; 0], "{origin} {path}");
    }
    let answer = others.get("/health", "").await;
    assert!(!answer.headers.contains_key("vary"));
}

#[tokio::test]
async fn a_flood_does_not_block_preflight_requests() {
    let limits = RateLimits {
        failures: quota(1),
        ..RateLimits::GENEROUS
    };
    let server = with(ApiSettings {
        limits,
        cors: Cors::parse(PAGE).unwrap(),
        ..ApiSettings::default()
    })
    .await;
    for status in [401, 429] {
        let answer = asked_by(&server, "GET", "/users/ada", PAGE).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers["access-control-allow-origin"], PAGE);
    }
    let answer = asked_by(&server, "OPTIONS", "/users/ada", PAGE).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn an_ambiguous_body_is_refused() {
    let server = with(ApiSettings::default()).await;
    let token = server.service();
    for (body, field) in [
        (
            r#"{"subject": {"type": "user", "id": "ada", "id": "eve"}}"#,
            "subject.id",
        ),
        (r#"{"action": {}, "\u0061ction": {}}"#, "action"),
        (
            r#"{"context": {"a": [{"b": 1, "b": 1}]}}"#,
            "context.a[0].b",
        ),
        (r#"{"subject": {"type": "user", "id": "\ud800"}}"#, "$"),
    ] {
        let request = server.request("POST", EVALUATION, &token);
        let request = request.header("Content-Type", "application/json");
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(
            (answer.status, &answer.body["field"]),
            (400, &json!(field)),
            "{body}"
        );
    }
    let fine: Value = json!({"subject": {"type": "user", "id": "ada"},
        "action": {"name": "members:read"}, "resource": {"type": "organization", "id": "acme"}});
    assert_eq!(server.post(EVALUATION, &token, &fine).await.status, 200);
}
