//! Does `roster check` say everything that a file leaves to chance?

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{SAMPLE, error, file, ingested, run, text};

/// The exit code and the JSON of a check.
fn checked(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(&[&["check", "--json", "--rounds", "1"], arguments].concat());
    let result = serde_json::from_slice(&output.stdout);
    (output.status.code(), result.unwrap())
}

/// What a check prints.
fn printed(content: &str) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, content);
    let output = run(&["check", text(&path), "--rounds", "1"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), printed)
}

fn user(name: &str, time: &str) -> String {
    let mut event = json!({"eventId": name, "type": "UserCreated",
        "payload": {"id": "ada", "name": name, "email": "ada@example.org"}});
    if !time.is_empty() {
        event["timestamp"] = json!(time);
    }
    event.to_string()
}

#[test]
fn random_orders_lead_to_the_digest_of_an_ingest() {
    let output = run(&["check", SAMPLE, "--rounds", "4", "--seed", "9", "--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ingested = ingested(&[SAMPLE]);
    assert_eq!(result["digest"], ingested["digest"]);
    assert_eq!(result["refused"], ingested["outcomes"]["failed"]);
    assert_eq!(
        (&result["rounds"], &result["difference"]),
        (&json!(4), &Value::Null)
    );
    assert!(error(&["check", "no-such-file"]).contains("cannot open no-such-file"));
}

#[test]
fn the_sample_shows_every_way_in_which_an_order_is_not_stated() {
    let (code, result) = checked(&[SAMPLE]);
    assert_eq!(code, Some(1));
    assert!(result["undated"].as_array().unwrap().len() >= 10);
    for decider in ["rank", "id", "content"] {
        let ties = result["ties"].as_array().unwrap();
        assert!(
            ties.iter().any(|tie| tie["decidedBy"] == decider),
            "{decider}"
        );
    }
    let uncertain = result["uncertain"].as_array().unwrap();
    let of = |pk: &str, sk: &str| {
        uncertain
            .iter()
            .find(|one| one["pk"] == pk && one["sk"] == sk)
    };
    let nils = of("ORG#stories", "USER#nils").unwrap();
    assert_eq!(nils["here"]["role"], "writer");
    assert_eq!(nils["inOtherOrder"]["role"], "reader");
    let peggy = of("USER#peggy", "PROFILE").unwrap();
    assert_eq!(
        peggy["lines"].as_array().unwrap().len(),
        1,
        "an undated event"
    );
}

#[test]
fn a_file_whose_order_is_stated_is_clear() {
    let times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"];
    let (code, printed) = printed(&times.map(|time| user(time, time)).join("\n"));
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.contains("\nOne state in all these orders. Digest "),
        "{printed}"
    );
    assert!(
        !printed.contains("No time") && !printed.contains("same time"),
        "{printed}"
    );
}

#[test]
fn undated_events_are_told_and_fail_the_check_if_it_matters() {
    let (code, told) = printed(&[user("Ada", ""), user("Lovelace", "")].join("\n"));
    assert_eq!(code, Some(1), "{told}");
    for expected in [
        "No time is stated in lines 1, 2.",
        "Lovelace",
        "line 1 comes after line 2",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let (code, told) = printed(&user("Ada", ""));
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("No time is stated in line 1."), "{told}");
}

#[test]
fn a_check_of_nothing_fails() {
    let (code, told) = printed("{}\nnonsense\n\n");
    assert_eq!(code, Some(1));
    assert!(
        told.contains("every event was refused. Line 1:\n  $"),
        "{told}"
    );
    let (code, told) = printed("");
    assert_eq!(code, Some(1));
    assert!(
        told.contains("Nothing was checked: the input is empty."),
        "{told}"
    );
}

#[test]
fn what_a_removal_made_void_is_told_with_the_reason() {
    let event = |minute, event_type: &str, payload: Value| {
        json!({"eventId": "e", "type": event_type, "payload": payload,
            "timestamp": format!("2026-01-01T00:0{minute}:00Z")})
        .to_string()
    };
    let ada = json!({"id": "ada", "name": "Ada", "email": "ada@example.org"});
    let events = [
        event(
            0,
            "OrganizationCreated",
            json!({"id": "acme", "name": "Acme"}),
        ),
        event(0, "UserCreated", ada.clone()),
        event(
            1,
            "OrganizationUserAdded",
            json!({"organizationId": "acme", "userId": "ada", "role": "admin"}),
        ),
        event(2, "UserDeleted", json!({"id": "ada"})),
        event(3, "UserCreated", ada),
    ];
    let (code, told) = printed(&events.join("\n"));
    assert_eq!(code, Some(0), "{told}");
    for expected in [
        "What does not count until it is stated anew (1)",
        "membership acme ada was stated before user ada was last",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
