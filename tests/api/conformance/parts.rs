//! The members of a request: required, optional and unknown ones.

use serde_json::{Value, json};

use super::endpoint::{ENDPOINTS, Endpoint, good, with};
use super::suite::{Suite, said};

/// Every member of a request, at every endpoint.
pub async fn check(suite: &Suite) {
    for endpoint in &ENDPOINTS {
        required(suite, endpoint).await;
        optional(suite, endpoint).await;
        changes_nothing(suite, endpoint).await;
        nothing_known(suite, endpoint).await;
    }
}

/// Values that are not objects.
fn no_objects() -> [Value; 7] {
    let text = json!("alice");
    [
        text,
        json!(""),
        json!(7),
        json!(true),
        json!(false),
        json!([]),
        json!([{}]),
    ]
}

/// Values that are not strings.
fn no_strings() -> [Value; 7] {
    let object = json!({"id": "alice"});
    [
        json!(7),
        json!(1.5),
        json!(true),
        json!(false),
        json!([]),
        json!(["alice"]),
        object,
    ]
}

/// A required member that is missing, null or of another type is a 400.
async fn required(suite: &Suite, endpoint: &Endpoint) {
    let path = endpoint.path;
    let objects = endpoint.objects.iter().map(|place| (place, no_objects()));
    let strings = endpoint.strings.iter().map(|place| (place, no_strings()));
    for (place, wrong) in objects.chain(strings) {
        let wrong = wrong.into_iter().map(Some);
        for value in [None, Some(Value::Null)].into_iter().chain(wrong) {
            let asked = with(&good(), place, value);
            let answer = suite.post(path, &asked).await;
            suite.refused(&answer, place, || format!("{path} {asked}"));
        }
    }
    let empty = suite.post(path, &json!({})).await;
    suite.refused(&empty, "subject", || format!("{path} {{}}"));
}

/// The optional objects.
fn optional_objects(endpoint: &Endpoint) -> Vec<String> {
    let parts = endpoint.objects.iter();
    let mut places: Vec<_> = parts.map(|part| format!("{part}.properties")).collect();
    places.push("context".to_owned());
    if endpoint.is_search() {
        places.extend(["page", "page.properties"].map(str::to_owned));
    } else if endpoint.path.ends_with("evaluations") {
        places.push("options".to_owned());
    }
    places
}

/// An optional member may be null or any object without effect, and is a 400 with another type.
async fn optional(suite: &Suite, endpoint: &Endpoint) {
    let path = endpoint.path;
    let expected = said(&suite.post(path, &good()).await);
    for place in optional_objects(endpoint) {
        let objects = [
            json!({}),
            json!({"role": "admin", "soft": true, "ip": null}),
            json!({"deep": [[{"a": {"b": [1, 2.5e3, "\u{1f600}", null]}}]], "": {"": ""}}),
        ];
        for value in [Value::Null].into_iter().chain(objects) {
            let asked = with(&good(), &place, Some(value));
            let found = said(&suite.post(path, &asked).await);
            suite
                .checks
                .equal(&found, &expected, || format!("{path} {asked}"));
        }
        for value in no_objects() {
            let asked = with(&good(), &place, Some(value));
            let answer = suite.post(path, &asked).await;
            suite.refused(&answer, &place, || format!("{path} {asked}"));
        }
    }
}

/// Unknown members change nothing, and neither does repeating the request.
async fn changes_nothing(suite: &Suite, endpoint: &Endpoint) {
    let path = endpoint.path;
    let expected = said(&suite.post(path, &good()).await);
    suite.checks.equal(&expected.0, &200, || path.to_owned());
    let mut bodies = vec![good(); 3];
    for place in ["", "subject.", "action.", "resource.", "page.", "options."] {
        for value in [
            json!(null),
            json!("x"),
            json!({"type": 7, "id": [], "name": {}}),
        ] {
            let place = format!("{place}unknown");
            bodies.push(with(&good(), &place, Some(value)));
        }
    }
    if let Some(ignored) = endpoint.ignored {
        bodies.push(with(&good(), ignored, None));
        let values = [Value::Null, json!("nobody"), json!("")];
        for value in no_strings().into_iter().chain(values) {
            bodies.push(with(&good(), ignored, Some(value)));
        }
    }
    // The members in another order.
    let good = good();
    let members =
        ["resource", "action", "subject"].map(|part| format!("\"{part}\":{}", good[part]));
    let mut request = suite.request(path, &good);
    request.body = format!("{{{}}}", members.join(" ,\r\n\t")).into();
    let answer = suite.target.ask(&request).await;
    suite.checks.equal(&said(&answer), &expected, || {
        format!("{path}: another order")
    });
    for body in bodies {
        let found = said(&suite.post(path, &body).await);
        suite
            .checks
            .equal(&found, &expected, || format!("{path} {body}"));
    }
}

/// Ids, types and actions that the directory does not know, or that cannot exist, are denied or
/// not found.
async fn nothing_known(suite: &Suite, endpoint: &Endpoint) {
    let path = endpoint.path;
    let long = "x".repeat(300);
    let nul = "alice\u{0}";
    for place in endpoint.strings {
        for value in ["nobody", "", "ALICE", "alice ", "*", nul, &long] {
            let asked = with(&good(), place, Some(json!(value)));
            let answer = suite.post(path, &asked).await;
            let none = match endpoint.is_search() {
                true => {
                    answer.body["results"] == json!([]) && answer.body["page"]["next_token"] == ""
                }
                false => answer.body["decision"] == json!(false),
            };
            let found = (answer.status, none);
            suite
                .checks
                .equal(&found, &(200, true), || format!("{path} {asked}"));
        }
    }
}
