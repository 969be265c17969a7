//! The metrics of a batch, as one line in CloudWatch's embedded metric format.

use std::collections::{BTreeMap, BTreeSet};

use roster_domain::{Event, EventTime, Outcome};
use serde_json::{Map, Value, json};

use crate::delivery::Delivery;
use crate::report::Report;

/// The namespace of the metrics.
pub const NAMESPACE: &str = "Roster";

/// Their only dimension: the name of the function.
pub const DIMENSION: &str = "FunctionName";

/// The metrics of a batch, and their units. `EventsPerWrite` is omitted for a batch without a
/// valid event, `EventLag` for one in which nothing was applied.
pub const METRICS: [(&str, &str); 10] = [
    ("Applied", "Count"),
    ("Stale", "Count"),
    ("Duplicate", "Count"),
    ("DeadLettered", "Count"),
    ("Retried", "Count"),
    ("EventsPerWrite", "None"),
    ("EventLag", "Milliseconds"),
    ("TableRequests", "Count"),
    ("ConditionsLost", "Count"),
    ("HistoryRequests", "Count"),
];

/// Prefix of the metrics that count one kind of failure, followed by its code.
pub const FAILED: &str = "Failed_";

/// Most values of one metric in a line (CloudWatch, "Embedded metric format specification").
const MAX_VALUES: usize = 100;

/// The metric line of a batch.
pub fn line(report: &Report, function: &str, request_id: &str) -> Value {
    let values = values(report);
    let metrics: Vec<_> = values
        .keys()
        .map(|name| json!({"Name": name, "Unit": unit(name)}))
        .collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": report.finished.millis_since(EventTime::UNIX_EPOCH),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": metrics,
            }],
        }),
    );
    line.insert(DIMENSION.to_owned(), function.into());
    line.insert("requestId".to_owned(), request_id.into());
    line.extend(values);
    line.into()
}

fn unit(name: &str) -> &'static str {
    let known = METRICS.iter().find(|(known, _)| *known == name);
    known.map_or("Count", |(_, unit)| unit)
}

fn values(report: &Report) -> BTreeMap<String, Value> {
    let count = |is: &dyn Fn(&Delivery) -> bool| report.messages.iter().filter(|m| is(m)).count();
    let outcome = |outcome| count(&|m| m.result.as_ref().is_ok_and(|a| a.outcome == outcome));
    let mut values: BTreeMap<String, Value> = [
        ("Applied", outcome(Outcome::Applied).into()),
        ("Stale", outcome(Outcome::Stale).into()),
        ("Duplicate", outcome(Outcome::Duplicate).into()),
        ("DeadLettered", count(&|m| m.dead_letter.is_some()).into()),
        ("Retried", count(&|m| m.retried().is_some()).into()),
        ("TableRequests", report.usage.requests.into()),
        ("ConditionsLost", report.usage.conditions_lost.into()),
        ("HistoryRequests", report.history_requests.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mut failures: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in report
        .messages
        .iter()
        .filter_map(|m| m.result.as_ref().err())
    {
        *failures.entry(failure.code()).or_default() += 1;
    }
    let failed = |(code, count): (&str, usize)| (format!("{FAILED}{code}"), count.into());
    values.extend(failures.into_iter().map(failed));
    let events = || report.messages.iter().filter_map(|m| m.event.as_ref().ok());
    let entities: BTreeSet<_> = events().map(|event| &event.entity).collect();
    if !entities.is_empty() {
        let folded = events().count() as f64 / entities.len() as f64;
        values.insert("EventsPerWrite".to_owned(), folded.into());
    }
    let lags = lags(report);
    if !lags.is_empty() {
        values.insert("EventLag".to_owned(), lags.into());
    }
    values
}

/// The age of each applied event when it was written, in milliseconds. If there are more than
/// [`MAX_VALUES`], only every second, third and so on is included.
fn lags(report: &Report) -> Vec<i64> {
    let applied = report.messages.iter().filter(|message| {
        let result = message.result.as_ref();
        result.is_ok_and(|applied| applied.outcome == Outcome::Applied)
    });
    let lag = |event: &Event| {
        let time = EventTime::parse(event.clock.time()).ok()?;
        Some(report.finished.millis_since(time))
    };
    let all: Vec<_> = applied
        .filter_map(|message| lag(message.event.as_ref().ok()?))
        .collect();
    let step = all.len().div_ceil(MAX_VALUES).max(1);
    all.into_iter().step_by(step).collect()
}
