//! Shared by all parts of the suite: the API, and requests whose responses are always checked.

use serde_json::{Value, json};

use super::checks::Checks;
use super::endpoint::{EVALUATION, EVALUATIONS};
use super::target::{Request, Target};
use crate::server::Answer;

/// The API and the checks of it.
pub struct Suite {
    /// The API.
    pub target: Target,
    /// The checks.
    pub checks: Checks,
    service: String,
}

impl Suite {
    /// Starts without any checks.
    pub fn over(target: Target) -> Self {
        let service = target.server.service();
        Self {
            target,
            checks: Checks::default(),
            service,
        }
    }

    /// A service's request with a JSON body.
    pub fn request(&self, path: &str, body: &Value) -> Request {
        self.request_as(&self.service, path, body)
    }

    /// A request with this token and a JSON body.
    pub fn request_as(&self, token: &str, path: &str, body: &Value) -> Request {
        let headers = [
            ("Authorization", format!("Bearer {token}")),
            ("Content-Type", "application/json".to_owned()),
        ];
        Request {
            method: "POST",
            path: path.to_owned(),
            headers: headers.into(),
            body: body.to_string().into(),
        }
    }

    /// The response to a service. A successful response must have the specified shape.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(&self.service, path, body).await
    }

    /// The response to the bearer of a token.
    pub async fn post_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.request_as(token, path, body);
        let answer = self.target.ask(&request).await;
        if answer.status == 200 {
            let shaped = is_shaped(path, body, &answer.body);
            let media_type = answer.headers["content-type"] == "application/json";
            self.checks.holds(shaped && media_type, || {
                format!("the shape of the answer of {path} to {body}: {:?}", answer)
            });
        }
        answer
    }

    /// Checks that the response is a 400 that names the field.
    pub fn refused(&self, answer: &Answer, field: &str, what: impl FnOnce() -> String) {
        let found = (answer.status, answer.body["field"].as_str());
        self.checks.equal(&found, &(400, Some(field)), what);
    }

    /// Prints the number of checks, and fails unless all passed.
    pub fn finish(&self, what: &str) {
        self.checks
            .finish(&format!("{what}, {}", self.target.name()));
    }
}

/// The parts of a response that are the same each time.
pub fn said(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("requestId");
    }
    if let Some(token) = body.pointer_mut("/page/next_token") {
        *token = json!(token != "");
    }
    (answer.status, body)
}

/// Whether a response to a request has the shape in the specification.
fn is_shaped(path: &str, asked: &Value, answer: &Value) -> bool {
    let searched = |name: &str| asked[name]["type"].clone();
    let several = asked["evaluations"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    match path.rsplit_once('/').unwrap_or_default().1 {
        "evaluations" if several => {
            has_only(answer, &["evaluations"], &[]) && {
                let mut items = answer["evaluations"].as_array().unwrap().iter();
                items.all(is_decision)
            }
        }
        _ if [EVALUATION, EVALUATIONS].contains(&path) => is_decision(answer),
        "action" => are_results(answer, |one| has_only(one, &["name"], &[])),
        kind => are_results(answer, |one| {
            has_only(one, &["type", "id"], &[]) && one["type"] == searched(kind)
        }),
    }
}

fn is_decision(answer: &Value) -> bool {
    let context = answer.get("context").unwrap_or(&json!({})).is_object();
    has_only(answer, &["decision"], &["context"]) && answer["decision"].is_boolean() && context
}

fn are_results(answer: &Value, is_result: impl Fn(&Value) -> bool) -> bool {
    let results = answer["results"].as_array();
    has_only(answer, &["page", "results"], &["context"])
        && answer["page"]["next_token"].is_string()
        && results.is_some_and(|all| all.iter().all(is_result))
}

/// Whether a value is an object with these members and optionally the others, none of them null.
fn has_only(value: &Value, needed: &[&str], allowed: &[&str]) -> bool {
    let Some(object) = value.as_object() else {
        return false;
    };
    let known = |name: &String| needed.contains(&&**name) || allowed.contains(&&**name);
    needed.iter().all(|name| object.contains_key(*name))
        && object
            .iter()
            .all(|(name, member)| known(name) && !member.is_null())
}
