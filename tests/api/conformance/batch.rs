//! Several evaluations in one request.

use serde_json::{Value, json};

use super::endpoint::{EVALUATION, EVALUATIONS, good, question, with};
use super::suite::Suite;
use crate::server::Answer;

/// The result of one of several evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is permitted.
    Permit,
    /// It is denied.
    Deny,
    /// It cannot be evaluated.
    Fail,
}

use End::{Deny, Fail, Permit};

const ENDS: [End; 3] = [Permit, Deny, Fail];

/// All checks of several evaluations.
pub async fn check(suite: &Suite) {
    semantics(suite).await;
    options(suite).await;
    single_form(suite).await;
    defaults(suite).await;
    many(suite).await;
    rights(suite).await;
}

impl End {
    /// An item with this result, given the default of [`good`].
    fn item(self) -> Value {
        match self {
            Self::Permit => json!({}),
            Self::Deny => json!({"action": {"name": "projects:delete"}}),
            Self::Fail => json!({"resource": {"type": "project"}}),
        }
    }

    /// The result of an item in a response.
    fn of(item: &Value) -> Self {
        let error = &item["context"]["error"];
        match (&item["decision"], error["status"].as_u64()) {
            (Value::Bool(true), None) => Self::Permit,
            (_, None) => Self::Deny,
            _ => Self::Fail,
        }
    }
}

/// The results of the items in a response.
pub fn ends(answer: &Answer) -> Vec<End> {
    let items = answer.body["evaluations"].as_array();
    items.into_iter().flatten().map(End::of).collect()
}

fn asked(ends: &[End]) -> Value {
    let items: Vec<_> = ends.iter().map(|end| end.item()).collect();
    with(&good(), "evaluations", Some(json!(items)))
}

/// The number of results.
fn answered(semantic: &str, ends: &[End]) -> usize {
    let stops = |end: &End| match semantic {
        "deny_on_first_deny" => *end != Permit,
        "permit_on_first_permit" => *end == Permit,
        _ => false,
    };
    let decides = ends.iter().position(stops);
    decides.map_or(ends.len(), |at| at + 1)
}

/// Every sequence of up to three items, with each semantic: as many results in the same order, up
/// to the one that decides.
async fn semantics(suite: &Suite) {
    let mut sequences = vec![vec![]];
    let mut longer = sequences.clone();
    for _ in 0..3 {
        let more = longer
            .iter()
            .flat_map(|one: &Vec<End>| ENDS.map(|end| [one.clone(), vec![end]].concat()));
        longer = more.collect();
        sequences.extend(longer.clone());
    }
    for sequence in &sequences[1..] {
        for semantic in [
            "",
            "execute_all",
            "deny_on_first_deny",
            "permit_on_first_permit",
        ] {
            if semantic.is_empty() && sequence.len() > 2 {
                continue;
            }
            let mut body = asked(sequence);
            if !semantic.is_empty() {
                body["options"] = json!({"evaluations_semantic": semantic});
            }
            let answer = suite.post(EVALUATIONS, &body).await;
            let expected = &sequence[..answered(semantic, sequence)];
            let found = (answer.status, ends(&answer));
            suite.checks.equal(&found, &(200, expected.to_vec()), || {
                format!("{semantic} {sequence:?}")
            });
        }
    }
}

/// Unknown options are ignored, and an unknown semantic is refused.
async fn options(suite: &Suite) {
    let three = [Permit, Deny, Permit];
    for options in [
        Value::Null,
        json!({}),
        json!({"evaluations_semantic": null}),
        json!({"another": "deny_on_first_deny", "evaluations_semantics": 1}),
        json!({"evaluations_semantic": "execute_all", "another": {"a": []}}),
    ] {
        let body = with(&asked(&three), "options", Some(options));
        let answer = suite.post(EVALUATIONS, &body).await;
        suite
            .checks
            .equal(&ends(&answer), &three.to_vec(), || body.to_string());
    }
    for semantic in [
        json!("any"),
        json!(""),
        json!("EXECUTE_ALL"),
        json!(1),
        json!(true),
        json!([]),
        json!({}),
    ] {
        let place = "options.evaluations_semantic";
        for body in [asked(&three), good()] {
            let body = with(&body, place, Some(semantic.clone()));
            let answer = suite.post(EVALUATIONS, &body).await;
            suite.refused(&answer, place, || body.to_string());
        }
    }
    for options in [json!("x"), json!(1), json!([]), json!(false)] {
        let body = with(&asked(&three), "options", Some(options));
        let answer = suite.post(EVALUATIONS, &body).await;
        suite.refused(&answer, "options", || body.to_string());
    }
}

