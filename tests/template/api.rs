//! Is the HTTP API deployed as it promises, where it is?

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::set;
use crate::stack::{Stack, entries, number, text};

/// What stands only where an issuer of tokens was named.
const RESOURCES: [&str; 8] = [
    "Api",
    "HttpApi",
    "ApiLogs",
    "ApiAccessLogs",
    "ApiRole",
    "ApiErrorsAlarm",
    "ApiLatencyAlarm",
    "ApiDashboard",
];

#[test]
fn it_stands_only_where_an_issuer_was_named() {
    for name in Stack::new().names("Resources") {
        let condition = Stack::new().resource(&name)["Condition"].clone();
        let expected = RESOURCES.contains(&name.as_str()).then_some("HasApi");
        assert_eq!(condition.as_str(), expected, "{name}");
    }
}

#[test]
fn the_function_gets_every_setting_it_reads_and_no_other() {
    let variables = Stack::new().properties("Api")["Environment"]["Variables"].clone();
    let given: BTreeSet<_> = entries(&variables).map(|(name, _)| name).collect();
    let asked = RefCell::new(BTreeSet::new());
    let get = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    assert!(api::Config::read(get).is_err());
    assert_eq!(given, asked.into_inner());
    assert_eq!(text(&variables["TABLE_NAME"]), "<Table>");
}

#[test]
fn it_may_read_the_table_and_log_and_nothing_else() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/one";
    for (stack, with_key) in [
        (Stack::new(), false),
        (Stack::with(&[("KmsKeyArn", key)]), true),
    ] {
        let role = stack.properties("ApiRole");
        assert!(role["ManagedPolicyArns"].is_null());
        assert!(stack.properties("Api")["Policies"].is_null());
        let policies = role["Policies"].as_sequence().unwrap();
        assert_eq!(policies.len(), 1);
        let mut wanted = vec![
            (
                set([
                    "dynamodb:BatchGetItem",
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                ]),
                set(["<Table.Arn>", "<Table.Arn>/index/GSI1"]),
            ),
            (
                set(["logs:CreateLogStream", "logs:PutLogEvents"]),
                set(["<ApiLogs.Arn>"]),
            ),
        ];
        if with_key {
            wanted.push((set(["kms:Decrypt"]), set([key])));
        }
        let allowed = crate::permissions::allowed(&policies[0]["PolicyDocument"]);
        assert_eq!(allowed, wanted);
    }
}

#[test]
fn it_answers_before_lambda_ends_it_and_the_gateway_waits_that_long() {
    let timeout = number(&Stack::new().properties("Api")["Timeout"]);
    assert!(timeout > api::limits::REQUEST.as_secs() && timeout < 30);
}

#[test]
fn the_gateway_throttles_and_logs_nothing_of_a_person() {
    let gateway = Stack::new().properties("HttpApi");
    let settings = &gateway["DefaultRouteSettings"];
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        assert!((1..=1_000).contains(&number(&settings[limit])), "{limit}");
    }
    let log = &gateway["AccessLogSettings"];
    assert_eq!(text(&log["DestinationArn"]), "<ApiAccessLogs.Arn>");
    let format: serde_json::Value = serde_json::from_str(&text(&log["Format"])).unwrap();
    let logged = format.as_object().unwrap().values();
    let logged: BTreeSet<_> = logged.map(|v| v.as_str().unwrap().to_owned()).collect();
    let wanted = set([
        "$context.httpMethod",
        "$context.integrationErrorMessage",
        "$context.requestId",
        "$context.requestTime",
        "$context.responseLatency",
        "$context.routeKey",
        "$context.status",
    ]);
    assert_eq!(logged, wanted);
}
