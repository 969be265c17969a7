//! Does `roster dlq` show what is in the dead-letter queue, and what a redrive does?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, SystemTime};

use roster_cli::dlq::{Chosen, DeadLetterQueue, Filter, Foretold, Stop, count, find, list, purge};
use roster_domain::{Attribute, Entity, OrganizationId, UserId};
use roster_emulator::sqs::{self, DEAD_LETTER_QUEUE_NAME, MAX_RECEIVE_COUNT};
use roster_queue::QueueClient;
use roster_stack::{Options, Stack};
use roster_tests::letters::{
    bury, consume, counts, dead_letter_queue, drain, drain_bodies, put, redriven,
};
use serde_json::{Value, json};

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

fn member(user: &str, id: &str, role: &str) -> Value {
    json!({"eventId": id, "type": "OrganizationUserAdded",
        "payload": {"organizationId": "o", "userId": user, "role": role}})
}

/// The number of dead letters for each reason, and how many of them are valid now.
async fn reasons(stack: &Stack) -> BTreeMap<String, (usize, usize)> {
    let queue = dead_letter_queue(stack).await;
    let (filter, stop, now) = (Filter::default(), Stop::default(), SystemTime::now());
    let listed = list(&queue, &filter, &stop, now, |_| {}).await.unwrap();
    assert!(!listed.cut_off);
    let reasons = listed.reasons.into_iter();
    reasons.map(|r| (r.reason, (r.count, r.accepted))).collect()
}

fn expected(reasons: &[(&str, (usize, usize))]) -> BTreeMap<String, (usize, usize)> {
    let reasons = reasons.iter();
    reasons.map(|(code, n)| ((*code).to_owned(), *n)).collect()
}

#[tokio::test]
async fn dead_letters_are_counted_by_reason_and_by_whether_they_are_valid_now() {
    let stack = stack().await;
    assert_eq!(reasons(&stack).await, BTreeMap::new());
    for n in 0..25 {
        put(&stack, &stack.queues.events, &format!("not json {n}"), &[]).await;
    }
    let role = member("u", "e", "owner").to_string();
    put(&stack, &stack.queues.events, &role, &[]).await;
    assert_eq!(consume(&stack).await.failed, 26);
    let good = member("u", "e", "admin").to_string();
    bury(&stack, &good, Some("malformed")).await;
    bury(&stack, &good, None).await;
    let there = expected(&[
        ("not_json", (25, 0)),
        ("malformed", (2, 1)),
        ("max_receives", (1, 1)),
    ]);
    // After the first list, everything is visible again.
    for _ in 0..2 {
        assert_eq!(reasons(&stack).await, there);
        assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (28, 0));
    }
}

#[tokio::test]
async fn a_list_shows_the_ids_from_the_oldest_message_to_the_newest() {
    let stack = stack().await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(bury(&stack, &format!("{n}"), Some("not_json")).await);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The order on the queue is different.
    let queue = dead_letter_queue(&stack).await;
    let stop = Stop::default();
    let found = find(&queue, &ids[0], &stop, |_| {}).await.unwrap();
    assert_eq!(found.0.unwrap().body, "0");
    let (filter, now) = (Filter::default(), SystemTime::now());
    let listed = list(&queue, &filter, &stop, now, |_| {}).await.unwrap();
    let [reason] = listed.reasons.as_slice() else {
        panic!("{listed:?}");
    };
    let listed: Vec<_> = reason.messages.iter().map(|m| &m.message_id).collect();
    assert_eq!(listed, ids.iter().collect::<Vec<_>>());
    assert!(reason.oldest < reason.newest && reason.newest <= SystemTime::now());
}

