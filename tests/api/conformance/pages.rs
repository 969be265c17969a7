//! The pages of a search, one after the other.

use serde_json::{Value, json};

use super::endpoint::with;
use super::suite::Suite;
use crate::server::Answer;

/// More pages than any search here has.
const MOST: usize = 60;

/// All pages of a search.
#[derive(Debug, Default)]
pub struct Pages {
    /// The ids or names of the results, in their order.
    pub found: Vec<String>,
    /// How many results each page has.
    pub lengths: Vec<usize>,
    /// The status of the last one.
    pub status: u16,
}

impl Pages {
    /// Checks that these are the results, in any order and without duplicates.
    pub fn compare(&self, suite: &Suite, expected: &[String], what: impl Fn() -> String) {
        let mut found = self.found.clone();
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        suite.checks.equal(&self.status, &200, &what);
        suite.checks.equal(&found, &expected, &what);
    }
}

/// Follows a service's search from page to page.
pub async fn follow(suite: &Suite, path: &str, asked: &Value, limit: Option<Value>) -> Pages {
    let token = suite.target.server.service();
    follow_as(suite, &token, path, asked, limit).await
}

/// Follows a search from page to page, by the token alone, and checks that no page is too long.
pub async fn follow_as(
    suite: &Suite,
    token: &str,
    path: &str,
    asked: &Value,
    limit: Option<Value>,
) -> Pages {
    let most = limit
        .as_ref()
        .and_then(Value::as_u64)
        .filter(|most| *most > 0);
    let mut asked = match limit {
        None => asked.clone(),
        Some(limit) => with(asked, "page.limit", Some(limit)),
    };
    let mut pages = Pages::default();
    for _ in 0..MOST {
        let answer = suite.post_as(token, path, &asked).await;
        pages.status = answer.status;
        let found = results(&answer);
        let fits = most.is_none_or(|most| found.len() as u64 <= most);
        suite
            .checks
            .holds(fits, || format!("{path} {asked}: {} results", found.len()));
        pages.lengths.push(found.len());
        pages.found.extend(found);
        match next(&answer) {
            None => return pages,
            Some(next) => asked["page"] = json!({"token": next}),
        }
    }
    suite
        .checks
        .holds(false, || format!("{path} {asked}: over {MOST} pages"));
    pages
}

/// The ids or names of the results on a page.
pub fn results(answer: &Answer) -> Vec<String> {
    let results = answer.body["results"].as_array();
    let id = |one: &Value| {
        one.get("id")
            .or(one.get("name"))?
            .as_str()
            .map(str::to_owned)
    };
    results.into_iter().flatten().filter_map(id).collect()
}

/// The token of the next page, if there is one.
pub fn next(answer: &Answer) -> Option<String> {
    let token = answer.body["page"]["next_token"].as_str();
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}
