//! Who may do what, and under which key.

use std::collections::BTreeSet;

use serde_yaml_ng::{Mapping, Value};

use crate::stack::{Stack, text};
use crate::{set, texts};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/one";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:events";
const RULE: &str = "arn:aws:events:eu-west-1:111122223333:rule/events";

type Allowed = (BTreeSet<String>, BTreeSet<String>);

fn with_key() -> Stack {
    Stack::with(&[("KmsKeyArn", KEY)])
}

/// The statements of a policy that allow, as (actions, resources).
fn allowed(document: &Value) -> Vec<Allowed> {
    let statements = document["Statement"].as_sequence().unwrap().iter();
    statements
        .filter(|s| text(&s["Effect"]) == "Allow")
        .map(|s| (texts(&s["Action"]), texts(&s["Resource"])))
        .collect()
}

/// What a function may do, which its role says alone.
fn of_function(stack: &Stack, function: &str) -> Vec<Allowed> {
    let role = stack.properties(&format!("{function}Role"));
    let policies = role["Policies"].as_sequence().unwrap();
    assert_eq!(policies.len(), 1);
    assert!(role["ManagedPolicyArns"].is_null());
    assert!(stack.properties(function)["Policies"].is_null());
    allowed(&policies[0]["PolicyDocument"])
}

fn of_the_consumer(stack: &Stack) -> Vec<Allowed> {
    of_function(stack, "Consumer")
}

/// To read the table and its indexes.
fn reading() -> Allowed {
    (
        set([
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
        ]),
        set([
            "<Table.Arn>",
            "<Table.Arn>/index/GSI1",
            "<Table.Arn>/index/GSI2",
        ]),
    )
}

#[test]
fn the_function_of_the_api_may_read_derive_keys_and_log_and_nothing_else() {
    let deriving = (set(["kms:GenerateMac"]), set(["<PageTokenKey.Arn>"]));
    let logging = (
        set(["logs:CreateLogStream", "logs:PutLogEvents"]),
        set(["<ApiLogs.Arn>"]),
    );
    let mut api = vec![reading(), deriving, logging];
    assert_eq!(of_function(&Stack::new(), "Api"), api);
    api.push((set(["kms:Decrypt"]), set([KEY])));
    assert_eq!(of_function(&with_key(), "Api"), api);
}

#[test]
fn the_function_may_insert_events_update_items_settle_messages_and_log_and_nothing_else() {
    assert_eq!(
        of_the_consumer(&Stack::new()),
        [
            (set(["dynamodb:UpdateItem"]), set(["<Table.Arn>"])),
            (set(["dynamodb:PartiQLInsert"]), set(["<HistoryTable.Arn>"])),
            (
                set([
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage"
                ]),
                set(["<Queue.Arn>"])
            ),
            (set(["sqs:SendMessage"]), set(["<DeadLetterQueue.Arn>"])),
            (
                set(["logs:CreateLogStream", "logs:PutLogEvents"]),
                set(["<ConsumerLogs.Arn>"])
            ),
        ]
    );
}

#[test]
fn lambda_alone_may_take_the_role_of_a_function() {
    let stack = Stack::new();
    for function in ["Consumer", "Api"] {
        let role = format!("{function}Role");
        let trust = stack.properties(&role)["AssumeRolePolicyDocument"]["Statement"].clone();
        assert_eq!(trust.as_sequence().unwrap().len(), 1);
        let lambda = Mapping::from_iter([("Service".into(), "lambda.amazonaws.com".into())]);
        assert_eq!(trust[0]["Principal"], Value::Mapping(lambda));
        assert_eq!(text(&trust[0]["Action"]), "sts:AssumeRole");
        let taken = text(&stack.properties(function)["Role"]);
        assert_eq!(taken, format!("<{role}.Arn>"));
    }
}

#[test]
fn readers_may_read_the_table_and_the_indexes_and_nothing_else() {
    let policy = Stack::new().properties("ReaderPolicy");
    assert_eq!(allowed(&policy["PolicyDocument"]), [reading()]);
}

#[test]
fn only_a_policy_of_its_own_covers_the_history() {
    let stack = Stack::new();
    let policy = stack.properties("HistoryReaderPolicy");
    let read = ["BatchGetItem", "GetItem", "Query"].map(|action| format!("dynamodb:{action}"));
    let read = read.into_iter().collect();
    let history = set(["<HistoryTable.Arn>"]);
    assert_eq!(allowed(&policy["PolicyDocument"]), [(read, history)]);
    let mut covering = Vec::new();
    for name in stack.resources() {
        let properties = serde_yaml_ng::to_string(&stack.properties(&name)).unwrap();
        if properties.contains("HistoryTable.Arn") {
            covering.push(name);
        }
    }
    covering.retain(|name| name != "ConsumerStack"); // It passes the ARN on to the role.
    covering.sort();
    assert_eq!(covering, ["ConsumerRole", "HistoryReaderPolicy"]);
}

#[test]
fn a_key_of_ones_own_adds_its_use_to_both_and_nothing_else() {
    let key = |actions| (actions, set([KEY]));
    let mut consumer = of_the_consumer(&Stack::new());
    consumer.push(key(set(["kms:Decrypt", "kms:GenerateDataKey"])));
    assert_eq!(of_the_consumer(&with_key()), consumer);

    for policy in ["ReaderPolicy", "HistoryReaderPolicy"] {
        let reader = |stack: Stack| allowed(&stack.properties(policy)["PolicyDocument"]);
        let mut wanted = reader(Stack::new());
        wanted.push(key(set(["kms:Decrypt"])));
        assert_eq!(reader(with_key()), wanted);
    }
}

