//! Does the metric line describe the batch, in the format that CloudWatch reads?

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use consumer::metrics::{self, DIMENSION, FAILED, METRICS, NAMESPACE};
use consumer::{Consumer, Report};
use roster_stack::{Options, Stack};
use roster_tests::proxy::{Faults, Proxy};
use roster_tests::records::bodies;
use serde_json::{Value, json};
use tokio::time::Instant;

fn member(change: &str, user: &str, second: usize) -> String {
    json!({"eventId": format!("e{second}"), "type": format!("OrganizationUser{change}"),
        "timestamp": format!("2026-01-01T00:00:{second:02}Z"),
        "payload": {"organizationId": "o", "userId": user, "role": "reader"}})
    .to_string()
}

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

async fn consume(consumer: &Consumer, events: Vec<String>) -> Report {
    let deadline = Instant::now() + Duration::from_secs(60);
    consumer.consume(bodies(events), deadline).await
}

/// The metrics of a batch by name, after checking that CloudWatch would find each.
fn metrics(report: &Report) -> BTreeMap<String, Value> {
    let line = metrics::line(report, "the-function", "the-request");
    assert!(!line.to_string().contains('\n'));
    assert_eq!(line[DIMENSION], "the-function");
    assert_eq!(line["requestId"], "the-request");
    let timestamp = line["_aws"]["Timestamp"].as_i64().unwrap();
    assert!(timestamp > 1_767_225_600_000, "milliseconds since 1970");
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives.len(), 1);
    let directive = &directives[0];
    assert_eq!(directive["Namespace"], NAMESPACE);
    assert_eq!(directive["Dimensions"], json!([[DIMENSION]]));
    let declared = directive["Metrics"].as_array().unwrap();
    let mut metrics = BTreeMap::new();
    for metric in declared {
        let name = metric["Name"].as_str().unwrap().to_owned();
        let known = METRICS.iter().find(|(known, _)| *known == name);
        let unit = known.map_or("Count", |(_, unit)| *unit);
        assert!(known.is_some() || name.starts_with(FAILED), "{name}");
        assert_eq!(metric["Unit"], unit, "{name}");
        metrics.insert(name.clone(), line[&name].clone());
    }
    let others = BTreeSet::from(["_aws", DIMENSION, "requestId"]);
    let members = line.as_object().unwrap().keys();
    let members = members.filter(|name| !others.contains(name.as_str()));
    assert!(members.eq(metrics.keys()), "each member is declared");
    metrics
}

#[tokio::test]
async fn a_batch_is_counted_by_outcome_and_failure() {
    let stack = stack().await;
    let events = vec![
        member("Added", "ada", 5),
        member("Added", "ada", 5),
        member("Updated", "ada", 4),
        member("Added", "alan", 1),
        member("Moved", "ada", 6),
        "not json".to_owned(),
        "not json".to_owned(),
    ];
    let report = consume(&stack.consumer(), events).await;
    let mut metrics = metrics(&report);
    let lags = metrics.remove("EventLag").unwrap();
    let age = metrics::line(&report, "", "")["_aws"]["Timestamp"]
        .as_i64()
        .unwrap();
    let lag = |second: i64| age - 1_767_225_600_000 - second * 1_000;
    assert_eq!(lags, json!([lag(5), lag(1)]), "of the applied events");
    let expected = json!({
        "Applied": 2,
        "Stale": 1,
        "Duplicate": 1,
        "DeadLettered": 3,
        "Retried": 0,
        "Failed_not_json": 2,
        "Failed_unknown_type": 1,
        "EventsPerWrite": 2.0,
        "TableRequests": 2,
        "ConditionsLost": 0,
        "HistoryRequests": 1,
    });
    assert_eq!(json!(metrics), expected);
}

#[tokio::test]
async fn retried_messages_and_lost_conditions_are_counted() {
    let stack = stack().await;
    let consumer = stack.consumer_without_queues();
    let first = consume(&consumer, vec![member("Added", "ada", 5)]).await;
    assert_eq!(metrics(&first)["Applied"], 1);
    let events = vec![member("Updated", "ada", 4), "not json".to_owned()];
    let metrics = metrics(&consume(&consumer, events).await);
    let shown = |name: &str| metrics.get(name).and_then(Value::as_u64);
    assert_eq!(shown("Retried"), Some(1));
    assert_eq!(shown("DeadLettered"), Some(0));
    assert_eq!(shown("Stale"), Some(1));
    assert_eq!(shown("ConditionsLost"), Some(1));
    assert_eq!(metrics.get("EventLag"), None, "nothing was applied");
}

#[tokio::test]
async fn a_large_batch_has_at_most_a_hundred_lags() {
    let stack = stack().await;
    let events = (0..250).map(|n| member("Added", &format!("u{n}"), n % 60));
    let metrics = metrics(&consume(&stack.consumer(), events.collect()).await);
    assert_eq!(metrics["Applied"], 250);
    let lags = metrics["EventLag"].as_array().unwrap().len();
    assert!((50..=100).contains(&lags), "{lags}");
}

#[tokio::test]
async fn every_request_is_counted_including_retries() {
    let mut stack = stack().await;
    let faults = Faults {
        seed: 1,
        percent: 30,
    };
    let proxy = Proxy::with_faults(stack.dynamodb.address, faults).await;
    stack.table_address = proxy.address;
    let events = (0..100).map(|n| member("Added", &format!("u{n}"), n % 60));
    let report = consume(&stack.consumer_without_queues(), events.collect()).await;
    let seen = proxy.take_counts();
    assert!(seen["UpdateItem"] > 80, "{seen:?}");
    let metrics = metrics(&report);
    assert_eq!(metrics["TableRequests"], seen["UpdateItem"]);
    assert_eq!(metrics["HistoryRequests"], seen["BatchExecuteStatement"]);
}
