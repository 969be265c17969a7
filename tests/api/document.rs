//! Is the contract in the repository the one that the API serves?
//!
//! `ROSTER_WRITE=1 cargo test --workspace --test api document` regenerates it, so that the diff
//! shows a change of the contract.

use std::fs;
use std::path::Path;

use serde_json::Value;

fn served() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/api/openapi.json");
    let content = serde_json::to_string_pretty(&served()).unwrap() + "\n";
    if std::env::var("ROSTER_WRITE").is_ok() {
        fs::write(&path, &content).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == content,
        "functions/api/openapi.json is out of date: see the top of this file"
    );
}

/// OpenAPI requires it, and client generators insist on it.
#[test]
fn every_response_has_a_description() {
    let document = served();
    let paths = document["paths"].as_object().unwrap().iter();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let description = response["description"].as_str().unwrap_or_default();
                assert!(!description.is_empty(), "{method} {path}: {status}");
            }
        }
    }
}
