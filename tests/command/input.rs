//! Do `ingest`, `check` and `send` read events as people have them?

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{error, file, ingested, run, sample_lines, text};

/// What a program makes of its standard input.
fn piped(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program}");
    output.stdout
}

#[test]
fn an_array_gzip_and_windows_line_ends_are_read_like_lines() {
    let digest = |content: &[u8]| {
        let folder = TempDir::new().unwrap();
        ingested(&[text(&file(&folder, content))])["digest"].clone()
    };
    let is_json = |line: &String| serde_json::from_str::<Value>(line).is_ok();
    let lines: Vec<_> = sample_lines().into_iter().filter(is_json).collect();
    assert!(lines.len() > 500);
    let plain = lines.join("\n");
    let array = format!("\u{feff}[\r\n  {}\r\n]\r\n", lines.join(",\r\n  "));
    let windows = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    let packed = [&plain, &array].map(|text| piped("gzip", &["-c"], text.as_bytes()));
    let expected = digest(plain.as_bytes());
    for other in [windows.as_bytes(), array.as_bytes(), &packed[0], &packed[1]] {
        assert_eq!(digest(other), expected);
    }
}

#[test]
fn the_elements_of_an_array_are_events() {
    let user = |id: &str| {
        json!({"eventId": id, "type": "UserCreated",
        "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"id": id, "name": id, "email": format!("{id}@example.org")}})
    };
    let array = json!([user("ada"), {"not": "an event"}, user("bob")]);
    let folder = TempDir::new().unwrap();
    let path = file(&folder, format!("{array:#}"));
    let result = ingested(&[text(&path)]);
    assert_eq!(result["users"].as_object().unwrap().len(), 2);
    assert_eq!(result["deadLetters"][0]["line"], 2);
}

#[test]
fn a_line_that_cannot_be_sent_fails_alone_with_its_number() {
    let folder = TempDir::new().unwrap();
    let long = vec![b'x'; 300_000];
    let content = [
        b"{}\n\"caf\xe9\"\n",
        &long[..],
        b"\n",
        sample_lines()[0].as_bytes(),
    ]
    .concat();
    let path = file(&folder, content);
    let result = ingested(&[text(&path)]);
    assert_eq!(result["outcomes"]["applied"], 1);
    let letters = result["deadLetters"].as_array().unwrap();
    let reasons = letters.iter().map(|letter| {
        (
            letter["line"].as_u64().unwrap(),
            letter["reason"].as_str().unwrap(),
        )
    });
    let reasons: Vec<_> = reasons.collect();
    let [(1, _), (2, not_utf8), (3, too_long)] = &reasons[..] else {
        panic!("{reasons:?}");
    };
    assert!(not_utf8.contains("not UTF-8 from byte 5 on"), "{not_utf8}");
    assert!(
        too_long.contains("found 300001 bytes, expected at most 262144"),
        "{too_long}"
    );
    let output = run(&["check", text(&path), "--rounds", "1"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && told.starts_with("4 events, 3 of them refused"),
        "{told}"
    );
}

#[test]
fn input_that_is_something_else_is_named_in_one_line() {
    let folder = TempDir::new().unwrap();
    for (content, told) in [
        (
            "{\n  \"eventId\": \"e\"\n}\n",
            "an object spans the lines 1 to 3",
        ),
        ("id,name\nada,Ada\n", "this is CSV with 2 columns"),
        ("[{}, {]", "an array of JSON that is not valid"),
    ] {
        let path = file(&folder, content);
        for command in ["ingest", "check"] {
            let error = error(&[command, text(&path)]);
            let expected = format!("error: {}: {told}", text(&path));
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}

#[test]
fn a_refused_event_fails_an_ingest_only_if_asked_for() {
    let folder = TempDir::new().unwrap();
    let refused = file(&folder, "{}\n");
    let code = |arguments: &[&str]| run(arguments).status.code();
    assert_eq!(code(&["ingest", text(&refused)]), Some(0));
    let asked = ["ingest", text(&refused), "--fail-on-refused"];
    assert_eq!(code(&asked), Some(1));
    assert_eq!(code(&[&asked[..], &["--json"]].concat()), Some(1));
    let valid = file(&folder, &sample_lines()[0]);
    assert_eq!(
        code(&["ingest", text(&valid), "--fail-on-refused"]),
        Some(0)
    );
}
