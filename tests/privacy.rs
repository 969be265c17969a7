//! Do names, emails or bodies appear in a log or a metric?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use consumer::metrics;
use roster_stack::event_source::BATCH;
use roster_stack::{Options, Stack};
use serde_json::Value;
use tracing_subscriber::EnvFilter;

const SAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../infra/cli/samples/events.ndjson"
);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All names and emails in the sample, valid or not, in any envelope.
fn people(lines: &[&str]) -> BTreeSet<String> {
    let mut people = BTreeSet::new();
    for line in lines {
        // Inside an SNS notification, quotation marks are escaped.
        let text = line.replace('\\', "").replace("\": ", "\":");
        for field in ["name", "firstName", "lastName", "email"] {
            for rest in text.split(&format!("\"{field}\":\"")).skip(1) {
                people.extend(rest.split('"').next().map(str::to_owned));
            }
        }
    }
    people.retain(|text| text.len() > 3);
    people
}

/// A single test, since a process has one subscriber.
#[tokio::test]
async fn the_log_of_the_sample_contains_ids_but_no_name_email_or_body() {
    let log = Log::default();
    let writer = log.clone();
    // The embedded servers replace AWS, whose logs are not Roster's.
    let servers = "dynoxide=off,rustack_sqs_core=off,rustack_sqs_http=off";
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(format!("debug,{servers}")))
        .with_writer(move || writer.clone())
        .init();
    let sample = std::fs::read_to_string(Path::new(SAMPLE)).unwrap();
    let lines: Vec<_> = sample.lines().filter(|line| !line.is_empty()).collect();
    let people = people(&lines);
    assert!(people.len() > 20, "{people:?}");
    let stack = Stack::start(&Options::default()).await.unwrap();
    for line in &lines {
        let send = stack.sqs.client().send_message();
        let send = send.queue_url(&stack.queues.events).message_body(*line);
        send.send().await.unwrap();
    }
    // Everything logged so far comes from the producer.
    log.0.lock().unwrap().clear();
    let source = stack.event_source_mapping(BATCH);
    let mut settled = 0;
    let mut failed = 0;
    let mut metric_lines = String::new();
    while settled < lines.len() {
        let observe = |report: &consumer::Report| {
            settled += report.messages.len();
            failed += report.messages.iter().filter(|m| m.result.is_err()).count();
            metric_lines.push_str(&metrics::line(report, "f", "r").to_string());
        };
        source.poll(observe).await.unwrap();
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours = |line: &&str| line.contains(r#""target":"consumer"#);
    let own: Vec<_> = text.lines().filter(ours).collect();
    let failures = own.iter().filter(|line| line.contains("\"failed\""));
    assert_eq!(failures.clone().count(), failed);
    for failure in failures {
        let fields = serde_json::from_str::<Value>(failure).unwrap()["fields"].clone();
        assert!(fields["message_id"].is_string(), "{fields}");
        assert!(fields["code"].is_string(), "{fields}");
        assert!(fields["reason"].is_string(), "{fields}");
        assert!(fields["dead_letter"].is_string(), "{fields}");
    }
    assert!(
        own.iter()
            .any(|line| line.contains("\"entity\":\"membership "))
    );
    assert!(own.iter().any(|line| line.contains("\"event_id\":")));
    for person in &people {
        let found = text.lines().find(|line| line.contains(person));
        assert_eq!(found, None, "{person}");
        assert!(!metric_lines.contains(person), "{person}");
    }
}