#[tokio::test]
async fn a_letter_is_found_by_its_id_and_nothing_stays_hidden() {
    let stack = stack().await;
    for n in 0..30 {
        bury(&stack, &format!("not json {n}"), Some("not_json")).await;
    }
    let body = member("u", "e", "owner").to_string();
    let attributes = [("ErrorCode", "malformed"), ("ErrorMessage", "the reason")];
    let id = put(&stack, &stack.queues.dead_letters, &body, &attributes).await;
    let queue = dead_letter_queue(&stack).await;
    let (found, _) = find(&queue, &id, &Stop::default(), |_| {}).await.unwrap();
    let letter = found.unwrap();
    assert_eq!(
        (letter.id.as_str(), letter.body.as_str()),
        (id.as_str(), body.as_str())
    );
    assert_eq!(letter.text("ErrorMessage"), Some("the reason"));
    let failure = letter.event(SystemTime::now()).unwrap_err();
    assert_eq!(
        (failure.code(), failure.path()),
        ("malformed", Some("$.payload.role"))
    );
    let (found, seen) = find(&queue, "no such id", &Stop::default(), |_| {})
        .await
        .unwrap();
    assert!(found.is_none());
    assert_eq!(seen, 31);
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (31, 0));
}

#[tokio::test]
async fn the_dead_letter_queue_is_found_by_the_name_or_the_url_of_its_queue() {
    let stack = stack().await;
    let client = || QueueClient::new(sqs::config(stack.sqs.address));
    for queue in [sqs::QUEUE_NAME, &stack.queues.events] {
        let found = DeadLetterQueue::of(client(), queue).await.unwrap();
        assert_eq!(found.dead_letters.url(), stack.queues.dead_letters);
        assert_eq!(found.events.url(), stack.queues.events);
    }
    let told = async |queue| {
        let error = DeadLetterQueue::of(client(), queue).await.unwrap_err();
        format!("{error:#}")
    };
    let dead = told(DEAD_LETTER_QUEUE_NAME).await;
    assert!(
        dead.contains("name the queue that events are sent to"),
        "{dead}"
    );
    let unknown = told("unknown").await;
    assert!(
        unknown.starts_with("cannot find the queue unknown"),
        "{unknown}"
    );
}

#[tokio::test]
async fn a_redriven_message_has_its_producers_attributes_and_none_of_rosters() {
    let stack = stack().await;
    let attributes = [
        ("ErrorCode", "throttled"),
        ("ErrorMessage", "m"),
        ("ErrorPath", "$"),
        ("FunctionVersion", "1"),
        ("EventTime", "2026-01-01T00:00:00Z"),
        ("Trace", "t"),
    ];
    let body = member("u", "e", "admin").to_string();
    put(&stack, &stack.queues.dead_letters, &body, &attributes).await;
    let done = redriven(&stack, &Filter::default(), false).await;
    assert_eq!((done.selected, done.sent, done.not_deleted), (1, 1, 0));
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (0, 0));
    let sent = drain(&stack, &stack.queues.events).await;
    let [sent] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert_eq!(sent.body(), Some(body.as_str()));
    let names: BTreeSet<_> = sent.message_attributes().unwrap().keys().collect();
    assert_eq!(
        names,
        BTreeSet::from([&"EventTime".to_owned(), &"Trace".to_owned()])
    );
}

