//! Does what the command prints fit a terminal, and is a terminal safe from it?

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::running::RunningRoster;
use crate::{file, roster, run, text};

const USER: &str = "0b5d0f4e-52a1-4d39-9a55-5a7ec4f2b0c1";
const ORGANIZATION: &str = "7d0e8a1c-6f0b-4c5e-8f25-1d8f0c9d2e34";

/// A shell command in a terminal of that many columns.
fn in_terminal(columns: usize, command: &str) -> Command {
    let mut terminal = Command::new("script");
    let sized = format!("stty cols {columns} rows 24; {command}");
    let clean = roster();
    terminal.args(["-qfec", &sized, "/dev/null"]);
    for (name, value) in clean.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    terminal.env("TERM", "xterm-256color");
    terminal.env_remove("NO_COLOR").env_remove("RUST_LOG");
    terminal
}

/// What a roster command shows in a terminal of that many columns.
fn shown(columns: usize, arguments: &str) -> String {
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_roster"));
    let mut terminal = in_terminal(columns, &command);
    let output = terminal.stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace('\r', "")
}

/// The text without the sequences that set colors.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    let rest = parts.map(|part| part.split_once('m').unwrap().1);
    first + &rest.collect::<String>()
}

/// Fails if a line is too long for a reason other than a single long word.
fn assert_fits(text: &str, columns: usize) {
    for line in plain(text).lines() {
        let is_word = !line.trim().contains(' ');
        let width = line.chars().count();
        assert!(
            width <= columns || is_word,
            "{columns}: {line:?} in\n{text}"
        );
    }
}

/// A running roster with long ids, long names and a name that a terminal would obey.
fn with_long_names() -> RunningRoster {
    let up = RunningRoster::start(&[]);
    let event =
        |event_type: &str, payload| json!({"eventId": "e", "type": event_type, "payload": payload});
    let name = "Augusta Ada\u{202e}\u{1b}[2J King Noel Byron, Countess of Lovelace";
    let (first, last) = name.split_once(' ').unwrap();
    for (event_type, payload) in [
        (
            "OrganizationCreated",
            json!({"id": ORGANIZATION,
            "name": "The Analytical Society for the Promotion of the Mathematical Sciences"}),
        ),
        (
            "UserCreated",
            json!({"id": USER, "firstName": first, "lastName": last,
            "email": "augusta.ada.king.noel@mathematics.example.org"}),
        ),
        (
            "OrganizationUserAdded",
            json!({"organizationId": ORGANIZATION, "userId": USER,
            "role": "admin"}),
        ),
    ] {
        up.send(&event(event_type, payload));
    }
    let users = || up.get("organization", &[ORGANIZATION], &[])["users"][0]["name"].clone();
    while users().is_null() {
        std::thread::yield_now();
    }
    up
}

#[test]
fn tables_fit_the_terminal_and_ids_stay_whole() {
    let up = with_long_names();
    let port = up.dynamodb.rsplit(':').next().unwrap();
    let ask = |what: &str| format!("get {what} --dynamodb-port {port}");
    for columns in [40, 80, 120] {
        let organization = shown(columns, &ask(&format!("organization {ORGANIZATION}")));
        assert_fits(&organization, columns);
        assert!(organization.contains(USER), "{organization}");
        let user = shown(columns, &ask(&format!("user {USER}")));
        assert_fits(&user, columns);
        assert!(user.contains(ORGANIZATION), "{user}");
        for list in [
            "roles",
            "permissions",
            "role admin",
            "permission members:read",
        ] {
            let listed = shown(columns, &ask(list));
            assert_fits(&listed, columns);
            assert!(listed.contains("built in"), "{listed}");
            assert!(listed.contains("members:read"), "{listed}");
        }
    }
    // Without a terminal, the width is that of 80 columns.
    let words = ask(&format!("organization {ORGANIZATION}"));
    let output = run(&words.split(' ').collect::<Vec<_>>());
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed, shown(80, &words));
}

