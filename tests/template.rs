//! Does the template say what the code and the promises need? No emulator shows these.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;

use roster::event_source::{BATCH, FUNCTION_TIMEOUT};
use roster::sqs::{MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS};
use roster_table::INDEX;
use roster_table::attribute::{GSI1PK, GSI1SK, PK, SK};
use serde_yaml_ng::Value;

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");

fn template() -> Value {
    serde_yaml_ng::from_str(&fs::read_to_string(TEMPLATE).unwrap()).unwrap()
}

fn resource(name: &str) -> Value {
    template()["Resources"][name]["Properties"].clone()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Sequence(items) => items.iter().map(plain).collect(),
        one => BTreeSet::from([plain(one)]),
    }
}

/// `!GetAtt Table.Arn` as `GetAtt Table.Arn`.
fn plain(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            format!("{} {}", tag.trim_start_matches('!'), plain(&tagged.value))
        }
        other => other.as_str().unwrap().to_owned(),
    }
}

fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

/// The statements of a policy document as (actions, resources).
fn statements(document: &Value) -> Vec<(BTreeSet<String>, BTreeSet<String>)> {
    let statements = document["Statement"].as_sequence().unwrap();
    statements
        .iter()
        .map(|s| (texts(&s["Action"]), texts(&s["Resource"])))
        .collect()
}

#[test]
fn the_table_has_the_keys_and_the_index_of_the_code() {
    let table = resource("Table");
    let keys = |schema: &Value| {
        let keys = schema.as_sequence().unwrap().iter();
        let name = |key: &Value| plain(&key["AttributeName"]);
        keys.map(name).collect::<Vec<_>>()
    };
    assert_eq!(keys(&table["KeySchema"]), [PK, SK]);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(keys(&index["KeySchema"]), [GSI1PK, GSI1SK]);
    assert_eq!(plain(&index["IndexName"]), INDEX);
    assert_eq!(plain(&index["Projection"]["ProjectionType"]), "ALL");
}

#[test]
fn the_table_can_be_restored_and_is_kept_when_the_stack_goes() {
    let table = resource("Table");
    let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
    assert_eq!(recovery.as_bool(), Some(true));
    assert_eq!(
        plain(&template()["Resources"]["Table"]["DeletionPolicy"]),
        "Retain"
    );
}

#[test]
fn queues_are_encrypted_and_dead_letters_are_kept_longest() {
    let kept = |name: &str| {
        let queue = resource(name);
        assert_eq!(
            queue["SqsManagedSseEnabled"].as_bool(),
            Some(true),
            "{name}"
        );
        number(&queue["MessageRetentionPeriod"])
    };
    let fourteen_days = 14 * 24 * 60 * 60;
    assert_eq!(kept("DeadLetterQueue"), fourteen_days);
    assert!(kept("Queue") <= fourteen_days / 2);
}

#[test]
fn a_message_stays_hidden_for_six_times_the_functions_timeout_and_is_tried_five_times() {
    let queue = resource("Queue");
    let consumer = resource("Consumer");
    let source = &consumer["Events"]["Queue"]["Properties"];
    let window = number(&source["MaximumBatchingWindowInSeconds"]);
    let timeout = number(&consumer["Timeout"]);
    assert!(number(&queue["VisibilityTimeout"]) >= 6 * timeout + window);
    assert!(number(&queue["RedrivePolicy"]["maxReceiveCount"]) >= 5);
    let dead_letters = plain(&queue["RedrivePolicy"]["deadLetterTargetArn"]);
    assert_eq!(dead_letters, "GetAtt DeadLetterQueue.Arn");
}