/// Without evaluations it is a single one, whatever the options.
async fn single_form(suite: &Suite) {
    let denied = question("bob", "projects:delete", "project", "record-1");
    for question in [good(), denied] {
        let expected = suite.post(EVALUATION, &question).await.body;
        for evaluations in [None, Some(json!([])), Some(Value::Null)] {
            for options in [
                None,
                Some(json!({"evaluations_semantic": "deny_on_first_deny"})),
            ] {
                let mut body = with(&question, "evaluations", evaluations.clone());
                body = with(&body, "options", options);
                let answer = suite.post(EVALUATIONS, &body).await;
                let found = (answer.status, answer.body);
                suite
                    .checks
                    .equal(&found, &(200, expected.clone()), || body.to_string());
            }
        }
    }
}

/// A part that an item omits is taken from the defaults, as a whole.
async fn defaults(suite: &Suite) {
    let parts = ["subject", "action", "resource"];
    let denied = question("bob", "projects:delete", "project", "diary");
    for stated in 0..8_usize {
        // An item that states some of the parts, where their defaults would be denied.
        let (mut body, mut item) = (denied.clone(), json!({"context": {"a": 1}}));
        // The same without defaults for them.
        let mut needed = json!({});
        for (at, part) in parts.iter().enumerate() {
            if stated & (1 << at) == 0 {
                body[part] = good()[part].clone();
                needed[part] = good()[part].clone();
            } else {
                item[part] = good()[part].clone();
            }
        }
        let missing = if stated == 0 { Permit } else { Fail };
        for (top, item, expected) in [
            (&body, item.clone(), Permit),
            (&needed, item, Permit),
            (&needed, json!({}), missing),
        ] {
            let body = with(top, "evaluations", Some(json!([item])));
            let answer = suite.post(EVALUATIONS, &body).await;
            suite
                .checks
                .equal(&ends(&answer), &vec![expected], || body.to_string());
        }
    }
    // A part replaces its default, and the two are not merged.
    for item in [
        json!({"subject": {"type": "user"}}),
        json!({"subject": {"id": "alice"}}),
        json!({"action": {"properties": {}}}),
        json!({"resource": {"id": "record-1"}}),
        json!({"resource": {"type": "project"}}),
        json!({"resource": {}}),
    ] {
        let body = with(&good(), "evaluations", Some(json!([item])));
        let answer = suite.post(EVALUATIONS, &body).await;
        suite
            .checks
            .equal(&ends(&answer), &vec![Fail], || body.to_string());
    }
    // A null member is the same as an omitted one.
    for part in ["subject", "action", "resource", "context"] {
        let body = with(&good(), "evaluations", Some(json!([{part: null}])));
        let answer = suite.post(EVALUATIONS, &body).await;
        suite
            .checks
            .equal(&ends(&answer), &vec![Permit], || body.to_string());
    }
}

/// Up to fifty in a request have the same results as single evaluations; more are refused.
async fn many(suite: &Suite) {
    let cycle: Vec<_> = ENDS.iter().copied().cycle().take(51).collect();
    for size in [1, 2, 49, 50] {
        let answer = suite.post(EVALUATIONS, &asked(&cycle[..size])).await;
        suite
            .checks
            .equal(&ends(&answer), &cycle[..size].to_vec(), || {
                format!("{size} items")
            });
    }
    let answer = suite.post(EVALUATIONS, &asked(&cycle)).await;
    suite.refused(&answer, "evaluations", || "51 items".to_owned());
    let same = suite.post(EVALUATIONS, &asked(&[Permit; 50])).await;
    suite.checks.equal(&ends(&same), &vec![Permit; 50], || {
        "50 equal items".to_owned()
    });
    let items = same.body["evaluations"].as_array().unwrap();
    let one = suite.post(EVALUATION, &good()).await.body;
    suite
        .checks
        .holds(items.iter().all(|item| *item == one), || {
            "as by itself".to_owned()
        });
}

/// If the caller is not allowed to ask, an item fails with 403, and a single evaluation returns
/// 403.
async fn rights(suite: &Suite) {
    let token = suite.target.server.user("alice");
    let other = json!({"subject": {"type": "user", "id": "bob"}});
    let body = with(&good(), "evaluations", Some(json!([{}, other, {}])));
    let answer = suite.post_as(&token, EVALUATIONS, &body).await;
    suite
        .checks
        .equal(&ends(&answer), &vec![Permit, Fail, Permit], || {
            body.to_string()
        });
    let status = &answer.body["evaluations"][1]["context"]["error"]["status"];
    suite.checks.equal(status, &json!(403), || body.to_string());
    let body = with(
        &body,
        "options.evaluations_semantic",
        Some(json!("deny_on_first_deny")),
    );
    let answer = suite.post_as(&token, EVALUATIONS, &body).await;
    suite
        .checks
        .equal(&ends(&answer), &vec![Permit, Fail], || body.to_string());
    let asked = with(&good(), "subject.id", Some(json!("bob")));
    for path in [EVALUATION, EVALUATIONS] {
        let answer = suite.post_as(&token, path, &asked).await;
        suite
            .checks
            .equal(&answer.status, &403, || format!("{path} {asked}"));
    }
}
