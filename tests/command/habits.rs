//! What users expect of any command: its version, completions and man pages.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{error, run};

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a shell accepts a script, and its output.
fn accepts(shell: &str, arguments: &[&str], script: &str) -> (bool, String) {
    let mut child = Command::new(shell)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(told).unwrap())
}

#[test]
fn the_version_names_the_commit() {
    let head = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output();
    let head = head.ok().filter(|output| output.status.success());
    let commit = head.map(|output| String::from_utf8(output.stdout).unwrap());
    let expected = match commit {
        Some(commit) => format!("roster {} ({})\n", env!("CARGO_PKG_VERSION"), commit.trim()),
        None => format!("roster {}\n", env!("CARGO_PKG_VERSION")),
    };
    assert_eq!(printed(&["--version"]), expected);
}

#[test]
fn bash_completes_commands_and_options() {
    let script = printed(&["completions", "bash"]);
    let ask = |words: &str| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _roster roster \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"\n\
             echo \"${{COMPREPLY[@]}}\"\n"
        );
        let (is_accepted, told) = accepts("bash", &["--norc"], &ask);
        assert!(is_accepted, "{told}");
        told.trim().to_owned()
    };
    assert_eq!(ask("roster ing"), "ingest");
    assert_eq!(ask("roster dlq redrive --dry"), "--dry-run");
}

#[test]
fn zsh_reads_the_completions() {
    let has_zsh = Command::new("zsh").arg("--version").output().is_ok();
    if has_zsh {
        let script = printed(&["completions", "zsh"]);
        let (is_accepted, told) = accepts("zsh", &["-n"], &script);
        assert!(is_accepted && told.is_empty(), "{told}");
    }
}

#[test]
fn every_command_has_a_man_page() {
    let page = printed(&["man"]);
    assert!(page.contains(".TH roster 1"), "{page}");
    for command in [
        "up", "send", "ingest", "check", "get", "may", "dlq", "token",
    ] {
        assert!(
            page.contains(&format!("roster\\-{command}(1)")),
            "{command}"
        );
        let page = printed(&["man", command]);
        assert!(page.contains(&format!(".TH roster-{command} 1")), "{page}");
    }
    assert!(printed(&["man", "dlq", "redrive"]).contains("\\-\\-dry\\-run"));
    let told = error(&["man", "dlq", "undo"]);
    assert_eq!(told, "error: roster-dlq has no command undo\n");
}
