//! Does the `roster` command do what the README says?

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "command/aws.rs"]
mod aws;
#[path = "command/check.rs"]
mod check;
#[path = "command/get.rs"]
mod get;
#[path = "command/habits.rs"]
mod habits;
#[path = "command/input.rs"]
mod input;
#[path = "command/may.rs"]
mod may;
#[path = "command/running.rs"]
mod running;
#[path = "command/send.rs"]
mod send;
#[cfg(target_os = "linux")]
#[path = "command/terminal.rs"]
mod terminal;
#[path = "command/up.rs"]
mod up;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use roster_domain::{CATALOGUE, Kind};
use roster_tests::history::{History, mixed};
use roster_tests::reference;
use running::RunningRoster;
use serde_json::{Value, json};
use tempfile::TempDir;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/events.ndjson");

fn roster() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    command.env_remove("AWS_PROFILE");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    // Requests on this machine must not go through a proxy.
    command
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("NO_PROXY", "");
    command
}

fn run(arguments: &[&str]) -> Output {
    roster()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn ingested(arguments: &[&str]) -> Value {
    let output = run(&[&["ingest", "--json"], arguments].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn file(folder: &TempDir, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("events.ndjson");
    fs::write(&path, content).unwrap();
    path
}

fn sample_lines() -> Vec<String> {
    let sample = fs::read_to_string(SAMPLE).unwrap();
    sample.lines().map(str::to_owned).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The single line that an invalid call prints.
fn error(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    stderr
}

#[test]
fn the_sample_leads_to_the_expected_directory() {
    let result = ingested(&[SAMPLE]);
    let lines = sample_lines();
    assert!(lines.len() >= 500);
    let outcomes = result["outcomes"].as_object().unwrap();
    let sum: u64 = outcomes.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum, lines.len() as u64);
    assert!(
        outcomes.values().all(|count| count.as_u64() > Some(0)),
        "{outcomes:?}"
    );

    let members = result["memberships"].as_array().unwrap();
    let role = |user: &str| {
        let is_user = |m: &&Value| m["organizationId"] == "stories" && m["userId"] == user;
        members
            .iter()
            .find(is_user)
            .map(|m| m["role"].as_str().unwrap())
    };
    assert_eq!(role("update-before-add"), Some("admin"));
    assert_eq!(role("update-after-removal"), None);
    assert_eq!(role("late-add"), None);
    assert_eq!(role("never-added"), None);
    assert_eq!(role("ida"), Some("reader"), "the second life");
    assert_eq!(
        role("nils"),
        Some("writer"),
        "of one time, a patch comes after a put"
    );
    assert_eq!(role("timed-by-sns"), Some("writer"));
    let shown = [
        &result["users"],
        &result["organizations"],
        &result["memberships"],
    ];
    assert!(
        shown
            .iter()
            .all(|part| !part.to_string().contains("mallory")),
        "{shown:?}"
    );
}

#[test]
fn the_sample_shows_the_final_state_of_every_kind_of_entity() {
    let result = ingested(&[SAMPLE]);
    for kind in Kind::ALL {
        let shown = entities(&result, kind);
        assert!(shown.len() > 3, "{kind:?}: {shown:?}");
    }
    let is_there = |kind, ids: &[&str]| entities(&result, kind).contains_key(&ids.join(" "));
    for (kind, ids) in [
        (
            Kind::User,
            "noam tony whitfield holder gone-before nobody-yet",
        ),
        (Kind::Organization, "juniper ember mist no-organization"),
        (Kind::Project, "clinic sonar unborn"),
        (Kind::Role, "contractor ghost-role unknown-role"),
        (Kind::Permission, "reports:export locks:open never:created"),
    ] {
        for id in ids.split(' ') {
            assert!(!is_there(kind, &[id]), "{kind:?} {id}");
        }
    }
    for ids in [
        ["harbor", "crew"],
        ["kelp", "swimmers"],
        ["acme", "never-formed"],
    ] {
        assert!(!is_there(Kind::Team, &ids), "{ids:?}");
    }
    assert!(!is_there(Kind::TeamMember, &["acme", "core", "stranger"]));
    let early = ["too-early", "scouts", "annie"];
    assert!(
        is_there(Kind::TeamMember, &early),
        "it waits for its team's organization"
    );

    let shows = |kind, ids: &str, attribute: &str| {
        let shown = entities(&result, kind)[ids][attribute].clone();
        shown
            .as_str()
            .map_or_else(|| shown.to_string(), str::to_owned)
    };
    for (kind, ids, attribute, expected) in [
        (Kind::User, "hal", "firstName", "Harold"),
        (Kind::User, "jean", "name", "Jean Jennings Bartik"),
        (Kind::User, "jean", "firstName", "null"),
        (Kind::User, "per", "name", "Per Brinch Hansen II"),
        (Kind::User, "edith", "name", "Edith Clarke of b"),
        (Kind::User, "zhang", "email", "zhang@example.com"),
        (Kind::Organization, "acme", "name", "Acme Industries"),
        (Kind::Organization, "iris", "name", "Iris Lenses"),
        (Kind::Membership, "acme alan", "roleId", "accountant"),
        (Kind::Membership, "acme alan", "role", "null"),
        (Kind::Team, "acme core", "name", "Core platform"),
        (Kind::Team, "bolt core", "name", "Bolt core"),
        (Kind::Project, "engine", "name", "Difference engine"),
        (Kind::Project, "atlas", "description", "null"),
        (Kind::Project, "compiler", "ownerUserId", "grace"),
        (Kind::Role, "intern", "name", "Intern"),
        (
            Kind::Role,
            "receptionist",
            "permissionIds",
            r#"["badges:print"]"#,
        ),
        (
            Kind::Role,
            "auditor",
            "permissionIds",
            r#"["audit:read","invoices:read","members:read","organization:read"]"#,
        ),
        (
            Kind::Permission,
            "badges:print",
            "name",
            "Print badges anew",
        ),
        (Kind::Permission, "badges:print", "description", "null"),
    ] {
        assert_eq!(shows(kind, ids, attribute), expected, "{kind:?} {ids}");
    }
}

/// The present entities of a kind, by their ids separated by spaces.
fn entities(result: &Value, kind: Kind) -> BTreeMap<String, Value> {
    let mut words = kind.plural().split(' ');
    let mut field = words.next().unwrap().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        field += &(first.to_uppercase() + rest);
    }
    let ids = |entity: &Value| {
        let ids = kind
            .ids()
            .iter()
            .map(|id| entity[id.name].as_str().unwrap());
        ids.collect::<Vec<_>>().join(" ")
    };
    match &result[&field] {
        Value::Object(by_id) => by_id.clone().into_iter().collect(),
        Value::Array(list) => list.iter().map(|one| (ids(one), one.clone())).collect(),
        other => panic!("{field}: {other}"),
    }
}

#[test]
fn the_sample_has_every_type_of_event_in_every_envelope() {
    let envelope = |body: &Value| {
        let has = |(word, _): &&(&str, &str)| body.get(word).is_some();
        let envelopes = [
            ("Message", "SNS"),
            ("detail-type", "EventBridge"),
            ("specversion", "CloudEvents"),
            ("eventId", "plain"),
        ];
        envelopes.iter().find(has).unwrap().1
    };
    let found: BTreeSet<_> = sample_lines()
        .iter()
        .filter_map(|line| Some((reference::event(line)?, line)))
        .map(|(event, line)| {
            (
                event.event_type.name,
                envelope(&serde_json::from_str(line).unwrap()),
            )
        })
        .collect();
    let every = CATALOGUE.iter().flat_map(|event_type| {
        ["SNS", "EventBridge", "CloudEvents", "plain"].map(|envelope| (event_type.name, envelope))
    });
    assert_eq!(found, every.collect());
}

#[test]
fn every_refusal_of_the_sample_is_explained_with_its_line() {
    let result = ingested(&[SAMPLE]);
    let lines = sample_lines();
    let dead_letters = result["deadLetters"].as_array().unwrap();
    assert_eq!(result["outcomes"]["failed"], dead_letters.len());
    let mut reasons = BTreeSet::new();
    for dead in dead_letters {
        let line = usize::try_from(dead["line"].as_u64().unwrap()).unwrap();
        assert_eq!(dead["body"], lines[line - 1]);
        let reason = dead["reason"].as_str().unwrap();
        assert!(
            reason.contains(": found ") && reason.contains(", expected "),
            "{reason}"
        );
        for personal in ["Mallory", "mallory@", "mallory at"] {
            assert!(!reason.contains(personal), "{reason}");
        }
        reasons.insert(reason);
    }
    assert!(reasons.len() >= 60, "{reasons:#?}");
    for told in [
        "found 2099-02-08",
        ".permissionIds: found an array, expected an array of at most 250 ids",
        ".permissionIds: found a string",
        ".permissionIds: found an object",
        ".permissionIds: found nothing",
        ".permissionIds: found null",
        ".permissionIds[0]: found a string with a control character",
        ".permissionIds[1]: found a number",
        ".permissionIds[1]: found an empty string",
        ".id: found a string of 5 bytes, expected an id that is not built in",
        ".id: found a string of 17 bytes, expected an id that is not built in",
        r#".roleId: found "admin", expected the id of a custom role"#,
        "expected only one of ownerUserId and ownerOrganizationId",
        r#".ownerUserId: found nothing, expected "ownerUserId" or "ownerOrganizationId""#,
        r#".ownerUserId: found null, expected "ownerUserId" or "ownerOrganizationId""#,
        "found an object, expected at least one of the fields that this event changes",
        ".name: found null",
        ".lastName: found nothing",
        ".firstName: found nothing",
        ".firstName: found null",
        ".description: found a number",
        ".description: found an array",
        ".teamId: found nothing",
    ] {
        assert!(
            reasons.iter().any(|reason| reason.contains(told)),
            "{told} in {reasons:#?}"
        );
    }
}

/// `ROSTER_SHUFFLES=100` tries that many orders.
#[test]
fn order_batches_and_consumers_do_not_change_the_digest() {
    let plain = ingested(&[SAMPLE]);
    let shuffles = std::env::var("ROSTER_SHUFFLES").map_or(6, |shuffles| shuffles.parse().unwrap());
    let races = [("10", "1"), ("1", "8"), ("1000", "4")].into_iter().cycle();
    for (shuffle, (batch, consumers)) in (1..=shuffles).zip(races) {
        let shuffle: &str = &u32::to_string(&shuffle);
        let arguments = [
            "--shuffle",
            shuffle,
            "--batch",
            batch,
            "--consumers",
            consumers,
        ];
        let other = ingested(&[&[SAMPLE], &arguments[..]].concat());
        for (part, expected) in plain.as_object().unwrap() {
            assert!(
                part == "outcomes" || other[part] == *expected,
                "{part} with {arguments:?}"
            );
        }
    }
}

#[test]
fn a_random_file_leads_to_the_directory_of_the_reference() {
    let histories: Vec<_> = (0..20).map(|seed| History::from_seed(seed, 30)).collect();
    let bodies = mixed(&histories, 7);
    let folder = TempDir::new().unwrap();
    let path = file(&folder, bodies.join("\n"));
    let result = ingested(&[text(&path), "--batch", "100", "--consumers", "3"]);
    let expected = serde_json::to_value(reference::directory(&bodies)).unwrap();
    for (part, expected) in expected.as_object().unwrap() {
        assert!(part == "digest" || result[part] == *expected, "{part}");
    }
    let invalid: usize = histories.iter().map(|history| history.invalid.len()).sum();
    assert_eq!(result["outcomes"]["failed"], invalid);
}

/// `ROSTER_EVENTS=100000` sets the number of events.
#[test]
fn a_large_file_has_one_digest_in_order_shuffled_and_checked() {
    let events = std::env::var("ROSTER_EVENTS").map_or(3_000, |events| events.parse().unwrap());
    let histories: Vec<_> = (0..events as u64 / 28 + 1)
        .map(|seed| History::from_seed(seed, 28))
        .collect();
    let mut bodies = mixed(&histories, 1);
    bodies.truncate(events);
    assert_eq!(bodies.len(), events);
    let folder = TempDir::new().unwrap();
    let path = file(&folder, bodies.join("\n"));
    let in_order = ingested(&[text(&path), "--batch", "100"]);
    let shuffled = ingested(&[text(&path), "--batch", "100", "--shuffle", "1"]);
    assert_eq!(shuffled["digest"], in_order["digest"]);
    let output = run(&["check", text(&path), "--rounds", "2", "--json"]);
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checked["difference"], Value::Null);
    assert_eq!(checked["rounds"], 2);
    assert_eq!(checked["digest"], in_order["digest"]);
}

#[test]
fn undated_events_take_the_time_of_their_line_before_any_shuffling() {
    let mut content = String::new();
    for (n, role) in ["reader", "writer", "admin"]
        .iter()
        .cycle()
        .take(30)
        .enumerate()
    {
        let event = json!({"eventId": format!("e{n}"), "type": "OrganizationUserAdded",
            "payload": {"organizationId": "o", "userId": "u", "role": role}});
        writeln!(content, "{event}").unwrap();
    }
    let folder = TempDir::new().unwrap();
    let path = file(&folder, content);
    for seed in ["1", "2", "3"] {
        let result = ingested(&[text(&path), "--shuffle", seed]);
        assert_eq!(result["memberships"][0]["role"], "admin");
    }
}

#[test]
fn standard_input_is_read_like_a_file() {
    let mut child = roster()
        .args(["ingest", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&fs::read(SAMPLE).unwrap())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["digest"], ingested(&[SAMPLE])["digest"]);
}

#[test]
fn every_line_has_one_outcome_but_blank_ones_are_skipped() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "\n \r\n\n{}\r\n");
    for shuffle in [&[][..], &["--shuffle", "1"]] {
        let result = ingested(&[&[text(&path)], shuffle].concat());
        let counts = json!({"applied": 0, "stale": 0, "duplicate": 0, "failed": 1});
        assert_eq!(result["outcomes"], counts);
        let dead_letters = result["deadLetters"].as_array().unwrap();
        assert_eq!(
            (dead_letters.len(), &dead_letters[0]["line"]),
            (1, &json!(4))
        );
    }
    let blank = file(&folder, " \n\n");
    assert!(error(&["ingest", text(&blank)]).contains("the input is empty"));
}

