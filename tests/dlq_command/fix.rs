//! Does `roster dlq redrive --fix` send what a person made of a letter, and nothing else?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use roster_stack::Stack;
use roster_tests::letters::{bury, consume, counts, drain, drain_bodies, put};
use roster_tests::relay::{Listener, Relay, Verdict};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{added, answer, error, failed, finish, roster, stack};

/// An editor that is a shell script, and where its files are.
struct Editor {
    folder: TempDir,
}

impl Editor {
    fn new(script: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let editor = Self { folder };
        fs::write(editor.path(), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(editor.path(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(editor.drafts()).unwrap();
        editor
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("editor")
    }

    fn drafts(&self) -> PathBuf {
        self.folder.path().join("drafts")
    }

    /// The texts that were kept.
    fn kept(&self) -> Vec<String> {
        let drafts = fs::read_dir(self.drafts()).unwrap();
        drafts
            .map(|draft| fs::read_to_string(draft.unwrap().path()).unwrap())
            .collect()
    }

    fn command(&self, stack: &Stack, id: &str) -> Command {
        let ports = [stack.dynamodb.address, stack.sqs.address].map(|a| a.port().to_string());
        let ports = ["--dynamodb-port", &ports[0], "--sqs-port", &ports[1]];
        let mut command = roster(&[&["redrive", "--fix", id], &ports[..]].concat());
        command.env("TMPDIR", self.drafts());
        command.env_remove("VISUAL").env("EDITOR", self.path());
        command
    }

    async fn fix(&self, stack: &Stack, id: &str) -> Output {
        finish(self.command(stack, id)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_letter_is_sent_with_its_time_and_deleted() {
    let stack = stack().await;
    let bad = json!({"eventId": "e", "type": "OrganizationUserAdded",
        "payload": {"organizationId": "o", "userId": "u", "role": "owner"}});
    let attributes = [
        ("ErrorCode", "malformed"),
        ("EventTime", "2026-01-01T00:00:00Z"),
        ("Trace", "t"),
    ];
    let id = put(
        &stack,
        &stack.queues.dead_letters,
        &bad.to_string(),
        &attributes,
    )
    .await;
    bury(&stack, "another", Some("not_json")).await;
    let editor = Editor::new(r#"sed -i 's/"owner"/"admin"/' "$1""#);
    let output = editor.fix(&stack, &id).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told, "Sent, and deleted as a dead letter\n");
    assert_eq!(editor.kept(), [""; 0]);
    let sent = drain(&stack, &stack.queues.events).await;
    let [sent] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    let body: Value = serde_json::from_str(sent.body().unwrap()).unwrap();
    assert_eq!(body["payload"]["role"], "admin");
    let attributes = sent.message_attributes().unwrap();
    assert_eq!(
        attributes["EventTime"].string_value(),
        Some("2026-01-01T00:00:00Z")
    );
    assert_eq!(attributes["Trace"].string_value(), Some("t"));
    assert_eq!(attributes.len(), 2, "{attributes:?}");
    let left = drain_bodies(&stack, &stack.queues.dead_letters).await;
    assert_eq!(left, ["another"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undated_letter_keeps_its_first_time_when_it_is_edited() {
    let stack = stack().await;
    let undated = |role: &str, id: &str| {
        json!({"eventId": id, "type": "OrganizationUserAdded",
            "payload": {"organizationId": "o", "userId": "u", "role": role}})
        .to_string()
    };
    let id = bury(&stack, &undated("owner", "older"), None).await;
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    put(
        &stack,
        &stack.queues.events,
        &undated("reader", "newer"),
        &[],
    )
    .await;
    assert_eq!(consume(&stack).await.applied, 1);
    let editor = Editor::new(r#"sed -i 's/"owner"/"admin"/' "$1""#);
    assert!(editor.fix(&stack, &id).await.status.success());
    assert_eq!(consume(&stack).await.stale, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_unless_a_valid_text_was_written() {
    let stack = stack().await;
    let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
    for (script, told, is_kept) in [
        ("true", "nothing was sent: the text was not changed", false),
        (": > \"$1\"", "nothing was sent: the text is empty", false),
        (
            "echo ' ' > \"$1\"",
            "nothing was sent: the text is empty",
            false,
        ),
        ("exit 3", "ended with exit status: 3", false),
        (
            "echo not json > \"$1\"; exit 1",
            "ended with exit status: 1",
            true,
        ),
        (
            "echo not json > \"$1\"",
            "nothing was sent: still wrong: not_json",
            true,
        ),
        (
            "sed -i 's/owner/boss/' \"$1\"",
            "nothing was sent: still wrong: malformed: $.payload.role",
            true,
        ),
        ("rm \"$1\"", "cannot read the text that was edited", false),
    ] {
        let editor = Editor::new(script);
        let stderr = error(&editor.fix(&stack, &id).await);
        assert!(stderr.contains(told), "{told} in {stderr}");
        assert_eq!(editor.kept().len(), usize::from(is_kept), "{script}");
        assert_eq!(
            stderr.contains("your text is kept in "),
            is_kept,
            "{stderr}"
        );
        assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (1, 0));
        assert_eq!(counts(&stack, &stack.queues.events).await, (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_is_the_one_that_the_environment_names_with_its_arguments() {
    let stack = stack().await;
    let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
    let editor = Editor::new("test \"$1\" = --wait && sed -i s/owner/admin/ \"$2\"");
    let path = editor.path();
    let waiting = format!("{} --wait", path.display());
    let mut command = editor.command(&stack, &id);
    command.env("VISUAL", waiting).env("EDITOR", "false");
    assert!(finish(command).await.status.success());
    let mut command = editor.command(&stack, "any");
    command.env_remove("EDITOR");
    let told = failed(&finish(command).await, 3);
    assert!(
        told.contains("no message any among 0 dead letters"),
        "{told}"
    );
    let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
    let mut command = editor.command(&stack, &id);
    command.env_remove("EDITOR");
    let told = error(&finish(command).await);
    assert!(
        told.contains("there is no terminal for vi; set EDITOR"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_somebody_else_has_taken_meanwhile_is_not_sent() {
    let stack = stack().await;
    let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
    let sqs = stack.sqs.address.port();
    let purge = format!(
        "{} dlq purge --yes --sqs-port {sqs} >&2; sed -i s/owner/admin/ \"$1\"",
        env!("CARGO_BIN_EXE_roster")
    );
    let editor = Editor::new(&purge);
    let told = failed(&editor.fix(&stack, &id).await, 3);
    assert!(told.contains("nothing was sent: the message"), "{told}");
    assert!(told.contains("is no dead letter any more"), "{told}");
    assert_eq!(counts(&stack, &stack.queues.events).await, (0, 0));
    let [kept] = <[String; 1]>::try_from(editor.kept()).unwrap();
    assert!(kept.contains("admin"), "{kept}");
}

/// Refuses to send, or does not delete.
struct Failing(&'static str);

impl Listener for Failing {
    fn request(&mut self, operation: &str, _: &mut Value) -> Verdict {
        if operation == self.0 {
            return Verdict::Refuse("AWS.SimpleQueueService.Injected");
        }
        Verdict::Pass
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_deleted_only_after_its_new_message_was_sent() {
    for (operation, sent) in [("SendMessageBatch", 0), ("DeleteMessageBatch", 1)] {
        let stack = stack().await;
        let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
        let editor = Editor::new("sed -i s/owner/admin/ \"$1\"");
        let relay = Relay::start(stack.sqs.address, Failing(operation)).await;
        let mut command = roster(&["redrive", "--fix", &id, "--queue", "roster-events"]);
        command.env("AWS_ENDPOINT_URL_SQS", format!("http://{}", relay.address));
        command.env("EDITOR", editor.path()).env_remove("VISUAL");
        command.env("TMPDIR", editor.drafts());
        let told = error(&finish(command).await);
        assert_eq!(told.contains("the message was sent"), sent == 1, "{told}");
        assert_eq!(counts(&stack, &stack.queues.events).await, (sent, 0));
        assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (1, 0));
        assert_eq!(editor.kept().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_may_read_the_file_that_is_edited() {
    let stack = stack().await;
    let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
    let editor = Editor::new("stat -c %a \"$1\" > \"$0.mode\"");
    error(&editor.fix(&stack, &id).await);
    let mode = fs::read_to_string(Path::new(&format!("{}.mode", editor.path().display())));
    assert_eq!(mode.unwrap(), "600\n");
    let told = answer(&stack, &["explain", &id]).await;
    assert!(told.contains(&id), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_offers_to_edit_an_invalid_text_again() {
    // The first edit leaves a role that does not exist, the second names one that does.
    let script = "sed -i -e s/boss/admin/ -e s/owner/boss/ \"$1\"";
    for (answer, told, sent) in [
        ("y", "Sent, and deleted as a dead letter", 1),
        ("n", "your text is kept in", 0),
    ] {
        let stack = stack().await;
        let id = bury(&stack, &added("u", "owner"), Some("malformed")).await;
        let editor = Editor::new(script);
        let fix = format!(
            "{} dlq redrive --fix {id} --sqs-port {} --dynamodb-port {}",
            env!("CARGO_BIN_EXE_roster"),
            stack.sqs.address.port(),
            stack.dynamodb.address.port()
        );
        let mut terminal = Command::new("sh");
        let typed = format!("echo {answer} | script -qefc '{fix}' /dev/null");
        terminal.args(["-c", &typed]).stdout(Stdio::piped());
        terminal.env("EDITOR", editor.path()).env_remove("VISUAL");
        terminal.env("TMPDIR", editor.drafts());
        let shown = String::from_utf8(finish(terminal).await.stdout).unwrap();
        let wrong = "still wrong: malformed: $.payload.role";
        assert!(shown.contains(wrong), "{shown}");
        assert!(shown.contains("Edit it again? [y/N]"), "{shown}");
        assert!(shown.contains(told), "{shown}");
        assert_eq!(counts(&stack, &stack.queues.events).await, (sent, 0));
        let (left, _) = counts(&stack, &stack.queues.dead_letters).await;
        assert_eq!(left, 1 - sent);
    }
}