#[test]
fn a_wide_terminal_shows_a_row_on_a_line_and_a_narrow_one_a_field() {
    let up = with_long_names();
    let port = up.dynamodb.rsplit(':').next().unwrap();
    let ask = format!("get organization {ORGANIZATION} --dynamodb-port {port}");
    let row = |columns| {
        let shown = shown(columns, &ask);
        let line = shown.lines().find(|line| line.contains(USER)).unwrap();
        line.to_owned()
    };
    assert!(row(250).ends_with("yes"), "{}", row(250));
    assert_eq!(row(40), format!("  {USER}"));
}

#[test]
fn names_cannot_command_a_terminal_and_json_keeps_them() {
    let up = with_long_names();
    let port = up.dynamodb.rsplit(':').next().unwrap();
    let output = run(&["get", "user", USER, "--dynamodb-port", port]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("Ada\\u{202e}\\u{1b}[2J"), "{told}");
    assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told}");
    let output = run(&["get", "user", USER, "--json", "--dynamodb-port", port]);
    let json = String::from_utf8(output.stdout).unwrap();
    assert!(json.contains("Ada\u{202e}\\u001b[2J"), "{json}");
    let output = run(&["get", "user", "\u{202e}x", "--dynamodb-port", port]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        told,
        "error: user \\u{202e}x does not exist, and nothing refers to it\n"
    );
}

#[test]
fn the_help_of_every_command_fits_the_terminal() {
    let commands = [
        "",
        "up",
        "send",
        "ingest",
        "check",
        "get",
        "get user",
        "get email",
        "may",
        "dlq",
        "dlq list",
        "dlq explain",
        "dlq redrive",
        "dlq purge",
        "token",
        "completions",
        "man",
    ];
    for columns in [40, 80, 100] {
        for command in commands {
            for help in ["-h", "--help"] {
                let help = shown(columns, &format!("{command} {help}"));
                let (usage, others): (Vec<_>, Vec<_>) = help
                    .lines()
                    .partition(|line| plain(line).starts_with("Usage:"));
                assert_eq!(usage.len(), 1, "{help}");
                assert_fits(&others.join("\n"), columns);
                // Clap does not wrap it.
                assert_fits(usage[0], columns.max(80));
            }
        }
    }
    let piped = run(&["dlq", "redrive", "--help"]);
    let piped = String::from_utf8(piped.stdout).unwrap();
    assert_fits(&piped, 80);
    assert_eq!(piped, plain(&shown(80, "dlq redrive --help")));
}

#[test]
fn the_help_names_every_exit_code() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let code = |line: &str| line.split_whitespace().next().unwrap().parse::<u8>();
    let codes: Vec<_> = codes.lines().filter_map(|line| code(line).ok()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 130]);
}

#[test]
fn no_color_holds_for_help_errors_and_the_log() {
    for (setting, has_color) in [("NO_COLOR=1", false), ("NO_COLOR=", true)] {
        let colored = |arguments: &str| {
            let command = format!("{setting} {} {arguments}", env!("CARGO_BIN_EXE_roster"));
            let output = in_terminal(80, &command).stdin(Stdio::null()).output();
            let shown = String::from_utf8(output.unwrap().stdout).unwrap();
            assert!(shown.contains("Usage:"), "{shown}");
            shown.contains('\u{1b}')
        };
        assert_eq!(colored("--help"), has_color, "{setting}");
        assert_eq!(colored("gett"), has_color, "{setting}");
        let command = format!(
            "{setting} RUST_LOG=debug exec {} up --dynamodb-port 0 --sqs-port 0 --api-port 0",
            env!("CARGO_BIN_EXE_roster")
        );
        let mut terminal = in_terminal(80, &command);
        let mut child = terminal
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let logged = lines.find(|line| line.as_ref().unwrap().contains("DEBUG"));
        let logged = logged.unwrap().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(
            logged.contains('\u{1b}'),
            has_color,
            "{setting}: {logged:?}"
        );
    }
}

#[test]
fn one_event_is_not_called_events() {
    let folder = TempDir::new().unwrap();
    let event = json!({"eventId": "e", "type": "OrganizationCreated",
        "payload": {"id": "acme", "name": "Acme"}});
    let path = file(&folder, event.to_string());
    let output = run(&["ingest", text(&path)]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("1 event: 1 applied"), "{told}");
}