#[test]
fn invalid_input_prints_one_clear_line() {
    let folder = TempDir::new().unwrap();
    let empty = file(&folder, "");
    assert!(error(&["ingest", text(&empty)]).contains("the input is empty"));
    assert!(error(&["ingest", text(folder.path())]).contains("is a directory"));
    assert!(error(&["ingest", "no-such-file"]).contains("cannot open no-such-file"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = error(&["up", "--dynamodb-port", &port]);
    assert!(
        told.contains(&port) && told.contains("--dynamodb-port"),
        "{told}"
    );
    let told = error(&["up", "--dynamodb-port", &port, "--cors-origin", "*"]);
    assert!(told.contains("--cors-origin: must be origins"), "{told}");
    drop(taken);
    let told = error(&["get", "user", "ada", "--dynamodb-port", &port]);
    assert!(told.contains(&format!("port {port}")), "{told}");
    assert!(
        !told.contains("DispatchFailure("),
        "no dump of the SDK: {told}"
    );
}

#[test]
fn pages_from_the_origins_on_the_command_line_may_call_the_api() {
    let pages = ["http://localhost:3000", "https://app.example"];
    let up = RunningRoster::start(&["--cors-origin", pages[0], "--cors-origin", pages[1]]);
    for (page, allowed) in [
        (pages[0], true),
        (pages[1], true),
        ("http://localhost", false),
    ] {
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "--noproxy",
            "*",
            "--fail",
            "-o",
            "/dev/null",
            "-D",
            "-",
        ]);
        curl.args(["-H", &format!("Origin: {page}")]);
        let asked = curl.arg(format!("{}/health", up.api)).output().unwrap();
        let headers = String::from_utf8(asked.stdout).unwrap().to_lowercase();
        let told = headers.contains(&format!("access-control-allow-origin: {page}\r\n"));
        assert_eq!(told, allowed, "{headers}");
    }
}
