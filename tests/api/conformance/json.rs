//! Bodies as bytes: JSON, invalid JSON, and what I-JSON (RFC 7493) excludes.

use super::endpoint::{ENDPOINTS, Endpoint, good};
use super::suite::{Suite, said};
use crate::server::Answer;

/// Every kind of body, at every endpoint.
pub async fn check(suite: &Suite) {
    for endpoint in &ENDPOINTS {
        for body in no_objects() {
            let answer = send(suite, endpoint, body.clone()).await;
            suite.refused(&answer, "$", || shown(endpoint, &body));
        }
        for (body, place) in members_twice() {
            let body = body.into_bytes();
            let answer = send(suite, endpoint, body.clone()).await;
            suite.refused(&answer, place, || shown(endpoint, &body));
        }
        let expected = said(&suite.post(endpoint.path, &good()).await);
        for body in other_spellings() {
            let found = said(&send(suite, endpoint, body.clone().into_bytes()).await);
            suite
                .checks
                .equal(&found, &expected, || shown(endpoint, body.as_bytes()));
        }
    }
}

async fn send(suite: &Suite, endpoint: &Endpoint, body: Vec<u8>) -> Answer {
    let mut request = suite.request(endpoint.path, &good());
    request.body = body;
    suite.target.ask(&request).await
}

fn shown(endpoint: &Endpoint, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text: String = text.chars().take(200).collect();
    format!("{} {text}", endpoint.path)
}

/// Bodies that are not JSON, or JSON without an object at the top level.
fn no_objects() -> Vec<Vec<u8>> {
    let good = good().to_string();
    let deep = |open: &str, close: &str| open.repeat(500) + &close.repeat(500);
    let value = |value: &str| {
        format!(
            r#"{{"context":{{"a":{value}}},{}"#,
            good.trim_start_matches('{')
        )
    };
    let texts = [
        "".to_owned(),
        " \r\n\t".to_owned(),
        "{".to_owned(),
        "}".to_owned(),
        "{]".to_owned(),
        "null".to_owned(),
        "true".to_owned(),
        "1".to_owned(),
        "\"x\"".to_owned(),
        "[]".to_owned(),
        format!("[{good}]"),
        format!("{good}{good}"),
        format!("{good},"),
        format!("{good}x"),
        format!("\u{feff}{good}"),
        good.strip_suffix('}').unwrap().to_owned(),
        good.replace('"', "'"),
        good.replace(':', "="),
        good.replace("\"subject\"", "subject"),
        format!("{},}}", good.strip_suffix('}').unwrap()),
        format!("/* x */{good}"),
        format!("subject={good}"),
        deep("[", "]"),
        deep("{\"a\":", "}"),
        value("nul"),
        value("NaN"),
        value("-Infinity"),
        value("01"),
        value("+1"),
        value(".5"),
        value("0x1"),
        value("1e999"),
        value("\"a\nb\""),
        value(r#""\x41""#),
        value(r#""\ud800""#),
        value(r#""\udfff\ud800""#),
        value(r#"{"\ud83d": 1}"#),
        value("[1,]"),
        value("\u{a0}1"),
    ];
    let mut bodies: Vec<_> = texts.map(String::into_bytes).into();
    bodies.push(good.encode_utf16().flat_map(u16::to_le_bytes).collect());
    bodies.push([good.as_bytes(), &[0]].concat());
    for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
        let text = value("\"\u{1}\"").into_bytes();
        let at = text.iter().position(|byte| *byte == 1).unwrap();
        bodies.push([&text[..at], bytes, &text[at + 1..]].concat());
    }
    bodies
}

/// Bodies with a duplicate member, and the path of the second one.
fn members_twice() -> [(String, &'static str); 8] {
    let good = good().to_string();
    let before = |members: &str| format!("{{{members},{}", good.trim_start_matches('{'));
    [
        (before(r#""subject":{"type":"user","id":"bob"}"#), "subject"),
        (before(r#""subject":null"#), "subject"),
        (before(r#""\u0073ubject":{}"#), "subject"),
        (before(r#""unknown":1,"unknown":1"#), "unknown"),
        (before(r#""context":{"a":1,"a":1}"#), "context.a"),
        (
            before(r#""context":{"a":[{},{"b":{},"b":1}]}"#),
            "context.a[1].b",
        ),
        (
            good.replace(r#""id":"alice""#, r#""id":"alice","id":"alice""#),
            "subject.id",
        ),
        (
            good.replace(r#""name":"#, r#""properties":{"x":1,"x":2},"name":"#),
            "action.properties.x",
        ),
    ]
}

/// Equivalent JSON of the same request, and requests with unusual but valid contexts.
fn other_spellings() -> Vec<String> {
    let good = good().to_string();
    let value = |value: &str| {
        format!(
            r#"{{"context":{{"a":{value}}},{}"#,
            good.trim_start_matches('{')
        )
    };
    vec![
        format!(" \r\n\t{good}\n"),
        good.replace("alice", r"\u0061lice"),
        good.replace("\"subject\"", r#""s\u0075bject""#),
        good.replace("projects:read", r"projects:re\u0061d"),
        value("1e308"),
        value("-0"),
        value("9007199254740993"),
        value("18446744073709551616"),
        value("0.1e-400"),
        value(r#""\u0000\ud83d\ude00\uffff""#),
        value("\"\u{10ffff}\u{fdd0}\u{202e}\""),
        value(r#"{"A":1,"a":2,"":3,"\u00e9":4,"e\u0301":5}"#),
        value(&("[".repeat(50) + &"]".repeat(50))),
    ]
}
