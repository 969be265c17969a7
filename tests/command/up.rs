//! Does `roster up` keep what it accepted, and does what it prints work?

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::RunningRoster;
use crate::{error, run, text};

fn user(id: &str) -> Value {
    json!({"eventId": id, "type": "UserCreated", "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"id": id, "name": id, "email": format!("{id}@example.org")}})
}

/// The list of dead letters, once there is one.
fn dead_letters(up: &RunningRoster) -> Value {
    for _ in 0..200 {
        let listed = run(&["dlq", "list", "--json", "--sqs-port", up.sqs_port()]);
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap_or_default();
        if listed["deadLetters"].as_u64() > Some(0) {
            return listed;
        }
        std::thread::yield_now();
    }
    Value::Null
}

#[test]
fn what_was_accepted_survives_ctrl_c_sigterm_and_a_kill() {
    let folder = TempDir::new().unwrap();
    let data = ["--data", text(folder.path())];
    for (round, signal) in ["INT", "TERM", "KILL"].iter().enumerate() {
        let up = RunningRoster::start(&data);
        for n in 0..20 {
            up.send(&user(&format!("u{round}-{n}")));
        }
        up.send_delayed(&user(&format!("delayed-{round}")), 1);
        let (code, told) = up.stop(signal);
        if *signal == "KILL" {
            assert_eq!((code, &*told), (None, ""));
        } else {
            assert_eq!(code, Some(0), "{told}");
            let kept = format!(", kept in {}.", text(folder.path()));
            assert!(
                told.starts_with("Left: ") && told.ends_with(&kept),
                "{told}"
            );
        }
    }
    let up = RunningRoster::start(&data);
    let sent = (0..3).flat_map(|round| (0..20).map(move |n| format!("u{round}-{n}")));
    for id in sent.chain((0..3).map(|round| format!("delayed-{round}"))) {
        assert_eq!(up.get("user", &[&id], &[])["name"], id);
    }
}

#[test]
fn dead_letters_survive_a_stop() {
    let folder = TempDir::new().unwrap();
    let data = ["--data", text(folder.path())];
    let up = RunningRoster::start(&data);
    up.send(&json!({"not": "an event"}));
    let before = dead_letters(&up);
    assert_eq!(before["deadLetters"], 1);
    let (_, told) = up.stop("INT");
    assert!(told.starts_with("Left: 1 dead letter, kept in "), "{told}");
    let up = RunningRoster::start(&data);
    let after = dead_letters(&up);
    let letter = |listed: &Value| listed["reasons"][0]["messages"][0]["messageId"].clone();
    assert!(letter(&after).is_string(), "{after}");
    assert_eq!(letter(&after), letter(&before));
}

#[test]
fn what_is_lost_without_a_folder_is_told() {
    let up = RunningRoster::start(&[]);
    up.send_delayed(&user("ada"), 600);
    let (code, told) = up.stop("TERM");
    assert_eq!(code, Some(0));
    assert_eq!(
        told,
        "Lost: 1 event on the queue. Everything was in memory; --data DIR keeps it."
    );
}

#[test]
fn a_data_folder_that_cannot_be_used_is_told_in_one_line() {
    for name in ["roster.db", "messages.db"] {
        let folder = TempDir::new().unwrap();
        drop(RunningRoster::start(&["--data", text(folder.path())]));
        let file = folder.path().join(name);
        for rest in ["db-wal", "db-shm"] {
            // After a kill they would restore the pages.
            fs::remove_file(file.with_extension(rest)).unwrap();
        }
        fs::write(&file, "some text that is no database. ".repeat(200)).unwrap();
        let ports = ["--dynamodb-port", "0", "--sqs-port", "0", "--api-port", "0"];
        let told = error(&[&["up", "--data", text(folder.path())], &ports[..]].concat());
        let expected = format!("error: {} is damaged or no database (", file.display());
        assert!(told.starts_with(&expected), "{told}");
        assert!(told.contains("move it away"), "{told}");
    }
}

#[test]
fn the_greeting_can_be_pasted() {
    for shell in [&["bash", "--norc"][..], &["zsh", "-f"]] {
        if Command::new(shell[0]).arg("--version").output().is_err() {
            continue; // tests/readme.sh installs zsh.
        }
        let up = RunningRoster::start(&[]);
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("NO_PROXY", "127.0.0.1")
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "set -e\n{}", up.commands).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && told.is_empty(),
            "{shell:?}: {told}"
        );
        let mut rest = &*String::from_utf8(output.stdout).unwrap();
        for expected in [
            "3 events sent to ",
            "Acme",
            "ada@example.org",
            "\"organizationId\":\"acme\"",
        ] {
            let found = rest.split_once(expected);
            rest = found.unwrap_or_else(|| panic!("{expected}: {rest}")).1;
        }
    }
}

#[test]
fn another_address_to_listen_on_is_used_by_all_servers() {
    let up = RunningRoster::start(&["--host", "127.0.0.2"]);
    for address in [&up.dynamodb, &up.sqs, &up.queue, &up.api] {
        assert!(address.starts_with("http://127.0.0.2:"), "{address}");
    }
    up.send(&user("ada"));
    let wrong = run(&["up", "--host", "localhost"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn the_command_for_tokens_that_is_shown_reaches_an_api_on_another_port() {
    let up = RunningRoster::start(&[]);
    let mut shell = Command::new("sh");
    let output = shell
        .args(["-c", &format!("{} --service", up.token_command)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {output:?}", up.token_command);
}
