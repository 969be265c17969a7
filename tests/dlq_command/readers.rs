//! What a command says about letters that another reader holds, and about wrong filters.

use std::process::{Command, Stdio};
use std::time::Duration;

use roster_stack::Stack;
use roster_tests::letters::{bury, counts, drain};
use roster_tests::relay::{Listener, Relay, Verdict};
use serde_json::{Value, json};

use super::{
    Hanging, LETTERS, added, answer, answer_json, error, finish, hanging, roster, run, stack,
};

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_another_reader_holds_are_counted_and_said() {
    let stack = stack().await;
    bury(&stack, "not json", Some("not_json")).await;
    bury(&stack, &added("a", "reader"), None).await;
    assert_eq!(drain(&stack, &stack.queues.dead_letters).await.len(), 2);
    let nothing_seen = "No visible dead letters; another reader holds about 2 dead letters\n";
    for (arguments, told) in [
        (&["list"][..], nothing_seen),
        (&["redrive"], "0 dead letters, 0 of them selected: 0 sent\n"),
        (&["purge", "--yes"], "0 dead letters deleted\n"),
    ] {
        let output = run(&stack, arguments).await;
        assert!(output.status.success());
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.starts_with(told), "{stdout}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let warning = "warning: another reader holds about 2 dead letters, which this command";
        assert!(stderr.starts_with(warning), "{stderr}");
        let json = answer_json(&stack, arguments).await;
        assert_eq!(json["hidden"], 2, "{arguments:?}");
    }
    bury(&stack, "not json", Some("not_json")).await;
    let listed = answer(&stack, &["list"]).await;
    let seen = "1 dead letter; another reader holds about 2 dead letters\n";
    assert!(listed.starts_with(seen), "{listed}");
    let json = answer_json(&stack, &["list"]).await;
    assert_eq!(
        (&json["deadLetters"], &json["hidden"]),
        (&json!(1), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_readers_the_second_warns_and_nothing_is_lost() {
    let stack = stack().await;
    let at = Hanging::at("SendMessageBatch", Verdict::Hang);
    let (child, _relay) = hanging(&stack, at).await;
    let output = run(&stack, &["redrive", "--json"]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("warning: another reader holds"),
        "{stderr}"
    );
    let first = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    assert!(first.await.unwrap().status.success());
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (0, 0));
    let (sent, _) = counts(&stack, &stack.queues.events).await;
    assert_eq!(sent, LETTERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_no_letter_can_match_is_refused_with_those_that_can() {
    let stack = stack().await;
    let id = bury(&stack, r#"{"type":"UserRenamed"}"#, Some("unknown_type")).await;
    for command in [&["list"][..], &["redrive"], &["purge", "--yes"]] {
        let told = error(&run(&stack, &[command, &["--reason", "malfromed"]].concat()).await);
        for known in [
            "malfromed",
            "malformed",
            "max_receives",
            "refused_by_table",
            "--reason",
        ] {
            assert!(told.contains(known), "{known} in {told}");
        }
        let told = error(&run(&stack, &[command, &["--type", "UserRenamed"]].concat()).await);
        let start = "error: --type: UserRenamed is no event type; known are UserCreated, ";
        assert!(told.starts_with(start), "{told}");
        assert!(told.contains("add --reason unknown_type"), "{told}");
    }
    let unknown = ["--type", "UserRenamed", "--reason", "unknown_type"];
    let json = answer_json(&stack, &[&["list"], &unknown[..]].concat()).await;
    assert_eq!(json["selected"], 1);
    assert_eq!(json["reasons"][0]["messages"][0]["messageId"], id.as_str());
    let told = answer(&stack, &[&["purge", "--yes"], &unknown[..]].concat()).await;
    assert!(told.starts_with("1 dead letter deleted\n"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_filter_shows_each_message_with_its_whole_id() {
    let stack = stack().await;
    let valid = bury(&stack, &added("a", "reader"), Some("malformed")).await;
    tokio::time::sleep(Duration::from_millis(2)).await;
    let invalid = bury(&stack, &added("a", "owner"), Some("malformed")).await;
    bury(&stack, "not json", Some("not_json")).await;
    let listed = answer(&stack, &["list", "--reason", "malformed"]).await;
    assert!(
        listed.starts_with("3 dead letters, 2 of them selected\n"),
        "{listed}"
    );
    for (id, accepted) in [(valid, "yes"), (invalid, "no")] {
        let row = listed.lines().find(|line| line.contains(&id)).unwrap();
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(words.first(), Some(&id.as_str()));
        assert_eq!(words[1..].first(), Some(&"OrganizationUserAdded"));
        assert_eq!(words.last(), Some(&accepted));
    }
    let listed = answer(&stack, &["list", "--type", "UserCreated"]).await;
    assert_eq!(listed, "3 dead letters, 0 of them selected\n");
}

/// Refuses to receive messages.
struct Forbidding;

impl Listener for Forbidding {
    fn request(&mut self, operation: &str, _: &mut Value) -> Verdict {
        if operation == "ReceiveMessage" {
            return Verdict::Refuse("AccessDenied");
        }
        Verdict::Pass
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_aws_refuses_on_the_way_names_region_and_profile_too() {
    let stack = stack().await;
    let relay = Relay::start(stack.sqs.address, Forbidding).await;
    let mut command = roster(&["list", "--queue", "roster-events"]);
    command.env("AWS_ENDPOINT_URL_SQS", format!("http://{}", relay.address));
    let told = error(&finish(command).await);
    let start = "error: cannot ask roster-events (region us-east-1, profile default;";
    assert!(told.starts_with(start), "{told}");
    assert!(told.contains("AccessDenied"), "{told}");
}

/// What a command shows in a terminal of that many columns.
#[cfg(target_os = "linux")]
async fn in_terminal(stack: &Stack, columns: usize, arguments: &str) -> String {
    let command = format!(
        "stty cols {columns} rows 24; {} dlq --dynamodb-port {} --sqs-port {} {arguments}",
        env!("CARGO_BIN_EXE_roster"),
        stack.dynamodb.address.port(),
        stack.sqs.address.port()
    );
    let mut terminal = Command::new("script");
    terminal.args(["-qfec", &command, "/dev/null"]);
    terminal.env("TERM", "xterm").stdin(Stdio::null());
    let output = finish(terminal).await;
    String::from_utf8(output.stdout).unwrap().replace('\r', "")
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_progress_and_nothing_else_does() {
    let stack = stack().await;
    bury(&stack, "not json", Some("not_json")).await;
    let output = run(&stack, &["list"]).await;
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let shown = in_terminal(&stack, 80, "list").await;
    assert!(shown.contains("1/1 received"), "{shown:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_letters_fits_the_terminal() {
    let stack = stack().await;
    let id = bury(&stack, &added("a", "owner"), Some("malformed")).await;
    for columns in [40, 80] {
        for (arguments, has_id) in [
            ("list", false),
            ("list --reason malformed", true),
            ("list --newer-than 1h", true),
            (&format!("explain {id}"), true),
            ("redrive --dry-run", false),
        ] {
            let shown = in_terminal(&stack, columns, &format!("{arguments} 2>/dev/null")).await;
            let (told, _body) = shown.split_once("\nAttributes").unwrap_or((&shown, ""));
            assert_eq!(told.contains(&id), has_id, "{told}");
            for line in told.lines() {
                let is_word = !line.trim().contains(' ') || line.contains(&id);
                assert!(
                    line.len() <= columns || is_word,
                    "{columns}: {line:?} in\n{told}"
                );
            }
        }
    }
}
