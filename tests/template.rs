//! Do the templates say what the code and the promises need? No emulator shows these.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "a test stops at the first surprise"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use consumer::backoff::delay;
use roster_emulator::sqs::{MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS};
use roster_history::attribute;
use roster_stack::event_source::{BATCH, FUNCTION_TIMEOUT};
use roster_table::attribute::{GSI1PK, GSI1SK, GSI2PK, GSI2SK, PK, SK};
use roster_table::{INDEX, NAMES_INDEX};
use serde_yaml_ng::Value;

use stack::{Stack, entries, number, text};

#[path = "template/alarms.rs"]
mod alarms;
#[path = "template/api.rs"]
mod api;
#[path = "template/dashboard.rs"]
mod dashboard;
#[path = "template/permissions.rs"]
mod permissions;
#[path = "template/stack.rs"]
mod stack;
#[path = "template/stages.rs"]
mod stages;

#[test]
fn the_table_has_the_keys_and_the_indexes_of_the_code() {
    let table = Stack::new().properties("Table");
    let keys = |schema: &Value| {
        let keys = schema.as_sequence().unwrap().iter();
        keys.map(|key| text(&key["AttributeName"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&table["KeySchema"]), [PK, SK]);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(keys(&index["KeySchema"]), [GSI1PK, GSI1SK]);
    assert_eq!(text(&index["IndexName"]), INDEX);
    assert_eq!(text(&index["Projection"]["ProjectionType"]), "ALL");
    let names = &table["GlobalSecondaryIndexes"][1];
    assert_eq!(keys(&names["KeySchema"]), [GSI2PK, GSI2SK]);
    assert_eq!(text(&names["IndexName"]), NAMES_INDEX);
    assert_eq!(text(&names["Projection"]["ProjectionType"]), "KEYS_ONLY");
}

#[test]
fn the_tables_can_be_restored_to_any_second() {
    for table in ["Table", "HistoryTable"] {
        let table = Stack::new().properties(table);
        let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(recovery.as_bool(), Some(true));
    }
}

#[test]
fn the_history_has_the_keys_of_the_code_and_keeps_everything() {
    let table = Stack::new().properties("HistoryTable");
    let keys = table["KeySchema"].as_sequence().unwrap().iter();
    let keys: Vec<_> = keys.map(|key| text(&key["AttributeName"])).collect();
    assert_eq!(keys, [attribute::PK, attribute::SK]);
    for absent in [
        "GlobalSecondaryIndexes",
        "StreamSpecification",
        "TimeToLiveSpecification",
    ] {
        assert!(table[absent].is_null(), "{absent}");
    }
}

#[test]
fn what_holds_events_stays_when_the_stack_goes_or_replaces_it() {
    for name in ["Table", "HistoryTable", "Queue", "DeadLetterQueue"] {
        let resource = Stack::new().resource(name);
        assert_eq!(
            text(&resource["DeletionPolicy"]),
            "RetainExceptOnCreate",
            "{name}"
        );
        assert_eq!(text(&resource["UpdateReplacePolicy"]), "Retain", "{name}");
    }
}

#[test]
fn no_resource_has_a_fixed_name_that_would_prevent_its_replacement() {
    // Names of other things, and those that need not be unique.
    let harmless = [
        ("AWS::ApiGatewayV2::Api", "Name"),
        ("AWS::ApiGatewayV2::Stage", "StageName"),
        ("AWS::CloudWatch::Alarm", "MetricName"),
        ("AWS::Lambda::EventSourceMapping", "FunctionName"),
        ("AWS::Lambda::Permission", "FunctionName"),
    ];
    let stack = Stack::new();
    for name in stack.resources() {
        let kind = text(&stack.resource(&name)["Type"]);
        for (property, _) in entries(&stack.properties(&name)) {
            let fixed = property.ends_with("Name")
                && !harmless.contains(&(kind.as_str(), property.as_str()));
            assert!(!fixed, "{name} has a {property}");
        }
    }
}

#[test]
fn dead_letters_are_kept_for_fourteen_days_and_events_at_most_half_as_long() {
    let kept = |name| number(&Stack::new().properties(name)["MessageRetentionPeriod"]);
    let fourteen_days = 14 * 24 * 60 * 60;
    assert_eq!(kept("DeadLetterQueue"), fourteen_days);
    assert!(kept("Queue") <= fourteen_days / 2);
}

#[test]
fn a_message_stays_hidden_for_six_times_the_functions_timeout_and_is_tried_five_times() {
    let queue = Stack::new().properties("Queue");
    let consumer = Stack::new().properties("Consumer");
    let source = source();
    let window = number(&source["MaximumBatchingWindowInSeconds"]);
    let timeout = number(&consumer["Timeout"]);
    assert!(number(&queue["VisibilityTimeout"]) >= 6 * timeout + window);
    assert!(number(&queue["RedrivePolicy"]["maxReceiveCount"]) >= 5);
    let dead_letters = text(&queue["RedrivePolicy"]["deadLetterTargetArn"]);
    assert_eq!(dead_letters, "<DeadLetterQueue.Arn>");
}

#[test]
fn an_outage_of_the_table_of_half_an_hour_dead_letters_nothing() {
    assert!(from_first_to_last_try() >= 30 * 60);
}

#[test]
fn the_local_stack_has_the_settings_of_the_template() {
    let queue = Stack::new().properties("Queue");
    let local = u64::from(VISIBILITY_TIMEOUT_SECONDS);
    assert_eq!(number(&queue["VisibilityTimeout"]), local);
    let local = u64::from(MAX_RECEIVE_COUNT);
    assert_eq!(number(&queue["RedrivePolicy"]["maxReceiveCount"]), local);
    let consumer = Stack::new().properties("Consumer");
    assert_eq!(number(&consumer["Timeout"]), FUNCTION_TIMEOUT.as_secs());
    assert_eq!(number(&source()["BatchSize"]), BATCH as u64);
}

#[test]
fn only_failed_items_of_a_batch_are_retried() {
    let types = &source()["FunctionResponseTypes"];
    assert_eq!(texts(types), set(["ReportBatchItemFailures"]));
}

#[test]
fn the_function_is_fed_from_the_queue() {
    let source = source();
    assert_eq!(text(&source["EventSourceArn"]), "<Queue.Arn>");
    assert_eq!(text(&source["FunctionName"]), "<Consumer>");
}

#[test]
fn the_function_gets_every_setting_it_reads_and_no_other() {
    let variables = Stack::new().properties("Consumer")["Environment"]["Variables"].clone();
    let given: BTreeSet<_> = entries(&variables).map(|(name, _)| name).collect();
    let asked = RefCell::new(BTreeSet::new());
    let get = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    assert!(consumer::Config::read(get).is_err());
    assert_eq!(given, asked.into_inner());
    assert_eq!(text(&variables["TABLE_NAME"]), "<Table>");
    assert_eq!(text(&variables["HISTORY_TABLE_NAME"]), "<HistoryTable>");
    assert_eq!(text(&variables["QUEUE_URL"]), "<Queue>");
    let dead_letters = text(&variables["DEAD_LETTER_QUEUE_URL"]);
    assert_eq!(dead_letters, "<DeadLetterQueue>");
}

#[test]
fn the_function_is_built_for_arm64_unless_told_otherwise() {
    for function in ["Consumer", "Api"] {
        let built_for = |stack: Stack| texts(&stack.properties(function)["Architectures"]);
        assert_eq!(built_for(Stack::new()), set(["arm64"]));
        let other = Stack::with(&[("Architecture", "x86_64")]);
        assert_eq!(built_for(other), set(["x86_64"]));
    }
}

#[test]
fn the_log_is_json_and_kept_for_thirty_days_unless_told_otherwise() {
    let stack = Stack::new();
    for function in ["Consumer", "Api"] {
        let logging = stack.properties(function)["LoggingConfig"].clone();
        assert_eq!(text(&logging["LogFormat"]), "JSON");
        assert_eq!(text(&logging["LogGroup"]), format!("<{function}Logs>"));
    }
    for log in ["ConsumerLogs", "ApiLogs", "ApiAccessLogs"] {
        let kept = |stack: &Stack| stack.properties(log)["RetentionInDays"].clone();
        assert_eq!(number(&kept(&stack)), 30);
        assert_eq!(text(&kept(&Stack::with(&[("LogRetentionDays", "7")]))), "7");
    }
}

#[test]
fn other_stacks_find_names_arns_and_urls() {
    let wanted = [
        ("ApiLogs", "<ApiLogs>"),
        ("ApiName", "<Api>"),
        ("ApiUrl", "<HttpApi.ApiEndpoint>"),
        ("ConsumerLogs", "<ConsumerLogs>"),
        ("ConsumerName", "<Consumer>"),
        (
            "DashboardUrl",
            "https://<AWS::Region>.console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/<Dashboard>",
        ),
        ("DeadLetterQueueArn", "<DeadLetterQueue.Arn>"),
        ("DeadLetterQueueUrl", "<DeadLetterQueue>"),
        ("EventSourceId", "<ConsumerSource>"),
        ("HistoryReaderPolicyArn", "<HistoryReaderPolicy>"),
        ("HistoryTableName", "<HistoryTable>"),
        ("IndexArn", "<Table.Arn>/index/GSI1"),
        ("IndexName", "GSI1"),
        ("QueueArn", "<Queue.Arn>"),
        ("QueueUrl", "<Queue>"),
        ("ReaderPolicyArn", "<ReaderPolicy>"),
        ("TableArn", "<Table.Arn>"),
        ("TableName", "<Table>"),
    ];
    let wanted: BTreeMap<_, _> = wanted
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(Stack::new().outputs(), wanted);
}

/// What feeds the consumer from the queue.
fn source() -> Value {
    Stack::new().properties("ConsumerSource")
}

/// Seconds between the first and the last try of a message that keeps failing for transient reasons,
/// if every backoff is as short as it can be.
fn from_first_to_last_try() -> u64 {
    let queue = Stack::new().properties("Queue");
    let tries = u32::try_from(number(&queue["RedrivePolicy"]["maxReceiveCount"])).unwrap();
    let shortest_backoff = |receives| u64::from(delay(receives, 0.0));
    (1..tries).map(shortest_backoff).sum()
}

fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Sequence(items) => items.iter().map(text).collect(),
        one => BTreeSet::from([text(one)]),
    }
}

fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}
