//! Would whoever is on call be woken for the right things, and told what to do?

use std::collections::BTreeMap;
use std::fs;

use consumer::metrics::{DIMENSION, METRICS, NAMESPACE};
use serde_yaml_ng::Value;

use crate::from_first_to_last_try;
use crate::stack::{Stack, number, text};

/// The metrics of AWS that are watched or shown, each with the dimensions it has (Amazon SQS,
/// "Available CloudWatch metrics"; AWS Lambda, "Types of metrics"; Amazon DynamoDB, "Metrics and
/// dimensions"; Amazon API Gateway, "CloudWatch metrics for HTTP APIs").
const METRICS_OF_AWS: [(&str, &str, &[&str]); 17] = [
    ("AWS/ApiGateway", "Count", &["ApiId"]),
    ("AWS/ApiGateway", "4xx", &["ApiId"]),
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/ApiGateway", "Latency", &["ApiId"]),
    ("AWS/ApiGateway", "IntegrationLatency", &["ApiId"]),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        &["QueueName"],
    ),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesNotVisible",
        &["QueueName"],
    ),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", &["QueueName"]),
    ("AWS/SQS", "NumberOfMessagesSent", &["QueueName"]),
    ("AWS/Lambda", "Errors", &["FunctionName"]),
    ("AWS/Lambda", "Throttles", &["FunctionName"]),
    ("AWS/Lambda", "ConcurrentExecutions", &["FunctionName"]),
    ("AWS/Lambda", "Duration", &["FunctionName"]),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", &["TableName"]),
    (
        "AWS/DynamoDB",
        "ThrottledRequests",
        &["TableName", "Operation"],
    ),
    (
        "AWS/DynamoDB",
        "WriteKeyRangeThroughputThrottleEvents",
        &["TableName"],
    ),
    (
        "AWS/DynamoDB",
        "WriteKeyRangeThroughputThrottleEvents",
        &["TableName", "GlobalSecondaryIndexName"],
    ),
];

/// Fails if nobody writes that metric, or not about these things.
pub fn assert_exists(namespace: &str, metric: &str, dimensions: &BTreeMap<String, String>) {
    let names: Vec<_> = dimensions.keys().map(String::as_str).collect();
    if namespace == NAMESPACE {
        assert!(METRICS.iter().any(|&(name, _)| name == metric), "{metric}");
        assert_eq!(names, [DIMENSION], "{metric}");
    } else {
        let known = METRICS_OF_AWS.iter().any(|&(space, name, wanted)| {
            let mut wanted = wanted.to_vec();
            wanted.sort_unstable();
            (space, name, wanted) == (namespace, metric, names.clone())
        });
        assert!(known, "{namespace} {metric} {names:?}");
    }
    for (name, value) in dimensions {
        let values: &[&str] = match name.as_str() {
            "QueueName" => &["<Queue.QueueName>", "<DeadLetterQueue.QueueName>"],
            "FunctionName" => &["<Consumer>", "<Api>"],
            "ApiId" => &["<HttpApi>"],
            "TableName" => &["<Table>", "<HistoryTable>"],
            "Operation" => &["UpdateItem"],
            "GlobalSecondaryIndexName" => &[roster_table::INDEX, roster_table::NAMES_INDEX],
            _ => &[],
        };
        assert!(values.contains(&value.as_str()), "{metric}: {name}={value}");
    }
}

/// Every alarm: its name and its properties.
pub fn alarms(stack: &Stack) -> Vec<(String, Value)> {
    stack.of_type("AWS::CloudWatch::Alarm")
}

#[test]
fn each_alarm_watches_a_metric_that_is_written() {
    for (_, alarm) in alarms(&Stack::new()) {
        let dimensions = alarm["Dimensions"].as_sequence().unwrap().iter();
        let dimensions = dimensions.map(|d| (text(&d["Name"]), text(&d["Value"])));
        let namespace = text(&alarm["Namespace"]);
        assert_exists(
            &namespace,
            &text(&alarm["MetricName"]),
            &dimensions.collect(),
        );
    }
}

