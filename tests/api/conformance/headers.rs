//! Headers, methods and tokens.

use serde_json::json;

use super::discovery::WELL_KNOWN;
use super::endpoint::{ENDPOINTS, good};
use super::suite::{Suite, said};
use super::target::Request;

const REQUEST_ID: &str = "X-Request-ID";

/// All checks apart from the body.
pub async fn check(suite: &Suite) {
    for endpoint in &ENDPOINTS {
        media_types(suite, endpoint.path).await;
        tokens(suite, endpoint.path).await;
        methods(suite, endpoint.path).await;
    }
    for request in requests(suite) {
        ids(suite, &request).await;
    }
}

/// Another media type, or none, is a 400; parameters of the right one are ignored.
async fn media_types(suite: &Suite, path: &str) {
    let good = suite.request(path, &good());
    let expected = said(&suite.target.ask(&good).await);
    for media_type in [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json; charset=iso-8859-1",
        "application/json ; profile=x; charset=utf-8",
        "APPLICATION/JSON",
        "Application/Json;Charset=Utf-8",
    ] {
        let mut request = good.clone();
        request
            .headers
            .insert("Content-Type", media_type.to_owned());
        let found = said(&suite.target.ask(&request).await);
        suite
            .checks
            .equal(&found, &expected, || format!("{path} {media_type}"));
    }
    let wrong = [
        "text/plain",
        "text/plain; charset=application/json",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/problem+json",
        "application/json+x",
        "application/jsonx",
        "application/jso",
        "application",
        "*/*",
        "json",
        "application/json, text/plain",
        "text/plain;application/json",
        "",
    ];
    for media_type in wrong.into_iter().map(Some).chain([None]) {
        let mut request = good.clone();
        request.headers.remove("Content-Type");
        if let Some(media_type) = media_type {
            request
                .headers
                .insert("Content-Type", media_type.to_owned());
        }
        let answer = suite.target.ask(&request).await;
        suite.refused(&answer, "Content-Type", || format!("{path} {media_type:?}"));
    }
}

/// Without a valid token, the response is a 401 with a challenge, whatever else is wrong.
async fn tokens(suite: &Suite, path: &str) {
    let good = suite.request(path, &good());
    let service = good.headers["Authorization"].clone();
    for authorization in [
        None,
        Some(String::new()),
        Some("Bearer x.y.z".to_owned()),
        Some("Basic YTpi".to_owned()),
        Some(service.replacen("Bearer ", "", 1)),
        Some(service.replacen("Bearer", "Basic", 1)),
        Some(format!("{service}x")),
    ] {
        for (media_type, body) in [
            ("application/json", good.body.clone()),
            ("application/json", b"{".to_vec()),
            ("text/plain", Vec::new()),
        ] {
            let mut request = good.clone();
            request.headers.remove("Authorization");
            if let Some(authorization) = &authorization {
                request
                    .headers
                    .insert("Authorization", authorization.clone());
            }
            request
                .headers
                .insert("Content-Type", media_type.to_owned());
            request.body = body;
            let answer = suite.target.ask(&request).await;
            let challenge = answer.headers.get("www-authenticate");
            let challenge = challenge.and_then(|challenge| challenge.to_str().ok());
            let bearer = challenge.is_some_and(|challenge| challenge.starts_with("Bearer"));
            suite
                .checks
                .equal(&(answer.status, bearer), &(401, true), || {
                    format!("{path} {authorization:?} {media_type}")
                });
        }
    }
    // A scheme without a token is an invalid request (RFC 6750, 3.1).
    for authorization in ["Bearer", "Bearer ", "Bearer a b"] {
        let mut request = good.clone();
        request
            .headers
            .insert("Authorization", authorization.to_owned());
        let answer = suite.target.ask(&request).await;
        let challenge = answer.headers.get("www-authenticate");
        let found = (answer.status, challenge.is_some());
        suite
            .checks
            .equal(&found, &(400, true), || format!("{path} {authorization}"));
    }
    let mut request = good.clone();
    let lower = service.replacen("Bearer", "bearer", 1);
    request.headers.insert("Authorization", lower);
    let answer = suite.target.ask(&request).await;
    suite
        .checks
        .equal(&answer.status, &200, || format!("{path} bearer"));
}

/// Only POST is allowed.
async fn methods(suite: &Suite, path: &str) {
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let mut request = suite.request(path, &good());
        request.method = method;
        let answer = suite.target.ask(&request).await;
        let allow = answer.headers.get("allow").map(|allow| allow == "POST");
        let found = (answer.status, allow);
        suite
            .checks
            .equal(&found, &(405, Some(true)), || format!("{method} {path}"));
    }
}

/// Requests with every kind of response.
fn requests(suite: &Suite) -> Vec<Request> {
    let mut requests = Vec::new();
    for endpoint in &ENDPOINTS {
        let good = suite.request(endpoint.path, &good());
        let mut bad = good.clone();
        bad.body = json!({}).to_string().into();
        let mut stranger = good.clone();
        stranger.headers.remove("Authorization");
        let nobody = suite.target.server.user("nobody");
        let forbidden = Request {
            headers: suite.request_as(&nobody, endpoint.path, &json!({})).headers,
            ..good.clone()
        };
        let mut method = good.clone();
        method.method = "GET";
        let mut elsewhere = good.clone();
        elsewhere.path.push_str("/nothing");
        requests.extend([good, bad, stranger, forbidden, method, elsewhere]);
    }
    requests.push(Request {
        method: "GET",
        path: WELL_KNOWN.to_owned(),
        headers: [].into(),
        body: Vec::new(),
    });
    requests
}

/// The id of a request is returned, and one is generated if it is missing.
async fn ids(suite: &Suite, request: &Request) {
    let long = "x".repeat(500);
    for id in [
        "bfe9eb29-ab87-4ca3-be83-a1d5d8305716",
        "1",
        "a b\tc",
        "!#$%&'*+-.^_`|~:/?@[]{}()<>=,;\\",
        "\"quoted\"",
        &long,
    ] {
        let mut request = request.clone();
        request.headers.insert(REQUEST_ID, id.to_owned());
        let answer = suite.target.ask(&request).await;
        let found = answer
            .headers
            .get_all(REQUEST_ID)
            .iter()
            .collect::<Vec<_>>();
        suite.checks.equal(&found, &vec![&id.parse().unwrap()], || {
            format!(
                "{} {} {id}: {}",
                request.method, request.path, answer.status
            )
        });
    }
    let answers = (
        suite.target.ask(request).await,
        suite.target.ask(request).await,
    );
    let (one, other) = (
        &answers.0.headers[REQUEST_ID],
        &answers.1.headers[REQUEST_ID],
    );
    suite.checks.holds(!one.is_empty() && one != other, || {
        format!("{} {}: ids of its own", request.method, request.path)
    });
}
