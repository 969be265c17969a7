//! Does `roster send` send everything, and say what it could not?

use std::fs;
use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::RunningRoster;
use crate::{error, file, roster, text};

fn user(id: &str) -> Value {
    json!({"eventId": id, "type": "UserCreated", "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"id": id, "name": id, "email": format!("{id}@example.org")}})
}

/// Sends to a running `roster up`.
fn send(up: &RunningRoster, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = roster()
        .args(["send", "--sqs-port", up.sqs_port()])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let _whether_it_reads = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn what_was_sent_is_there_when_the_command_ends() {
    let up = RunningRoster::start(&[]);
    let lines: Vec<_> = (0..25)
        .map(|n| user(&format!("u{n}")).to_string())
        .collect();
    let sent = send(&up, &[], lines.join("\n").as_bytes());
    assert!(sent.status.success(), "{sent:?}");
    let told = String::from_utf8(sent.stdout).unwrap();
    assert_eq!(told, format!("25 events sent to {}\n", up.queue));
    for n in [0, 9, 10, 24] {
        let id = format!("u{n}");
        assert_eq!(up.get("user", &[&id], &[])["name"], id);
    }
    let array = json!([user("in-an-array")]).to_string();
    let folder = TempDir::new().unwrap();
    let path = file(&folder, array);
    let sent = send(&up, &[text(&path), "--json"], b"");
    let told: Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(told, json!({"sent": 1, "failed": []}));
}

#[test]
fn a_line_that_is_not_sent_is_named_and_the_others_are_sent() {
    let up = RunningRoster::start(&[]);
    let content = [
        user("first").to_string().into_bytes(),
        vec![b'x'; 300_000],
        b"caf\xe9".to_vec(),
        Vec::new(),
        user("last").to_string().into_bytes(),
        Vec::new(),
    ];
    let sent = send(&up, &["-"], &content.join(&b'\n'));
    assert_eq!(sent.status.code(), Some(1));
    let told = String::from_utf8(sent.stdout).unwrap();
    assert_eq!(told, format!("2 events sent to {}, 2 not\n", up.queue));
    let failures = String::from_utf8(sent.stderr).unwrap();
    let failures: Vec<_> = failures.lines().collect();
    assert_eq!(failures.len(), 2, "{failures:?}");
    assert!(
        failures[0].starts_with("line 2: $: found 300001 bytes"),
        "{failures:?}"
    );
    assert!(
        failures[1].starts_with("line 3: $: found bytes that are not UTF-8"),
        "{failures:?}"
    );
    assert_eq!(up.get("user", &["last"], &[])["name"], "last");
}

#[test]
fn a_refusal_of_the_consumer_is_a_dead_letter_and_not_a_failure_to_send() {
    let up = RunningRoster::start(&[]);
    let sent = send(&up, &[], b"not an event\n");
    assert!(sent.status.success(), "{sent:?}");
    assert_eq!(
        sent.stdout,
        format!("1 event sent to {}\n", up.queue).into_bytes()
    );
}

#[test]
fn without_a_queue_one_line_says_what_to_start() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, "{}\n").unwrap();
    let told = error(&["send", text(&path), "--sqs-port", &port]);
    let expected = format!("error: nothing listens at 127.0.0.1:{port}; start `roster up` first");
    assert!(told.starts_with(&expected), "{told}");
}

#[test]
fn empty_input_sends_nothing_and_fails() {
    let up = RunningRoster::start(&[]);
    for nothing in ["", "\n \r\n"] {
        let sent = send(&up, &[], nothing.as_bytes());
        assert_eq!(sent.status.code(), Some(2));
        let told = String::from_utf8(sent.stderr).unwrap();
        assert!(told.starts_with("error: the input is empty"), "{told}");
    }
}

/// Sends to a queue on what the settings say is AWS.
fn send_to_aws(endpoint: &str, queue: &str, input: &str) -> Output {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, input);
    roster()
        .args(["send", text(&path), "--queue", queue])
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .env("HTTP_PROXY", "")
        .output()
        .unwrap()
}

#[test]
fn a_queue_on_aws_is_found_by_name_and_what_it_refuses_is_named_by_line() {
    let up = RunningRoster::start(&[]);
    let input = format!(
        "{}\n{}\n{}\n",
        user("ada"),
        "x".repeat(300_000),
        user("bob")
    );
    let sent = send_to_aws(&up.sqs, "roster-events", &input);
    assert_eq!(sent.status.code(), Some(1));
    let told = String::from_utf8(sent.stdout).unwrap();
    assert_eq!(told, format!("2 events sent to {}, 1 not\n", up.queue));
    let failed = String::from_utf8(sent.stderr).unwrap();
    assert!(failed.starts_with("line 2: SQS refused it: "), "{failed}");
    let long = format!("{}\n", "x".repeat((1 << 20) + 1));
    let told = send_to_aws(&up.sqs, &up.queue, &long).stderr;
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("expected at most 1048576"), "{told}");
}

#[test]
fn a_queue_that_goes_away_is_told_with_the_line_to_go_on_from() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let queue = format!("{endpoint}/000000000000/roster-events");
    let sent = send_to_aws(&endpoint, &queue, &format!("\n{}\n", user("ada")));
    assert_eq!(sent.status.code(), Some(2));
    let told = String::from_utf8(sent.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    let expected = format!(
        "error: cannot send to {queue} (region eu-west-1, profile default): 0 events sent, and \
         perhaps a few more; send the file again from line 2 on: "
    );
    assert!(told.starts_with(&expected), "{told}");
}