#[test]
fn a_key_of_ones_own_encrypts_all_that_holds_events_or_settings() {
    let stack = with_key();
    for table in ["Table", "HistoryTable"] {
        let table = stack.properties(table)["SSESpecification"].clone();
        assert_eq!(table["SSEEnabled"].as_bool(), Some(true));
        assert_eq!(text(&table["SSEType"]), "KMS");
        assert_eq!(text(&table["KMSMasterKeyId"]), KEY);
    }
    for queue in ["Queue", "DeadLetterQueue"] {
        let queue = stack.properties(queue);
        assert_eq!(text(&queue["KmsMasterKeyId"]), KEY);
        assert!(queue["SqsManagedSseEnabled"].is_null());
    }
    for log in ["ConsumerLogs", "ApiLogs", "ApiAccessLogs"] {
        assert_eq!(text(&stack.properties(log)["KmsKeyId"]), KEY);
    }
    for function in ["Consumer", "Api"] {
        assert_eq!(text(&stack.properties(function)["KmsKeyArn"]), KEY);
    }
}

#[test]
fn without_one_the_keys_of_aws_do() {
    let stack = Stack::new();
    for table in ["Table", "HistoryTable"] {
        let table = stack.properties(table)["SSESpecification"].clone();
        assert_eq!(table["SSEEnabled"].as_bool(), Some(false));
    }
    for queue in ["Queue", "DeadLetterQueue"] {
        let queue = stack.properties(queue);
        assert_eq!(queue["SqsManagedSseEnabled"].as_bool(), Some(true));
        assert!(queue["KmsMasterKeyId"].is_null());
    }
    for log in ["ConsumerLogs", "ApiLogs", "ApiAccessLogs"] {
        assert!(stack.properties(log)["KmsKeyId"].is_null());
    }
    for function in ["Consumer", "Api"] {
        assert!(stack.properties(function)["KmsKeyArn"].is_null());
    }
}

#[test]
fn a_topic_or_rule_may_send_only_if_it_was_named() {
    let senders = |parameters: &[(&str, &str)]| {
        let policy = Stack::with(parameters).properties("QueuePolicy");
        let document = &policy["PolicyDocument"];
        for (actions, resources) in allowed(document) {
            assert_eq!(actions, set(["sqs:SendMessage"]));
            assert_eq!(resources, set(["<Queue.Arn>"]));
        }
        let statements = document["Statement"].as_sequence().unwrap().iter();
        statements
            .filter(|s| text(&s["Effect"]) == "Allow")
            .map(|s| {
                let service = text(&s["Principal"]["Service"]);
                let source = text(&s["Condition"]["ArnEquals"]["aws:SourceArn"]);
                format!("{service} {source}")
            })
            .collect::<Vec<_>>()
    };
    let topic = format!("sns.amazonaws.com {TOPIC}");
    let rule = format!("events.amazonaws.com {RULE}");
    assert_eq!(senders(&[]), [""; 0]);
    assert_eq!(senders(&[("EventTopicArn", TOPIC)]), [topic.as_str()]);
    assert_eq!(senders(&[("EventRuleArn", RULE)]), [rule.as_str()]);
    let both = [("EventTopicArn", TOPIC), ("EventRuleArn", RULE)];
    assert_eq!(senders(&both), [topic, rule]);
}

#[test]
fn both_queues_refuse_whoever_comes_without_tls() {
    for queue in ["Queue", "DeadLetterQueue"] {
        let policy = Stack::new().properties(&format!("{queue}Policy"));
        assert_eq!(texts(&policy["Queues"]), set([&format!("<{queue}>")]));
        let statement = &policy["PolicyDocument"]["Statement"][0];
        assert_eq!(text(&statement["Effect"]), "Deny");
        assert_eq!(text(&statement["Principal"]), "*");
        assert_eq!(text(&statement["Action"]), "sqs:*");
        assert_eq!(text(&statement["Resource"]), format!("<{queue}.Arn>"));
        let tls = &statement["Condition"]["Bool"]["aws:SecureTransport"];
        assert_eq!(tls.as_bool(), Some(false));
    }
}

/// checkov does not look into a policy that has a condition in it, so this does.
#[test]
fn nothing_is_allowed_with_a_wildcard() {
    let everything = [
        ("KmsKeyArn", KEY),
        ("EventTopicArn", TOPIC),
        ("EventRuleArn", RULE),
    ];
    let stack = Stack::with(&everything);
    let mut found = Vec::new();
    for name in stack.resources() {
        collect_allowing(&stack.properties(&name), &mut found);
    }
    assert_eq!(found.len(), 18);
    for statement in found {
        for part in ["Action", "Resource", "Principal"] {
            let part = &statement[part];
            let written = serde_yaml_ng::to_string(part).unwrap();
            assert!(!written.contains('*'), "{statement:?}");
        }
        for turned in ["NotAction", "NotResource", "NotPrincipal"] {
            assert!(statement[turned].is_null(), "{statement:?}");
        }
    }
}

fn collect_allowing(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Sequence(items) => items.iter().for_each(|item| collect_allowing(item, found)),
        Value::Mapping(mapping) => {
            if value["Effect"].as_str() == Some("Allow") {
                found.push(value.clone());
            }
            mapping
                .values()
                .for_each(|item| collect_allowing(item, found));
        }
        _ => {}
    }
}

#[test]
fn each_check_that_is_left_out_has_its_reason() {
    let stack = Stack::new();
    let mut left_out = 0;
    for name in stack.resources() {
        let skip = stack.resource(&name)["Metadata"]["checkov"]["skip"].clone();
        for check in skip.as_sequence().into_iter().flatten() {
            assert!(text(&check["comment"]).ends_with('.'), "{name}");
            left_out += 1;
        }
    }
    assert_eq!(left_out, 16);
}
