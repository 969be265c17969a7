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
    for nothing in ["", "\n \r\n"] {
        let (code, told) = printed(nothing);
        assert_eq!(code, Some(1));
        assert!(
            told.contains("Nothing was checked: the input is empty."),
            "{told}"
        );
    }
}

#[test]
fn blank_lines_are_no_events_and_the_others_keep_their_numbers() {
    let (code, told) = printed(&format!(
        "\n{}\n \r\n{}\n\n",
        user("Ada", ""),
        user("L", "")
    ));
    assert_eq!(code, Some(1), "{told}");
    for expected in ["2 events, 0 of them refused", "stated in lines 2, 4."] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
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

/// An event on a day of June, or without a time.
fn on(day: Option<u32>, event_type: &str, payload: Value) -> String {
    let mut event = json!({"eventId": event_type, "type": event_type, "payload": payload});
    if let Some(day) = day {
        event["timestamp"] = json!(format!("2026-06-{day:02}T00:00:00Z"));
    }
    event.to_string()
}

/// Ada in Acme with that role, stated on a day or without a time; ada is deleted on the fifth.
fn with_deleted_user(stated: Option<u32>) -> String {
    let ada = json!({"id": "ada", "name": "Ada", "email": "ada@example.org"});
    let membership = json!({"organizationId": "acme", "userId": "ada", "role": "admin"});
    let acme = json!({"id": "acme", "name": "Acme"});
    [
        on(Some(1), "OrganizationCreated", acme),
        on(Some(1), "UserCreated", ada.clone()),
        on(stated, "OrganizationUserAdded", membership),
        on(Some(5), "UserDeleted", json!({"id": "ada"})),
        on(Some(6), "UserCreated", ada),
    ]
    .join("\n")
}

/// A role that is deleted on the fifth, and a membership and a role that name it or its permission.
fn with_deleted_role_and_permission(stated: u32) -> String {
    let role = json!({"id": "boss", "name": "Boss", "permissionIds": []});
    let permission = json!({"id": "cakes:eat", "name": "Eat"});
    let membership = json!({"organizationId": "acme", "userId": "ada", "role": "reader"});
    let assigned = json!({"organizationId": "acme", "userId": "ada", "roleId": "boss"});
    let list = json!({"id": "cook", "name": "Cook", "permissionIds": ["cakes:eat"]});
    [
        on(Some(1), "OrganizationUserAdded", membership),
        on(Some(stated), "OrganizationUserUpdated", assigned),
        on(Some(5), "RoleDeleted", json!({"id": "boss"})),
        on(Some(6), "RoleCreated", role),
        on(Some(stated), "RoleCreated", list),
        on(Some(5), "PermissionDeleted", json!({"id": "cakes:eat"})),
        on(Some(6), "PermissionCreated", permission),
    ]
    .join("\n")
}

/// The exit code, and what is uncertain.
fn uncertain(content: &str) -> (Option<i32>, Value) {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, content);
    let (code, mut result) = checked(&[text(&path)]);
    (code, result["uncertain"].take())
}

#[test]
fn a_reference_without_a_time_may_be_stated_before_or_after_a_removal() {
    let content = with_deleted_user(None);
    let expected = json!([{"pk": "ORG#acme", "sk": "USER#ada", "lines": [4, 3], "last": 3,
        "here": {"counts": null}, "inOtherOrder": {"counts": "yes"}}]);
    assert_eq!(uncertain(&content), (Some(1), expected));
    let (code, told) = printed(&content);
    assert_eq!(code, Some(1));
    assert!(told.contains("line 3 comes after line 4"), "{told}");
}

#[test]
fn a_reference_at_the_time_of_a_removal_may_be_stated_before_or_after_it() {
    let (code, found) = uncertain(&with_deleted_user(Some(5)));
    assert_eq!((code, &found[0]["lines"]), (Some(1), &json!([4, 3])));
    for day in [4, 6] {
        let clear = uncertain(&with_deleted_user(Some(day)));
        assert_eq!(clear, (Some(0), json!([])), "{day}");
    }
}

#[test]
fn an_event_without_a_time_may_restate_a_reference_after_a_removal() {
    let dated = with_deleted_user(Some(4));
    let added = with_deleted_user(None);
    let again = added.lines().nth(2).unwrap();
    let (code, found) = uncertain(&format!("{dated}\n{again}"));
    assert_eq!((code, &found[0]["lines"]), (Some(1), &json!([4, 6])));
}

#[test]
fn a_role_or_permission_named_at_the_time_of_its_removal_may_count_or_not() {
    let (code, found) = uncertain(&with_deleted_role_and_permission(5));
    let expected = json!([
        {"pk": "ORG#acme", "sk": "USER#ada", "lines": [3, 2], "last": 2,
            "here": {"roleId": null}, "inOtherOrder": {"roleId": "boss"}},
        {"pk": "ROLE#cook", "sk": "PROFILE", "lines": [6, 5], "last": 5,
            "here": {"permissionIds": null}, "inOtherOrder": {"permissionIds": "cakes:eat"}},
    ]);
    assert_eq!((code, found), (Some(1), expected));
    for day in [4, 6] {
        let clear = uncertain(&with_deleted_role_and_permission(day));
        assert_eq!(clear, (Some(0), json!([])), "{day}");
    }
}

#[test]
fn a_removal_of_what_never_exists_again_leaves_no_reference_uncertain() {
    let content = with_deleted_user(Some(5));
    let without_last: Vec<_> = content.lines().take(4).collect();
    assert_eq!(uncertain(&without_last.join("\n")), (Some(0), json!([])));
}
