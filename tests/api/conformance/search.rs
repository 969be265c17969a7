//! Searches: what they ignore, and who may send them.

use serde_json::json;

use super::endpoint::{ACTIONS, ENDPOINTS, RESOURCES, SUBJECTS, question, with};
use super::pages::results;
use super::suite::Suite;

/// The checks of searches that decisions and pages leave out.
pub async fn check(suite: &Suite) {
    rights(suite).await;
    order(suite).await;
}

/// A caller that may not ask gets a 403, which is not a decision; a user may ask about itself.
async fn rights(suite: &Suite) {
    let about = |user: &str| question(user, "projects:read", "project", "record-1");
    for (caller, path, asked, status) in [
        ("alice", SUBJECTS, about("alice"), 403),
        ("alice", RESOURCES, about("alice"), 200),
        ("alice", RESOURCES, about("bob"), 403),
        ("alice", ACTIONS, about("alice"), 200),
        ("alice", ACTIONS, about("bob"), 403),
        ("nobody", SUBJECTS, about("nobody"), 403),
        ("nobody", RESOURCES, about("nobody"), 200),
        ("nobody", ACTIONS, about("nobody"), 200),
    ] {
        let token = suite.target.server.user(caller);
        let answer = suite.post_as(&token, path, &asked).await;
        suite.checks.equal(&answer.status, &status, || {
            format!("{caller} {path} {asked}")
        });
    }
}

/// The results and pages of a search are the same each time, whatever the id of what it searches
/// for.
async fn order(suite: &Suite) {
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.is_search()) {
        let asked = question("bob", "projects:read", "project", "record-1");
        let asked = with(&asked, "page.limit", Some(json!(1)));
        let ignored = endpoint.ignored.unwrap();
        let expected = results(&suite.post(endpoint.path, &asked).await);
        for value in [json!("bob"), json!("zoe"), json!(7), json!(null), json!({})] {
            let asked = with(&asked, ignored, Some(value));
            let found = results(&suite.post(endpoint.path, &asked).await);
            suite
                .checks
                .equal(&found, &expected, || format!("{} {asked}", endpoint.path));
        }
    }
}
