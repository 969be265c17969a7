//! The API as the function behind API Gateway, without the gateway.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use lambda_http::lambda_runtime::Context;
use lambda_http::request::LambdaRequest;
use lambda_http::{LambdaEvent, http};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

/// The id of every request here, so that responses can be compared unchanged.
const REQUEST: &str = "same-1";

/// The payload (format 2.0) that API Gateway creates for a request: the path decoded, the query
/// unchanged, header names in lower case.
pub fn payload(path: &str, query: &str, headers: &[(&str, &str)]) -> Value {
    let headers: BTreeMap<_, _> = headers.iter().copied().collect();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "000000000000", "apiId": "api", "domainName": "api.example",
            "domainPrefix": "api", "requestId": "r", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "tests"},
        },
    })
}

/// Passes a payload as text, as the Lambda runtime does.
pub async fn hand_over(router: &Router, payload: &Value) -> Answer {
    let request: LambdaRequest = serde_json::from_str(&payload.to_string()).unwrap();
    let event = LambdaEvent::new(request, Context::default());
    let answer = roster_http::gateway::answer(router.clone(), event)
        .await
        .unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["isBase64Encoded"], false);
    let headers = answer["headers"].as_object().unwrap().iter();
    let header = |(name, value): (&String, &Value)| {
        let name: http::HeaderName = name.parse().unwrap();
        (name, value.as_str().unwrap().parse().unwrap())
    };
    let answer = Answer {
        status: answer["statusCode"].as_u64().unwrap().try_into().unwrap(),
        headers: headers.map(header).collect(),
        body: match answer["body"].as_str() {
            None | Some("") => Value::Null,
            Some(text) => serde_json::from_str(text).unwrap(),
        },
    };
    answer.check();
    answer
}

/// Sends a request through the gateway, with a path and query as a client sends them.
pub async fn through_gateway(server: &Server, target: &str, token: &str) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = percent_decode_str(path).decode_utf8_lossy();
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("host", "api.example"),
        ("x-request-id", REQUEST),
    ];
    hand_over(&server.api.router, &payload(&path, query, &headers)).await
}

/// Sends a request over HTTP.
pub async fn locally(server: &Server, target: &str, token: &str) -> Answer {
    let request = server
        .request("GET", target, token)
        .header("X-Request-ID", REQUEST);
    server.send(request.body(Body::empty()).unwrap()).await
}

/// Sends a request both ways and returns the response after checking that both are equal.
pub async fn alike(server: &Server, target: &str, token: &str) -> Answer {
    let local = locally(server, target, token).await;
    let deployed = through_gateway(server, target, token).await;
    let said = |answer: &Answer| {
        let headers = ["content-type", "etag", "cache-control", "x-request-id"];
        let headers = headers.map(|name| answer.headers.get(name).cloned());
        (answer.status, headers, answer.body.clone())
    };
    assert_eq!(said(&local), said(&deployed), "{target}");
    local
}