#[test]
fn the_local_stack_has_the_settings_of_the_template() {
    let queue = resource("Queue");
    let local = u64::from(VISIBILITY_TIMEOUT_SECONDS);
    assert_eq!(number(&queue["VisibilityTimeout"]), local);
    let local = u64::from(MAX_RECEIVE_COUNT);
    assert_eq!(number(&queue["RedrivePolicy"]["maxReceiveCount"]), local);
    let consumer = resource("Consumer");
    assert_eq!(number(&consumer["Timeout"]), FUNCTION_TIMEOUT.as_secs());
    let source = &consumer["Events"]["Queue"]["Properties"];
    assert_eq!(number(&source["BatchSize"]), BATCH as u64);
}

#[test]
fn only_failed_items_of_a_batch_are_retried() {
    let source = resource("Consumer")["Events"]["Queue"]["Properties"].clone();
    assert_eq!(
        texts(&source["FunctionResponseTypes"]),
        set(["ReportBatchItemFailures"])
    );
}

#[test]
fn the_function_gets_every_setting_it_reads_and_no_other() {
    let variables = resource("Consumer")["Environment"]["Variables"].clone();
    let given: BTreeSet<_> = variables.as_mapping().unwrap().keys().map(plain).collect();
    let read = RefCell::new(BTreeSet::new());
    let get = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        None
    };
    assert!(consumer::Config::read(get).is_err());
    assert_eq!(given, read.into_inner());
}

#[test]
fn the_function_may_update_items_take_messages_and_log_and_nothing_else() {
    let role = resource("ConsumerRole");
    let policies = role["Policies"].as_sequence().unwrap();
    assert_eq!(policies.len(), 1);
    assert!(role["ManagedPolicyArns"].is_null());
    assert!(resource("Consumer")["Policies"].is_null());
    assert_eq!(
        statements(&policies[0]["PolicyDocument"]),
        [
            (set(["dynamodb:UpdateItem"]), set(["GetAtt Table.Arn"])),
            (
                set([
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage"
                ]),
                set(["GetAtt Queue.Arn"])
            ),
            (
                set(["logs:CreateLogStream", "logs:PutLogEvents"]),
                set(["GetAtt ConsumerLogs.Arn"])
            ),
        ]
    );
}

#[test]
fn readers_may_read_the_table_and_the_index_and_nothing_else() {
    assert_eq!(
        statements(&resource("ReaderPolicy")["PolicyDocument"]),
        [(
            set([
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:Query"
            ]),
            set(["GetAtt Table.Arn", "Sub ${Table.Arn}/index/GSI1"])
        )]
    );
}

#[test]
fn a_topic_or_rule_may_send_only_if_it_was_named() {
    let policy = resource("QueuePolicy");
    let statements = policy["PolicyDocument"]["Statement"].as_sequence().unwrap();
    let allowed = statements.iter().filter_map(|statement| match statement {
        Value::Tagged(choice) if choice.tag == "If" => Some(choice.value.clone()),
        _ => {
            assert_eq!(plain(&statement["Effect"]), "Deny");
            None
        }
    });
    let mut conditions = Vec::new();
    for choice in allowed {
        conditions.push(plain(&choice[0]));
        let statement = &choice[1];
        assert_eq!(texts(&statement["Action"]), set(["sqs:SendMessage"]));
        assert_eq!(texts(&statement["Resource"]), set(["GetAtt Queue.Arn"]));
        let source = plain(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]);
        assert!(source.starts_with("Ref Event"), "{source}");
        assert_eq!(plain(&choice[2]), "Ref AWS::NoValue");
    }
    assert_eq!(conditions, ["HasEventTopic", "HasEventRule"]);
}

#[test]
fn other_stacks_find_names_arns_and_urls() {
    let template = template();
    let outputs: BTreeSet<_> = template["Outputs"]
        .as_mapping()
        .unwrap()
        .keys()
        .map(plain)
        .collect();
    let wanted = set([
        "ConsumerName",
        "DeadLetterQueueArn",
        "DeadLetterQueueUrl",
        "IndexArn",
        "IndexName",
        "QueueArn",
        "QueueUrl",
        "ReaderPolicyArn",
        "TableArn",
        "TableName",
    ]);
    assert_eq!(outputs, wanted);
}
