//! Errors in one of several evaluations, and in all of them.

use serde_json::{Value, json};

use super::batch::End::{Fail, Permit};
use super::batch::ends;
use super::endpoint::{ENDPOINTS, EVALUATIONS, good, with};
use super::suite::Suite;

/// All possible errors.
pub async fn check(suite: &Suite) {
    wrong_items(suite).await;
    wrong_payloads(suite).await;
}

/// An invalid item is denied with a 400 in its context that names the error, and the other items
/// are not affected.
async fn wrong_items(suite: &Suite) {
    let endpoint = &ENDPOINTS[1];
    let places = endpoint.objects.iter().chain(endpoint.strings);
    let mut items = Vec::new();
    for place in places {
        for value in [json!(7), json!([]), json!(true)] {
            items.push((with(&good(), place, Some(value)), *place));
        }
        if place.contains('.') {
            items.push((with(&good(), place, None), *place));
            items.push((with(&good(), place, Some(Value::Null)), *place));
        }
    }
    for place in [
        "context",
        "subject.properties",
        "action.properties",
        "resource.properties",
    ] {
        for value in [json!(7), json!([]), json!("x")] {
            items.push((with(&good(), place, Some(value)), place));
        }
    }
    for item in [json!(7), json!("x"), json!([]), json!(null), json!(true)] {
        items.push((item, "evaluations"));
    }
    for (item, field) in items {
        let body = with(&good(), "evaluations", Some(json!([{}, item, {}])));
        let answer = suite.post(EVALUATIONS, &body).await;
        let found = (answer.status, ends(&answer));
        suite
            .checks
            .equal(&found, &(200, vec![Permit, Fail, Permit]), || {
                body.to_string()
            });
        let error = &answer.body["evaluations"][1]["context"]["error"];
        let told = error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty());
        let found = (&error["status"], &error["field"], told);
        let expected = (&json!(400), &json!(field), true);
        suite.checks.equal(&found, &expected, || body.to_string());
    }
}

/// An error in the request as a whole is a 400, whether or not an item needs that part.
async fn wrong_payloads(suite: &Suite) {
    for evaluations in [
        json!("x"),
        json!(7),
        json!(true),
        json!({}),
        json!({"0": {}}),
    ] {
        let body = with(&good(), "evaluations", Some(evaluations));
        let answer = suite.post(EVALUATIONS, &body).await;
        suite.refused(&answer, "evaluations", || body.to_string());
    }
    let endpoint = &ENDPOINTS[1];
    let optional = [
        "context",
        "subject.properties",
        "action.properties",
        "resource.properties",
    ];
    let places = endpoint.objects.iter().chain(endpoint.strings);
    for place in places.copied().chain(optional) {
        for value in [json!(7), json!([]), json!(true)] {
            for item in [json!({}), good()] {
                let body = with(&good(), "evaluations", Some(json!([item])));
                let body = with(&body, place, Some(value.clone()));
                let answer = suite.post(EVALUATIONS, &body).await;
                suite.refused(&answer, place, || body.to_string());
            }
        }
    }
}