/// Fails to handle a message until SQS moves it after its last receive.
async fn receive_too_often(stack: &Stack) {
    for _ in 0..=MAX_RECEIVE_COUNT {
        let request = stack.sqs.client().receive_message();
        let request = request.queue_url(&stack.queues.events);
        request.visibility_timeout(0).send().await.unwrap();
    }
    while counts(stack, &stack.queues.dead_letters).await.0 == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_undated_event_keeps_its_first_time_and_does_not_become_the_newest() {
    let stack = stack().await;
    let older = member("u", "older", "reader").to_string();
    put(&stack, &stack.queues.events, &older, &[]).await;
    receive_too_often(&stack).await;
    tokio::time::sleep(Duration::from_millis(2)).await;
    let newer = member("u", "newer", "admin").to_string();
    put(&stack, &stack.queues.events, &newer, &[]).await;
    assert_eq!(consume(&stack).await.applied, 1);
    assert_eq!(reasons(&stack).await, expected(&[("max_receives", (1, 1))]));
    let done = redriven(&stack, &Filter::default(), false).await;
    let stale = Foretold {
        stale: 1,
        ..Foretold::default()
    };
    assert_eq!((done.sent, done.foretold), (1, Some(stale)));
    let outcomes = consume(&stack).await;
    assert_eq!((outcomes.stale, outcomes.applied), (1, 0));
    let membership = Entity::Membership {
        organization: OrganizationId::parse("o").unwrap(),
        user: UserId::parse("u").unwrap(),
    };
    let member = stack.table().record(&membership).await.unwrap().unwrap();
    assert_eq!(member.text(Attribute::Role), Some("admin"));
}

#[tokio::test]
async fn messages_that_a_filter_excludes_are_visible_at_once() {
    let stack = stack().await;
    let added = |n: usize| member(&format!("u{n}"), "e", "admin").to_string();
    let removed = |n: usize| added(n).replace("Added", "Removed");
    bury(&stack, &added(0), Some("malformed")).await;
    bury(&stack, &removed(1), Some("malformed")).await;
    bury(&stack, &added(2), None).await;
    bury(&stack, "not json", Some("not_json")).await;
    let by_reason = Filter {
        reason: Some("malformed".to_owned()),
        event_type: Some("OrganizationUserAdded".to_owned()),
        ..Filter::default()
    };
    let done = redriven(&stack, &by_reason, false).await;
    assert_eq!((done.dead_letters, done.selected, done.sent), (4, 1, 1));
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (3, 0));
    assert_eq!(drain_bodies(&stack, &stack.queues.events).await, [added(0)]);
    let hour = Some(Duration::from_secs(3_600));
    let older = Filter {
        older_than: hour,
        ..Filter::default()
    };
    assert_eq!(redriven(&stack, &older, true).await.selected, 0);
    let newer = Filter {
        newer_than: hour,
        ..Filter::default()
    };
    let done = redriven(&stack, &newer, false).await;
    assert_eq!((done.selected, done.sent), (3, 2));
    assert_eq!(
        done.still_failing,
        BTreeMap::from([("not_json".to_owned(), 1)])
    );
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (1, 0));
}

#[tokio::test]
async fn purge_deletes_the_counted_messages_and_none_that_arrived_later() {
    let stack = stack().await;
    for n in 0..23 {
        bury(&stack, &format!("counted {n}"), Some("not_json")).await;
    }
    bury(&stack, "another reason", Some("malformed")).await;
    let (queue, stop) = (dead_letter_queue(&stack).await, Stop::default());
    let filter = Filter {
        reason: Some("not_json".to_owned()),
        ..Filter::default()
    };
    let now = SystemTime::now();
    let counted = count(&queue, &filter, &stop, now, |_| {}).await.unwrap();
    assert_eq!((counted.ids.len(), counted.dead_letters), (23, 24));
    tokio::time::sleep(Duration::from_millis(2)).await;
    bury(&stack, "came meanwhile", Some("not_json")).await;
    let mut ids: HashSet<_> = counted.ids.clone();
    let left = ids.iter().next().unwrap().clone();
    ids.remove(&left);
    ids.insert("gone meanwhile".to_owned());
    let purged = purge(&queue, &Chosen::Ids(&ids), &stop, |_| {})
        .await
        .unwrap();
    assert_eq!(
        (purged.deleted, purged.not_deleted, purged.gone),
        (22, 0, 1)
    );
    assert_eq!(counts(&stack, &stack.queues.dead_letters).await, (3, 0));
    let matching = Chosen::Matching(&filter, now);
    let purged = purge(&queue, &matching, &stop, |_| {}).await.unwrap();
    assert_eq!(purged.reasons, BTreeMap::from([("not_json".to_owned(), 1)]));
    let left = drain_bodies(&stack, &stack.queues.dead_letters).await;
    assert_eq!(left, ["another reason", "came meanwhile"]);
}