#[test]
fn each_thing_that_can_go_wrong_has_its_alarm() {
    let watched: Vec<_> = alarms(&Stack::new())
        .into_iter()
        .map(|(name, alarm)| (name, text(&alarm["MetricName"])))
        .collect();
    let wanted = [
        ("DeadLettersAlarm", "ApproximateNumberOfMessagesVisible"),
        ("OldMessagesAlarm", "ApproximateAgeOfOldestMessage"),
        ("RetriesAlarm", "Retried"),
        ("LateEventsAlarm", "EventLag"),
        ("FunctionErrorsAlarm", "Errors"),
        ("FunctionThrottlesAlarm", "Throttles"),
        ("TableThrottlesAlarm", "ThrottledRequests"),
        ("ApiErrorsAlarm", "5xx"),
        ("ApiLatencyAlarm", "Latency"),
    ];
    assert_eq!(watched, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn each_alarm_says_what_it_means_and_what_to_do_first() {
    for (name, alarm) in alarms(&Stack::new()) {
        let description = text(&alarm["AlarmDescription"]);
        // 1,024 is the limit (PutMetricAlarm, API reference); names and URLs are longer than here.
        assert!(description.len() < 800, "{name}");
        let (meaning, first) = description.split_once(" First: `").unwrap();
        assert!(meaning.ends_with('.'), "{name}");
        let command = first.starts_with("roster dlq list --queue <Queue>`")
            || first.starts_with("aws ") && first.contains('`');
        assert!(command, "{name}");
    }
}

#[test]
fn an_alarm_tells_the_topic_when_it_begins_and_ends() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:on-call";
    for (name, alarm) in alarms(&Stack::with(&[("AlarmTopicArn", topic)])) {
        for actions in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm[actions], Value::from(vec![topic]), "{name}");
        }
    }
    for (name, alarm) in alarms(&Stack::new()) {
        for actions in ["AlarmActions", "OKActions"] {
            assert!(alarm[actions].is_null(), "{name}");
        }
    }
}

#[test]
fn an_alarm_rings_above_its_threshold_and_never_for_want_of_data() {
    for (name, alarm) in alarms(&Stack::new()) {
        let comparison = text(&alarm["ComparisonOperator"]);
        assert_eq!(comparison, "GreaterThanThreshold", "{name}");
        assert_eq!(text(&alarm["TreatMissingData"]), "notBreaching", "{name}");
    }
}

#[test]
fn one_minute_with_one_dead_letter_is_enough() {
    let alarm = Stack::new().properties("DeadLettersAlarm");
    let dimension = &alarm["Dimensions"][0];
    assert_eq!(text(&dimension["Value"]), "<DeadLetterQueue.QueueName>");
    assert_eq!(text(&alarm["Statistic"]), "Maximum");
    assert_eq!(number(&alarm["Threshold"]), 0);
    assert_eq!(number(&alarm["Period"]), 60);
    assert_eq!(number(&alarm["DatapointsToAlarm"]), 1);
}

#[test]
fn messages_are_old_after_three_invocations_that_were_cut_off_and_long_before_sqs_deletes_them() {
    let stack = Stack::new();
    let threshold = number(&stack.properties("OldMessagesAlarm")["Threshold"]);
    let queue = stack.properties("Queue");
    assert!(threshold > 3 * number(&queue["VisibilityTimeout"]));
    assert!(threshold < number(&queue["MessageRetentionPeriod"]) / 100);
}

#[test]
fn retries_ring_before_the_first_of_them_is_a_dead_letter() {
    let alarm = Stack::new().properties("RetriesAlarm");
    let until_alarm = number(&alarm["Period"]) * number(&alarm["EvaluationPeriods"]);
    assert!(until_alarm < from_first_to_last_try());
}

fn guide() -> String {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/README.md");
    fs::read_to_string(guide).unwrap()
}

#[test]
fn the_guide_explains_every_alarm_and_parameter() {
    let guide = guide();
    let stack = Stack::new();
    let mut names = stack.parameters();
    names.extend(alarms(&stack).into_iter().map(|(name, _)| name));
    for name in names {
        assert!(guide.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn guide_and_alarms_say_how_long_a_failure_may_last() {
    let seconds = from_first_to_last_try();
    assert_eq!(seconds, 2_042);
    assert!(guide().contains("2,042 seconds (34 minutes)"));
    let minutes = format!("for at least {} minutes", seconds / 60);
    for name in ["RetriesAlarm", "TableThrottlesAlarm"] {
        let description = text(&Stack::new().properties(name)["AlarmDescription"]);
        assert!(description.contains(&minutes), "{name}");
    }
}
