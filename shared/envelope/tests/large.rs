//! Bodies of the maximum SQS message size are decoded or rejected like small ones.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use roster_domain::{Event, EventTime, Reason, Refusal};
use roster_envelope::{KnownAttributes, Message, decode};

/// The maximum size of an SQS message: 1 MiB.
const LARGEST: usize = 1_024 * 1_024;

const HEAD: &str = r#"{"eventId":"e","type":"UserCreated","#;
const PAYLOAD: &str = r#""payload":{"id":"u","name":"n","email":"a@b.c"}}"#;

fn decoded(body: &str) -> Result<Event, Refusal> {
    assert!(body.len() <= LARGEST && body.len() > LARGEST - 64);
    decode(&Message {
        body,
        attributes: KnownAttributes::default(),
        sent: EventTime::UNIX_EPOCH,
    })
}

fn refused(body: &str) -> (Reason, String) {
    let refusal = decoded(body).unwrap_err();
    assert!(refusal.to_string().len() < 1_024);
    (refusal.reason, refusal.path)
}

/// Repeats `part` as often as it fits in the largest body next to `around` other bytes.
fn filling(part: &str, around: usize) -> String {
    part.repeat((LARGEST - around) / part.len())
}

/// Returns a valid event with unused fields before its payload.
fn with_unread(fields: &str) -> String {
    format!("{HEAD}{fields}{PAYLOAD}")
}

/// Returns a valid event of the maximum size with unused fields: `open`, repeated `part`, `close`.
fn with_filled(open: &str, part: &str, close: &str) -> String {
    let around = with_unread(&format!("{open}{close}")).len();
    with_unread(&format!("{open}{}{close}", filling(part, around)))
}

#[test]
fn unused_fields_are_ignored_at_any_size() {
    let event = decoded(&with_filled("", " ", "")).unwrap();
    let half = (LARGEST - with_unread(r#""deep":,"#).len()) / 2;
    let arrays = format!(r#""deep":{}{},"#, "[".repeat(half), "]".repeat(half));
    let sixth = (LARGEST - with_unread(r#""deep":0,"#).len()) / 6;
    let objects = format!(
        r#""deep":{}0{},"#,
        r#"{"a":"#.repeat(sixth),
        "}".repeat(sixth)
    );
    for body in [
        with_unread(&arrays),
        with_unread(&objects),
        with_filled(r#""long":""#, "é", r#"","#),
        with_filled(r#""escapes":""#, r"\u00e9", r#"","#),
        with_filled(r#""pairs":""#, r"\ud83d\ude00", r#"","#),
        with_filled(r#""lone":""#, r"\ud800", r#"","#),
        with_filled(r#""quotes":""#, r#"\""#, r#"","#),
        with_filled(r#""huge":"#, "9", ","),
        with_filled(r#""tiny":0."#, "0", "1e-999,"),
        with_filled(r#""exponent":1e"#, "9", ","),
        with_filled("", r#""twice":0,"#, ""),
        with_filled("", r#""eventId":7,"#, r#""eventId":"e","#),
        with_filled("", r#""payload":{},"#, ""),
        with_filled(r#""numbers":["#, "1e999,", "0],"),
    ] {
        assert_eq!(decoded(&body).as_ref(), Ok(&event));
    }
    assert_eq!(decoded(&many_fields()), Ok(event));
}

/// Returns a valid event of the maximum size with distinct unused fields.
fn many_fields() -> String {
    let mut fields = String::new();
    let mut number = 0;
    while HEAD.len() + fields.len() + PAYLOAD.len() < LARGEST - 32 {
        fields += &format!(r#""{number:x}":0,"#);
        number += 1;
    }
    with_unread(&fields)
}

/// Returns how a body of the maximum size with repeated `part` between `open` and `close` is
/// rejected.
fn place(open: &str, close: &str) -> impl Fn(&str) -> (Reason, String) {
    let around = open.len() + close.len();
    move |part| refused(&format!("{open}{}{close}", filling(part, around)))
}

#[test]
fn used_fields_are_rejected_if_they_are_too_large() {
    let event_id = place(r#"{"type":"UserCreated","eventId":""#, r#""}"#);
    let name = place(
        r#"{"eventId":"e","type":"UserCreated","payload":{"id":"u","name":""#,
        r#""}}"#,
    );
    for part in ["x", r"\u00e9", "é", r"\ud83d\ude00"] {
        let too_long = |path: &str| (Reason::TooLong, path.to_owned());
        assert_eq!(event_id(part), too_long("$.eventId"));
        assert_eq!(name(part), too_long("$.payload.name"));
    }
    assert_eq!(
        event_id(r"\ud800"),
        (Reason::NotJson, "$.eventId".to_owned())
    );
    let event_type = place(r#"{"type":""#, r#""}"#);
    assert_eq!(
        event_type("UserCreated"),
        (Reason::UnknownType, "$.type".to_owned())
    );
    let time = place(
        r#"{"eventId":"e","type":"UserCreated","timestamp":"2026-02-01T00:00:00."#,
        r#""}"#,
    );
    assert_eq!(time("9"), (Reason::Malformed, "$.timestamp".to_owned()));
    let message = place(r#"{"Type":"Notification","Message":""#, r#""}"#);
    for part in ["[", r#"{\"a\":"#, "1", r"\\"] {
        let (reason, path) = message(part);
        assert!(matches!(reason, Reason::NotJson | Reason::WrongType));
        assert_eq!(path, "$.Message");
    }
}

#[test]
fn unterminated_values_are_not_json() {
    for part in [
        "[",
        r#"{"a":"#,
        "\"",
        r#""\ud800"#,
        "-",
        " ",
        "{",
        "\0",
        "é",
    ] {
        let whole = (Reason::NotJson, "$".to_owned());
        assert_eq!(refused(&filling(part, 0)), whole, "{part}");
    }
}
