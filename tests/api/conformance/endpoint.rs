//! The endpoints for decisions and searches, and what each requires.

use serde_json::{Value, json};

/// One decision.
pub const EVALUATION: &str = "/access/v1/evaluation";

/// Several decisions.
pub const EVALUATIONS: &str = "/access/v1/evaluations";

/// Search for subjects.
pub const SUBJECTS: &str = "/access/v1/search/subject";

/// Search for resources.
pub const RESOURCES: &str = "/access/v1/search/resource";

/// Search for actions.
pub const ACTIONS: &str = "/access/v1/search/action";

/// An endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Its path.
    pub path: &'static str,
    /// The required objects.
    pub objects: &'static [&'static str],
    /// The required strings.
    pub strings: &'static [&'static str],
    /// What the endpoint searches for: the member that identifies it is ignored.
    pub ignored: Option<&'static str>,
}

const WHOLE: &[&str] = &["subject", "action", "resource"];

const ALL: &[&str] = &[
    "subject.type",
    "subject.id",
    "action.name",
    "resource.type",
    "resource.id",
];

/// Every endpoint.
pub const ENDPOINTS: [Endpoint; 5] = [
    Endpoint {
        path: EVALUATION,
        objects: WHOLE,
        strings: ALL,
        ignored: None,
    },
    Endpoint {
        path: EVALUATIONS,
        objects: WHOLE,
        strings: ALL,
        ignored: None,
    },
    Endpoint {
        path: SUBJECTS,
        objects: WHOLE,
        strings: &[
            "subject.type",
            "action.name",
            "resource.type",
            "resource.id",
        ],
        ignored: Some("subject.id"),
    },
    Endpoint {
        path: RESOURCES,
        objects: WHOLE,
        strings: &["subject.type", "subject.id", "action.name", "resource.type"],
        ignored: Some("resource.id"),
    },
    Endpoint {
        path: ACTIONS,
        objects: &["subject", "resource"],
        strings: &["subject.type", "subject.id", "resource.type", "resource.id"],
        ignored: Some("action"),
    },
];

impl Endpoint {
    /// Whether it returns pages of results.
    pub fn is_search(&self) -> bool {
        self.ignored.is_some()
    }
}

/// A request: may this user do that there?
pub fn question(user: &str, action: &str, kind: &str, id: &str) -> Value {
    json!({"subject": {"type": "user", "id": user}, "action": {"name": action},
        "resource": {"type": kind, "id": id}})
}

/// A request that every endpoint accepts, with a positive decision or results.
pub fn good() -> Value {
    question("alice", "projects:read", "project", "record-1")
}

/// The same body with another value, or none, at a path such as `subject.id`.
pub fn with(body: &Value, place: &str, value: Option<Value>) -> Value {
    let mut changed = body.clone();
    let (parent, name) = place.rsplit_once('.').unwrap_or(("", place));
    let mut object = &mut changed;
    for part in parent.split('.').filter(|part| !part.is_empty()) {
        object = &mut object[part];
        if object.is_null() {
            *object = json!({});
        }
    }
    let object = object.as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
    changed
}
