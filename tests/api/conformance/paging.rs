//! Pages: their length, the next page, and what a token is bound to.

use serde_json::{Value, json};

use super::endpoint::{ACTIONS, ENDPOINTS, RESOURCES, SUBJECTS, question, with};
use super::pages::{follow, next, results};
use super::suite::Suite;

/// One request with several results for each search.
fn plain_searches() -> [(&'static str, Value); 3] {
    let read = "projects:read";
    [
        (SUBJECTS, question("x", read, "project", "record-1")),
        (RESOURCES, question("bob", read, "project", "x")),
        (ACTIONS, question("alice", "x", "project", "record-1")),
    ]
}

/// The same with all optional members.
fn searches() -> [(&'static str, Value); 3] {
    plain_searches().map(|(path, asked)| {
        let asked = with(&asked, "context", Some(json!({"a": 1})));
        let asked = with(&asked, "subject.properties", Some(json!({"b": 2})));
        let asked = with(&asked, "resource.properties", Some(json!({"c": [3]})));
        (
            path,
            with(&asked, "action.properties", Some(json!({"d": 4}))),
        )
    })
}

/// All checks of pages.
pub async fn check(suite: &Suite) {
    for (path, asked) in searches() {
        limits(suite, path, &asked).await;
        refused_pages(suite, path, &asked).await;
        empty_tokens(suite, path, &asked).await;
        follow_ups(suite, path, &asked).await;
        foreign_tokens(suite, path, &asked).await;
    }
    for (path, asked) in plain_searches() {
        nulls(suite, path, &asked).await;
    }
}

/// Every limit is accepted, and no page is longer; all pages together have the same results.
async fn limits(suite: &Suite, path: &str, asked: &Value) {
    let all = follow(suite, path, asked, None).await;
    suite.checks.holds(all.found.len() > 1, || {
        format!("{path} has several results")
    });
    for (limit, pages) in [
        (json!(0), 1),
        (json!(-0.0), 1),
        (json!(1), all.found.len()),
        (json!(1.0), all.found.len()),
        (json!(2), all.found.len().div_ceil(2)),
        (json!(100), 1),
        (json!(1_000_000), 1),
        (json!(9_007_199_254_740_991_u64), 1),
        (Value::Null, 1),
    ] {
        let found = follow(suite, path, asked, Some(limit.clone())).await;
        found.compare(suite, &all.found, || format!("{path} {limit}"));
        // The last page may be empty.
        let filled = found.lengths.iter().filter(|length| **length > 0).count();
        suite
            .checks
            .equal(&filled, &pages, || format!("{path} {limit}: pages"));
    }
}

/// An invalid page object is refused, and the error names it.
async fn refused_pages(suite: &Suite, path: &str, asked: &Value) {
    let wrong =
        |place: &'static str, values: Vec<Value>| values.into_iter().map(move |v| (place, v));
    let limits = json!([-1, 1.5, 0.1, -1e300, 1e300, "1", "", true, [], [1], {}]);
    let tokens = json!([0, 7, true, [], {}, "x", "=", "a.b.c", "\u{e9}", " "]);
    let objects = json!(["", "x", 1, true, []]);
    let list = |values: &Value| values.as_array().unwrap().clone();
    let places = wrong("page.limit", list(&limits))
        .chain(wrong("page.token", list(&tokens)))
        .chain(wrong("page.properties", list(&objects)))
        .chain(wrong("page", list(&objects)));
    for (place, value) in places {
        let answer = suite
            .post(path, &with(asked, place, Some(value.clone())))
            .await;
        suite.refused(&answer, place, || format!("{path} {place} {value}"));
    }
}

/// An empty token, or none, means the first page.
async fn empty_tokens(suite: &Suite, path: &str, asked: &Value) {
    let first = with(asked, "page", Some(json!({"limit": 1})));
    let expected = results(&suite.post(path, &first).await);
    for page in [
        json!({"limit": 1, "token": ""}),
        json!({"limit": 1, "token": null}),
        json!({"limit": 1, "token": "", "properties": {}}),
        json!({"limit": 1, "properties": null, "unknown": {"limit": 7}}),
    ] {
        let answer = suite
            .post(path, &with(asked, "page", Some(page.clone())))
            .await;
        let found = (answer.status, results(&answer));
        suite.checks.equal(&found, &(200, expected.clone()), || {
            format!("{path} {page}")
        });
    }
    for page in [json!(null), json!({}), json!({"limit": null, "token": ""})] {
        let answer = suite
            .post(path, &with(asked, "page", Some(page.clone())))
            .await;
        let more = (answer.status, results(&answer).len() > 1);
        suite
            .checks
            .equal(&more, &(200, true), || format!("{path} {page}"));
    }
}

/// A token, and the results of its page.
async fn first_page(
    suite: &Suite,
    path: &str,
    asked: &Value,
    page: Value,
) -> (String, Vec<String>) {
    let first = suite.post(path, &with(asked, "page", Some(page))).await;
    let token = next(&first).unwrap_or_default();
    suite
        .checks
        .holds(!token.is_empty(), || format!("{path}: a second page"));
    let second = with(asked, "page", Some(json!({"token": token})));
    let second = results(&suite.post(path, &second).await);
    suite
        .checks
        .holds(!second.is_empty(), || format!("{path}: results on it"));
    (token, second)
}

/// What may accompany a token, and what may not.
async fn follow_ups(suite: &Suite, path: &str, asked: &Value) {
    let page = json!({"limit": 1, "properties": {"sort": "id"}});
    let (token, second) = first_page(suite, path, asked, page).await;
    let follow = with(asked, "page", Some(json!({"token": token})));
    let ignored = ENDPOINTS.iter().find(|one| one.path == path);
    let ignored = ignored.and_then(|one| one.ignored).unwrap_or_default();
    let same = [
        ("page.limit", json!(1)),
        ("page.limit", json!(1.0)),
        ("page.limit", Value::Null),
        ("page.properties", json!({"sort": "id"})),
        ("page.properties", Value::Null),
        ("page.unknown", json!(1)),
        ("subject.unknown", json!(1)),
        ("resource.unknown", json!({})),
        ("unknown", json!(1)),
        (ignored, json!("another")),
    ];
    for (place, value) in same {
        let answer = suite
            .post(path, &with(&follow, place, Some(value.clone())))
            .await;
        let found = (answer.status, results(&answer));
        suite.checks.equal(&found, &(200, second.clone()), || {
            format!("{path}: the same {place}, {value}, beside a token")
        });
    }
    let changed = [
        ("page.limit", json!(2), "page.limit"),
        ("page.limit", json!(0), "page.limit"),
        (
            "page.properties",
            json!({"sort": "name"}),
            "page.properties",
        ),
        ("page.properties", json!({}), "page.properties"),
        ("context", json!({"a": 2}), "page.token"),
        ("context", json!({}), "page.token"),
        ("context", Value::Null, "page.token"),
        ("subject.id", json!("carol"), "page.token"),
        ("subject.type", json!("group"), "page.token"),
        ("subject.properties", json!({"b": 3}), "page.token"),
        ("subject.properties", Value::Null, "page.token"),
        ("action.name", json!("projects:update"), "page.token"),
        ("action.properties", json!({"d": 5}), "page.token"),
        ("resource.id", json!("record-2"), "page.token"),
        ("resource.type", json!("organization"), "page.token"),
        ("resource.properties", json!({"c": [4]}), "page.token"),
    ];
    for (place, value, field) in changed {
        if place == ignored || (ignored == "action" && place.starts_with("action")) {
            continue;
        }
        let answer = suite
            .post(path, &with(&follow, place, Some(value.clone())))
            .await;
        suite.refused(&answer, field, || {
            format!("{path}: another {place}, {value}, beside a token")
        });
    }
}

/// A null member next to a token is the same as an omitted one.
async fn nulls(suite: &Suite, path: &str, asked: &Value) {
    let (token, second) = first_page(suite, path, asked, json!({"limit": 1})).await;
    let follow = with(asked, "page", Some(json!({"token": token})));
    for place in [
        "context",
        "subject.properties",
        "action.properties",
        "resource.properties",
        "page.properties",
    ] {
        let answer = suite
            .post(path, &with(&follow, place, Some(Value::Null)))
            .await;
        let found = (answer.status, results(&answer));
        suite.checks.equal(&found, &(200, second.clone()), || {
            format!("{path} {place}: null")
        });
    }
}

/// A token is valid only for its own search, caller and request, and must be unchanged.
async fn foreign_tokens(suite: &Suite, path: &str, asked: &Value) {
    let (token, _) = first_page(suite, path, asked, json!({"limit": 1})).await;
    for (other, asked) in searches() {
        if other != path {
            let asked = with(&asked, "page", Some(json!({"token": token})));
            let answer = suite.post(other, &asked).await;
            suite.refused(&answer, "page.token", || format!("{path} token at {other}"));
        }
    }
    let mut changed = token.clone().into_bytes();
    for at in [0, token.len() / 2, token.len() - 1] {
        let byte = changed[at];
        changed[at] = if byte == b'A' { b'B' } else { b'A' };
        let text = String::from_utf8(changed.clone()).unwrap();
        changed[at] = byte;
        let asked = with(asked, "page", Some(json!({"token": text})));
        let answer = suite.post(path, &asked).await;
        suite.refused(&answer, "page.token", || format!("{path}: changed at {at}"));
    }
    for cut in [1, token.len() / 2] {
        let asked = with(asked, "page", Some(json!({"token": token.get(cut..)})));
        let answer = suite.post(path, &asked).await;
        suite.refused(&answer, "page.token", || format!("{path}: cut by {cut}"));
    }
}
