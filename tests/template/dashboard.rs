//! Do the dashboards show all there is to see, and nothing that does not exist?

use std::collections::{BTreeMap, BTreeSet};

use consumer::metrics::{DIMENSION, FAILED, METRICS, NAMESPACE};
use serde_json::Value;

use crate::alarms::{alarms, assert_exists};
use crate::stack::{Stack, text};

/// What is on either of the dashboards. That of the HTTP API is there with it.
fn widgets() -> Vec<Value> {
    let widgets = ["Dashboard", "ApiDashboard"].into_iter().flat_map(|name| {
        let body = text(&Stack::new().properties(name)["DashboardBody"]);
        let body: Value = serde_json::from_str(&body).unwrap();
        body["widgets"].as_array().unwrap().clone()
    });
    widgets.collect()
}

/// Namespace, name and dimensions.
type Metric = (String, String, BTreeMap<String, String>);

/// Every metric and every expression.
fn shown() -> (Vec<Metric>, Vec<String>) {
    let mut metrics = Vec::new();
    let mut expressions = Vec::new();
    for widget in widgets() {
        let rows = widget["properties"]["metrics"].as_array();
        for row in rows.into_iter().flatten() {
            if let Some(expression) = row[0]["expression"].as_str() {
                expressions.push(expression.to_owned());
                continue;
            }
            let words = row.as_array().unwrap().iter().map_while(Value::as_str);
            let words: Vec<_> = words.map(str::to_owned).collect();
            let (name, dimensions) = words.split_at(2);
            let dimensions = dimensions.chunks(2).map(|d| (d[0].clone(), d[1].clone()));
            metrics.push((name[0].clone(), name[1].clone(), dimensions.collect()));
        }
    }
    (metrics, expressions)
}

#[test]
fn each_metric_on_the_dashboard_is_written() {
    for (namespace, metric, dimensions) in shown().0 {
        assert_exists(&namespace, &metric, &dimensions);
    }
}

#[test]
fn the_dashboard_shows_what_the_function_writes_and_what_alarms_watch() {
    let shown: BTreeSet<_> = shown().0.into_iter().map(|(_, metric, _)| metric).collect();
    for (metric, _) in METRICS {
        assert!(shown.contains(metric), "{metric}");
    }
    for (name, alarm) in alarms(&Stack::new()) {
        assert!(shown.contains(&text(&alarm["MetricName"])), "{name}");
    }
}

#[test]
fn the_dashboard_finds_each_reason_of_a_failure() {
    // CloudWatch finds a name by the words in it, and `_` ends a word.
    let word = FAILED.trim_end_matches('_');
    let wanted = format!(
        "SEARCH('{{{NAMESPACE},{DIMENSION}}} {DIMENSION}=\"<Consumer>\" MetricName={word}', \
         'Sum', 60)"
    );
    assert_eq!(shown().1, [wanted]);
}

#[test]
fn the_dashboard_lists_failures_with_the_id_that_explain_asks_for() {
    let widgets = widgets();
    let log = widgets.iter().find(|w| w["type"] == "log").unwrap();
    let query = log["properties"]["query"].as_str().unwrap();
    assert!(query.starts_with("SOURCE '<ConsumerLogs>' | "), "{query}");
    assert!(query.contains(" fields.dead_letter "), "{query}");
}

#[test]
fn the_dashboard_shows_every_alarm() {
    let widgets = widgets();
    let panels = widgets.iter().filter(|w| w["type"] == "alarm");
    let listed = panels.flat_map(|panel| panel["properties"]["alarms"].as_array().unwrap());
    let listed: Vec<_> = listed.cloned().collect();
    let wanted = alarms(&Stack::new()).into_iter();
    let wanted: Vec<_> = wanted
        .map(|(name, _)| Value::from(format!("<{name}.Arn>")))
        .collect();
    assert_eq!(listed, wanted);
}

#[test]
fn each_graph_and_query_names_its_region_as_cloudwatch_demands() {
    for widget in widgets() {
        if widget["type"] == "metric" || widget["type"] == "log" {
            assert_eq!(widget["properties"]["region"], "<AWS::Region>");
        }
        assert!(widget["width"].as_u64().unwrap() <= 24);
    }
}
