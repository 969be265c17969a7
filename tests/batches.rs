//! Does a failed message fail alone?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use consumer::{Consumer, Failure, Report, TIME_TO_REPORT};
use roster_domain::{Entity, OrganizationId, UserId};
use roster_emulator::dynamodb;
use roster_stack::{Options, Stack};
use roster_table::{List, Table};
use roster_tests::pages::all;
use roster_tests::records::{batch, bodies, record};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

fn added(organization: &str, user: &str) -> Value {
    json!({"eventId": "e", "type": "OrganizationUserAdded", "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"organizationId": organization, "userId": user, "role": "reader"}})
}

fn with(mut body: Value, pointer: &str, value: Value) -> String {
    *body.pointer_mut(pointer).unwrap() = value;
    body.to_string()
}

fn without(mut body: Value, field: &str) -> String {
    body.as_object_mut().unwrap().remove(field).unwrap();
    body.to_string()
}

fn sns(message: Value) -> String {
    json!({"Type": "Notification", "Message": message}).to_string()
}

/// Every kind of malformed body, each with the name of a member who must not appear.
fn malformed() -> Vec<String> {
    let good = || added("o", "mallory");
    let user = json!({"eventId": "e", "type": "UserCreated",
        "payload": {"id": "mallory", "name": "Mallory", "email": "m@example.com"}});
    let cloud = json!({"specversion": "1.0", "id": "e", "type": "OrganizationUserAdded",
        "data": {"organizationId": "o", "userId": "mallory", "role": "reader"}});
    let bridge = json!({"id": "e", "detail-type": "OrganizationUserAdded",
        "detail": {"organizationId": "o", "userId": "mallory", "role": "reader"}});
    let cut: String = good().to_string().chars().take(60).collect();
    vec![
        String::new(),
        " ".to_owned(),
        "not json".to_owned(),
        cut,
        format!("{} trailing", good()),
        "null".to_owned(),
        "[]".to_owned(),
        "\"text\"".to_owned(),
        "{}".to_owned(),
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        without(good(), "eventId"),
        without(good(), "type"),
        without(good(), "payload"),
        with(good(), "/eventId", json!("")),
        with(good(), "/eventId", json!(7)),
        with(good(), "/eventId", json!("a\u{0}b")),
        with(good(), "/eventId", json!("x".repeat(100_000))),
        with(good(), "/type", json!("OrganizationUserPromoted")),
        with(good(), "/type", json!(null)),
        with(good(), "/payload", json!(null)),
        with(good(), "/payload", json!("{}")),
        with(good(), "/payload", json!([])),
        with(good(), "/payload/organizationId", json!(null)),
        with(good(), "/payload/userId", json!("")),
        with(good(), "/payload/userId", json!({"id": "mallory"})),
        with(good(), "/payload/userId", json!("x".repeat(257))),
        with(good(), "/payload/role", json!("owner")),
        with(good(), "/payload/role", json!(true)),
        with(good(), "/timestamp", json!("tomorrow")),
        with(good(), "/timestamp", json!(1_767_225_600)),
        with(good(), "/timestamp", json!("2999-01-01T00:00:00Z")),
        with(good(), "/timestamp", json!("1969-01-01T00:00:00Z")),
        with(user.clone(), "/payload/email", json!("nobody")),
        with(user.clone(), "/payload/name", json!("")),
        with(user, "/payload/name", json!("x".repeat(1_025))),
        with(cloud.clone(), "/specversion", json!("2.0")),
        with(cloud.clone(), "/data", json!("base64")),
        without(cloud, "id"),
        with(bridge.clone(), "/detail-type", json!("x")),
        without(bridge, "detail"),
        sns(json!("not json")),
        sns(json!(null)),
        sns(good()),
        sns(json!(with(good(), "/payload/role", json!("owner")))),
        sns(json!(sns(json!(good().to_string())))),
    ]
}

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

async fn consume(stack: &Stack, event: SqsEvent) -> Report {
    let consumer = stack.consumer_without_queues();
    consumer.consume(event, soon()).await
}

fn failed(report: &Report) -> Vec<String> {
    let failures = report.response().unwrap().batch_item_failures;
    failures
        .into_iter()
        .map(|failure| failure.item_identifier)
        .collect()
}

async fn members(table: &Table, organization: &str) -> usize {
    let id = OrganizationId::parse(organization).unwrap();
    all(table, &List::OrganizationUsers(id)).await.len()
}

#[tokio::test]
async fn one_malformed_body_of_ten_fails_alone() {
    let stack = stack().await;
    for (kind, bad) in malformed().into_iter().enumerate() {
        let organization = format!("o{kind}");
        let position = kind % 10;
        let bodies = bodies((0..10).map(|n| match n {
            n if n == position => bad.clone(),
            n => added(&organization, &format!("u{n}")).to_string(),
        }));
        let report = consume(&stack, bodies).await;
        let shown: String = bad.chars().take(80).collect();
        assert_eq!(failed(&report), [position.to_string()], "{shown}");
        assert_eq!(members(&stack.table(), &organization).await, 9, "{shown}");
        let failure = report
            .messages
            .into_iter()
            .find_map(|m| m.result.err())
            .unwrap();
        assert!(failure.is_permanent(), "{failure}");
    }
    let mallory = UserId::parse("mallory").unwrap();
    let places = List::UserOrganizations(mallory.clone());
    assert_eq!(all(&stack.table(), &places).await, []);
    let user = stack.table().record(&Entity::User(mallory)).await;
    assert_eq!(user.unwrap(), None);
}

#[tokio::test]
async fn a_batch_of_ten_thousand_is_handled() {
    let stack = stack().await;
    let report = consume(
        &stack,
        bodies((0..10_000).map(|n| match n % 100 {
            99 => "not json".to_owned(),
            _ => added("o", &format!("u{}", n % 500)).to_string(),
        })),
    )
    .await;
    assert_eq!(failed(&report).len(), 100);
    assert_eq!(members(&stack.table(), "o").await, 495);
}

#[tokio::test]
async fn an_empty_batch_has_no_failures() {
    let report = consume(&stack().await, bodies([])).await;
    assert_eq!(failed(&report), [""; 0]);
}

#[tokio::test]
async fn every_valid_event_fails_transiently_without_a_table() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let nobody: SocketAddr = listener.local_addr().unwrap();
    drop(listener);
    let mut stack = stack().await;
    stack.table_address = nobody;
    let report = consume(
        &stack,
        bodies([added("o", "u").to_string(), "{".to_owned()]),
    )
    .await;
    assert_eq!(failed(&report), ["0", "1"]);
    let permanent = |m: &consumer::Delivery| m.result.as_ref().unwrap_err().is_permanent();
    assert_eq!(
        report.messages.iter().map(permanent).collect::<Vec<_>>(),
        [false, true]
    );
}

#[tokio::test]
async fn a_missing_table_is_a_transient_failure() {
    let stack = stack().await;
    let table = Table::new(dynamodb::config(stack.dynamodb.address), "another");
    let consumer = Consumer::new(table, stack.history());
    let event = bodies([added("o", "u").to_string()]);
    let report = consumer.consume(event, soon()).await;
    let failure = report
        .messages
        .into_iter()
        .find_map(|m| m.result.err())
        .unwrap();
    assert_eq!(
        (failure.code(), failure.is_permanent()),
        ("misconfigured", false)
    );
}

#[tokio::test]
async fn events_left_when_time_runs_out_are_reported_and_not_written() {
    let stack = stack().await;
    let consumer = stack.consumer_without_queues();
    let event = bodies((0..10).map(|n| added("o", &format!("u{n}")).to_string()));
    let report = consumer
        .consume(event, Instant::now() + TIME_TO_REPORT)
        .await;
    assert_eq!(failed(&report).len(), 10);
    let out_of_time = |m: &consumer::Delivery| m.result == Err(Failure::OutOfTime);
    assert!(report.messages.iter().all(out_of_time));
    assert_eq!(members(&stack.table(), "o").await, 0);
}

#[tokio::test]
async fn a_failed_record_without_an_id_fails_the_whole_invocation() {
    let stack = stack().await;
    let mut nameless = record("", "not json");
    nameless.message_id = None;
    let good = record("good", added("o", "u").to_string());
    let report = consume(&stack, batch(vec![good, nameless])).await;
    assert!(report.response().is_err());
    assert_eq!(members(&stack.table(), "o").await, 1);
}
