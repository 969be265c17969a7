//! Does `roster dlq` do what its help says, and does it lose nothing when it is killed?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[cfg(target_os = "linux")]
#[path = "dlq_command/fix.rs"]
mod fix;
#[path = "dlq_command/readers.rs"]
mod readers;

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use roster_stack::{Options, Stack};
use roster_tests::letters::{bury, consume, counts, drain_bodies, put};
use roster_tests::relay::{Listener, Relay, Verdict};
use serde_json::{Value, json};

fn added(user: &str, role: &str) -> String {
    json!({"eventId": "e", "type": "OrganizationUserAdded", "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"organizationId": "o", "userId": user, "role": role}})
    .to_string()
}

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

fn roster(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    command.arg("dlq").args(arguments).env_remove("AWS_PROFILE");
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the command next to the servers of this process.
async fn finish(mut command: Command) -> Output {
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    run.await.unwrap()
}

/// A command against a local stack.
async fn run(stack: &Stack, arguments: &[&str]) -> Output {
    let ports = [stack.dynamodb.address, stack.sqs.address].map(|a| a.port().to_string());
    let ports = ["--dynamodb-port", &ports[0], "--sqs-port", &ports[1]];
    finish(roster(&[arguments, &ports[..]].concat())).await
}

async fn answer(stack: &Stack, arguments: &[&str]) -> String {
    let output = run(stack, arguments).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

async fn answer_json(stack: &Stack, arguments: &[&str]) -> Value {
    let text = answer(stack, &[arguments, &["--json"]].concat()).await;
    serde_json::from_str(&text).unwrap()
}

fn error(output: &Output) -> String {
    failed(output, 2)
}

fn failed(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code));
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(stderr.contains("error: "), "{stderr}");
    stderr
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_is_wrong_and_what_a_redrive_would_do() {
    let stack = stack().await;
    let names = |name| {
        json!({"eventId": "e", "type": "UserCreated",
        "payload": {"id": "u", "name": name, "email": "nobody\u{9b}2J"}})
    };
    let bad = names("N").to_string();
    put(&stack, &stack.queues.events, &bad, &[("Trace", "t\u{9b}")]).await;
    assert_eq!(consume(&stack).await.failed, 1);
    for user in ["a", "b", "b"] {
        bury(&stack, &added(user, "reader"), None).await;
    }
    put(&stack, &stack.queues.events, &added("a", "reader"), &[]).await;
    assert_eq!(consume(&stack).await.applied, 1);

    let listed = answer(&stack, &["list"]).await;
    assert!(listed.starts_with("4 dead letters\n"), "{listed}");
    let row: Vec<_> = listed
        .lines()
        .find(|l| l.contains("malformed"))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(row[1..3], ["1", "0"], "{listed}");
    let json = answer_json(&stack, &["list"]).await;
    assert_eq!(json["reasons"][0]["reason"], "max_receives");
    assert_eq!(
        (
            &json["reasons"][0]["count"],
            &json["reasons"][0]["accepted"]
        ),
        (&json!(3), &json!(3))
    );

    let id = json["reasons"][1]["messages"][0]["messageId"]
        .as_str()
        .unwrap();
    let told = answer(&stack, &["explain", id]).await;
    for part in [
        "Reason    malformed: $.payload.email: found a string of 10 bytes",
        "Now       still wrong: malformed: $.payload.email: found a string of 10 bytes",
        concat!(
            "  FunctionVersion (String): ",
            env!("CARGO_PKG_VERSION"),
            "+local\n"
        ),
        "  \"payload\": {\n    \"email\": \"nobody\\u{9b}2J\",\n    \"id\": \"u\",\n",
        "  Trace (String): t\\u{9b}",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let json = answer_json(&stack, &["explain", id]).await;
    assert_eq!(
        (&json["now"]["valid"], &json["now"]["failure"]["path"]),
        (&json!(false), &json!("$.payload.email"))
    );
    assert_eq!(json["body"], bad.as_str());

    let dry = answer_json(&stack, &["redrive", "--dry-run"]).await;
    assert_eq!(
        dry["foretold"],
        json!({"applied": 1, "stale": 0, "duplicate": 2})
    );
    assert_eq!(dry["stillFailing"], json!({"malformed": 1}));
    let told = answer(&stack, &["redrive", "--dry-run", "--reason", "malformed"]).await;
    assert!(
        told.starts_with("4 dead letters, 1 of them selected: 0 would be sent\n"),
        "{told}"
    );
    assert_eq!(counts(&stack, &stack.queues.events).await, (0, 0));
    let told = answer(&stack, &["redrive", "--newer-than", "1h"]).await;
    assert!(
        told.contains("3 sent\nAs the table is now, 1 will be applied, 0 stale, 2 duplicate"),
        "{told}"
    );
    let outcomes = consume(&stack).await;
    assert_eq!((outcomes.applied, outcomes.duplicate), (1, 2));

    let told = answer(&stack, &["purge", "--yes", "--type", "UserCreated"]).await;
    assert!(told.starts_with("1 dead letter deleted\n"), "{told}");
    assert_eq!(answer(&stack, &["list"]).await, "No dead letters.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_letter_is_explained_with_the_outcome_of_a_redrive() {
    let stack = stack().await;
    let id = bury(&stack, &added("a", "reader"), Some("refused_by_table")).await;
    let told = answer(&stack, &["explain", &id]).await;
    let now = "Now       valid: event e of membership o a, at 2026-01-01T00:00:00.000000000Z\n\
               Redriven  it would be applied\n";
    assert!(told.contains(now), "{told}");
    let json = answer_json(&stack, &["explain", &id]).await;
    assert_eq!(
        (&json["now"]["entity"], &json["now"]["outcome"]),
        (&json!("membership o a"), &json!("applied"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_call_explains_what_to_do() {
    let stack = stack().await;
    bury(&stack, "not json", Some("not_json")).await;
    let told = failed(&run(&stack, &["explain", "no-such-id"]).await, 3);
    assert!(
        told.contains("no message no-such-id among 1 dead letter; `roster dlq list`"),
        "{told}"
    );
    let told = error(&run(&stack, &["purge"]).await);
    assert!(told.contains("--yes"), "{told}");
    assert!(
        error(&run(&stack, &["redrive", "--older-than", "soon"]).await).contains("--older-than")
    );
    let sqs = format!("http://{}", stack.sqs.address);
    let deployed = async |arguments: &[&str]| {
        let mut command = roster(arguments);
        command.env("AWS_ENDPOINT_URL_SQS", &sqs);
        error(&finish(command).await)
    };
    let told = deployed(&["redrive", "--dry-run", "--queue", "roster-events"]).await;
    assert!(told.contains("name it with --table NAME"), "{told}");
    let told = deployed(&["list", "--queue", "other"]).await;
    assert!(
        told.contains("cannot ask other (region us-east-1, profile default;"),
        "{told}"
    );
    assert!(
        !told.contains("DispatchFailure("),
        "no dump of the SDK: {told}"
    );
    let told = error(&finish(roster(&["list", "--sqs-port", "1"])).await);
    assert!(told.contains("port 1 (is `cargo run` running?"), "{told}");
    let told = error(
        &finish({
            let ports = [
                "--sqs-port",
                &stack.sqs.address.port().to_string(),
                "--dynamodb-port",
                "1",
            ];
            bury(&stack, &added("u", "reader"), None).await;
            roster(&[&["redrive"], &ports[..]].concat())
        })
        .await,
    );
    assert!(told.contains("cannot ask the table on port 1"), "{told}");
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (2, 0));
}

/// Stops responding at the second request of an operation, or after it.
struct Hanging {
    operation: &'static str,
    verdict: Verdict,
    calls: u32,
    sent: Vec<String>,
    deleted: usize,
}

impl Hanging {
    fn at(operation: &'static str, verdict: Verdict) -> Self {
        Self {
            operation,
            verdict,
            calls: 0,
            sent: Vec::new(),
            deleted: 0,
        }
    }
}

impl Listener for Hanging {
    fn request(&mut self, operation: &str, _: &mut Value) -> Verdict {
        if operation != self.operation {
            return Verdict::Pass;
        }
        self.calls += 1;
        if self.calls == 2 {
            self.verdict
        } else {
            Verdict::Pass
        }
    }

    fn answer(&mut self, operation: &str, request: &Value, answer: &mut Value) {
        let done = answer["Successful"].as_array().map_or(0, Vec::len);
        match operation {
            "DeleteMessageBatch" => self.deleted += done,
            "SendMessageBatch" => {
                let entries = request["Entries"].as_array().unwrap();
                assert_eq!(entries.len(), done);
                let bodies = entries
                    .iter()
                    .map(|entry| entry["MessageBody"].as_str().unwrap());
                self.sent.extend(bodies.map(str::to_owned));
            }
            _ => {}
        }
    }
}

const LETTERS: usize = 25;

/// Starts a redrive of 25 letters and waits until it hangs.
async fn hanging(stack: &Stack, hanging: Hanging) -> (Child, Relay<Hanging>) {
    for n in 0..LETTERS {
        bury(stack, &added(&format!("u{n}"), "reader"), None).await;
    }
    let relay = Relay::start(stack.sqs.address, hanging).await;
    let mut command = roster(&["redrive", "--json", "--queue", "roster-events"]);
    command.env("AWS_ENDPOINT_URL_SQS", format!("http://{}", relay.address));
    let mut child = command.spawn().unwrap();
    while relay.listener().calls < 2 {
        assert_eq!(child.try_wait().unwrap(), None);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (child, relay)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_redrive_leaves_every_letter_on_one_of_the_queues() {
    for (operation, verdict, sent, deleted) in [
        ("SendMessageBatch", Verdict::Hang, 10, 10),
        ("SendMessageBatch", Verdict::HangAfter, 20, 10),
        ("DeleteMessageBatch", Verdict::Hang, 20, 10),
        ("DeleteMessageBatch", Verdict::HangAfter, 20, 20),
    ] {
        let stack = stack().await;
        let (mut child, relay) = hanging(&stack, Hanging::at(operation, verdict)).await;
        while relay.listener().sent.len() < sent || relay.listener().deleted < deleted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut bodies = relay.listener().sent.clone();
        bodies.sort();
        assert_eq!((bodies.len(), relay.listener().deleted), (sent, deleted));
        assert_eq!(drain_bodies(&stack, &stack.queues.events).await, bodies);
        // The messages it had received become visible again after a while.
        let (visible, hidden) = counts(&stack, &stack.queues.dead_letters).await;
        assert_eq!(
            (visible, hidden),
            (0, LETTERS - deleted),
            "{operation} {verdict:?}"
        );
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_finishes_the_request_and_makes_the_rest_visible_again() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let stack = stack().await;
        let at = Hanging::at("SendMessageBatch", Verdict::Hang);
        let (child, _relay) = hanging(&stack, at).await;
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
        let output = output.await.unwrap();
        // The SDK retries the request that hung.
        let done: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&done["sent"], &done["cutOff"]), (&json!(20), &json!(true)));
        assert!(error(&output).contains("interrupted"));
        assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (5, 0));
        assert_eq!(drain_bodies(&stack, &stack.queues.events).await.len(), 20);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn purge_asks_for_confirmation_on_a_terminal() {
    let stack = stack().await;
    bury(&stack, "not json", Some("not_json")).await;
    bury(&stack, "{}", Some("missing")).await;
    let ports = [stack.dynamodb.address, stack.sqs.address].map(|a| a.port());
    let command = format!(
        "{} dlq purge --reason missing --dynamodb-port {} --sqs-port {}",
        env!("CARGO_BIN_EXE_roster"),
        ports[0],
        ports[1]
    );
    for (answer, told, left) in [
        ("n", "0 dead letters deleted", 2),
        ("y", "1 dead letter deleted", 1),
    ] {
        let mut terminal = Command::new("sh");
        let typed = format!("echo {answer} | script -qec '{command}' /dev/null");
        terminal.args(["-c", &typed]).stdout(Stdio::piped());
        let output = finish(terminal).await;
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            shown.contains("Delete 1 of 2 dead letters for good: 1 missing? [y/N]"),
            "{shown}"
        );
        assert!(shown.contains(told), "{shown}");
        assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (left, 0));
    }
}
