//! The metadata document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::endpoint::{ACTIONS, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, good};
use super::suite::Suite;
use super::target::Request;
use crate::server::Answer;

/// The path of the document.
pub const WELL_KNOWN: &str = "/.well-known/authzen-configuration";

/// The members that name an endpoint, with the path of each.
const KEYS: [(&str, &str); 5] = [
    ("access_evaluation_endpoint", EVALUATION),
    ("access_evaluations_endpoint", EVALUATIONS),
    ("search_subject_endpoint", SUBJECTS),
    ("search_resource_endpoint", RESOURCES),
    ("search_action_endpoint", ACTIONS),
];

/// All checks of the document.
pub async fn check(suite: &Suite) {
    let base = suite.target.base().to_owned();
    for (header, value) in [
        ("Accept", "*/*"),
        ("Accept", "application/json"),
        ("Host", "elsewhere.example"),
        ("X-Forwarded-Host", "elsewhere.example"),
        ("Authorization", "Bearer x"),
    ] {
        let answer = suite.target.ask(&at(WELL_KNOWN, &[(header, value)])).await;
        describes(suite, &answer, &base);
    }
    endpoints(suite).await;
    if suite.target.is_function() {
        below_a_path(suite).await;
    }
    for method in ["POST", "PUT", "DELETE"] {
        let mut request = at(WELL_KNOWN, &[]);
        request.method = method;
        let answer = suite.target.ask(&request).await;
        suite
            .checks
            .equal(&answer.status, &405, || method.to_owned());
    }
}

fn at(path: &str, headers: &[(&'static str, &str)]) -> Request {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Request {
        method: "GET",
        path: path.to_owned(),
        headers: headers.collect::<BTreeMap<_, _>>(),
        body: Vec::new(),
    }
}

/// Whether a response is the document of an API at this address.
fn describes(suite: &Suite, answer: &Answer, base: &str) {
    let checks = &suite.checks;
    let what = |what: &str| format!("the metadata of {base}: {what} of {:?}", answer);
    checks.equal(&answer.status, &200, || what("status"));
    let media_type = answer.headers.get("content-type");
    checks.holds(
        media_type.is_some_and(|of| of == "application/json"),
        || what("media type"),
    );
    let kept = answer.headers.get("cache-control");
    let kept = kept.and_then(|kept| kept.to_str().ok()).unwrap_or_default();
    checks.holds(kept.contains("max-age"), || what("cache-control"));
    let decides = &answer.body["policy_decision_point"];
    checks.equal(&decides.as_str(), &Some(base), || {
        what("policy_decision_point")
    });
    for (key, path) in KEYS {
        let expected = format!("{base}{path}");
        let found = answer.body[key].as_str();
        checks.equal(&found, &Some(&*expected), || what(key));
    }
    let secure = |url: &str| {
        let loopback = url.starts_with("http://127.0.0.1:");
        (loopback || url.starts_with("https://")) && !url.contains(['?', '#'])
    };
    let members = answer.body.as_object().unwrap();
    for (name, member) in members {
        let url = name.ends_with("_endpoint") || name == "policy_decision_point";
        let right = match member {
            Value::String(text) if url => secure(text),
            Value::String(_) => true,
            Value::Array(all) => name == "capabilities" && all.iter().all(Value::is_string),
            _ => false,
        };
        checks.holds(right, || what(name));
    }
}

/// Everything that the document names exists.
async fn endpoints(suite: &Suite) {
    let document = suite.target.ask(&at(WELL_KNOWN, &[])).await.body;
    for (key, _) in KEYS {
        let url = document[key].as_str().unwrap_or_default();
        let path = url.strip_prefix(suite.target.base()).unwrap_or_default();
        let answer = suite.post(path, &good()).await;
        suite
            .checks
            .equal(&answer.status, &200, || format!("{key} {url}"));
    }
}

/// The document of an address with a path is below the well-known path.
async fn below_a_path(suite: &Suite) {
    for url in [
        "https://directory.example",
        "https://directory.example:8443/tenant1",
        "https://directory.example/iam/v1",
    ] {
        let path = url
            .splitn(4, '/')
            .nth(3)
            .map_or(String::new(), |path| format!("/{path}"));
        let request = at(&format!("{WELL_KNOWN}{path}"), &[]);
        let answer = suite.target.ask_function_at(url, &request).await;
        describes(suite, &answer, url);
        let other = at(&format!("{WELL_KNOWN}{path}/other"), &[]);
        let answer = suite.target.ask_function_at(url, &other).await;
        suite
            .checks
            .equal(&answer.status, &404, || format!("{url}: another path"));
    }
}
