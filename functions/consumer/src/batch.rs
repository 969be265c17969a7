//! A batch: events of one entity are folded together, entities are written in parallel.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, stream};
use roster_domain::Entity;
use tokio::time::Instant;

use crate::circuit::Circuit;
use crate::delivery::{Delivery, Pending};
use crate::fold::{self, Limits, Store};

/// Most entities that are written at the same time. Roster's own: enough to hide the latency of
/// DynamoDB, and few enough that a new on-demand table does not throttle at once.
pub const MAX_CONCURRENT_WRITES: usize = 32;

/// Applies the valid events that are in the history until `stop`, and records the result of each.
pub async fn settle(deliveries: &mut [Delivery], stop: Instant, store: &impl Store) {
    let mut by_entity: BTreeMap<&Entity, Vec<Pending<'_>>> = BTreeMap::new();
    for pending in deliveries.iter_mut().filter_map(Delivery::pending) {
        let events = by_entity.entry(&pending.event.entity).or_default();
        events.push(pending);
    }
    let limits = Limits {
        stop,
        circuit: Circuit::default(),
    };
    let queue = Mutex::new(by_entity.into_iter());
    let lanes: Vec<_> = (0..MAX_CONCURRENT_WRITES)
        .map(|_| lane(&queue, &limits, store))
        .collect();
    stream::iter(lanes)
        .buffer_unordered(MAX_CONCURRENT_WRITES)
        .collect::<()>()
        .await;
}

/// Writes one entity after the other. One lane runs for each concurrent write: the future of a
/// write is large, so one future for each entity would waste memory.
async fn lane<'a>(
    queue: &Mutex<impl Iterator<Item = (&'a Entity, Vec<Pending<'a>>)>>,
    limits: &Limits,
    store: &impl Store,
) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    while let Some((entity, mut pending)) = next() {
        fold::settle(entity, &mut pending, limits, store).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use roster_domain::json::Object;
    use roster_domain::{Event, EventId, EventTime, EventType, LifeKind, Outcome};
    use roster_table::{Applied, ApplyError, LostRaces, ServiceError, ServiceErrorKind};

    use super::*;
    use crate::circuit::FAILURES_TO_OPEN;
    use crate::failure::Failure;
    use crate::record::SqsRecord;

    fn added(user: usize, id: usize) -> Event {
        let payload = format!(r#"{{"organizationId":"o","userId":"u{user}","role":"reader"}}"#);
        Event::validate(
            EventType::named("OrganizationUserAdded").unwrap(),
            EventId::parse(&id.to_string()).unwrap(),
            EventTime::UNIX_EPOCH,
            None,
            &Object::parse(&payload, "$").unwrap(),
        )
        .unwrap()
    }

    /// One event for each of `users` entities, and a second one for the first of them.
    fn batch(users: usize) -> Vec<Delivery> {
        let first = (0..users).map(|user| added(user, user));
        let events = first.chain([added(0, users)]);
        events.map(|event| delivery(Ok(event))).collect()
    }

    fn delivery(read: Result<Event, Failure>) -> Delivery {
        let mut delivery = Delivery::new(SqsRecord::default(), EventTime::UNIX_EPOCH, read);
        delivery.is_recorded = true;
        delivery
    }

    /// Settles a batch and returns the results in its order.
    async fn settled(
        mut deliveries: Vec<Delivery>,
        stop: Instant,
        store: &impl Store,
    ) -> Vec<Result<Applied, Failure>> {
        settle(&mut deliveries, stop, store).await;
        deliveries.into_iter().map(|d| d.result).collect()
    }

    /// A store that calls a function, waits for the delay that it returns and then returns its
    /// result.
    struct Fake<F>(F);

    impl<F> Store for Fake<F>
    where
        F: Fn(&Entity, &[&Event]) -> (Duration, Result<Vec<Applied>, ApplyError>) + Sync,
    {
        async fn apply(
            &self,
            entity: &Entity,
            events: &[&Event],
        ) -> Result<Vec<Applied>, ApplyError> {
            let (duration, result) = (self.0)(entity, events);
            tokio::time::sleep(duration).await;
            result
        }
    }

    fn at_once<T>(result: T) -> (Duration, T) {
        (Duration::ZERO, result)
    }

    fn in_time() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn all_applied(events: &[&Event]) -> Vec<Applied> {
        let applied = Applied {
            outcome: Outcome::Applied,
            contradicts: false,
        };
        vec![applied; events.len()]
    }

    fn names_user_0(entity: &Entity) -> bool {
        entity.ids().contains(&"u0")
    }

    fn failed(results: &[Result<Applied, Failure>]) -> Vec<usize> {
        let failed = results
            .iter()
            .enumerate()
            .filter(|(_, result)| result.is_err());
        failed.map(|(position, _)| position).collect()
    }

    #[tokio::test]
    async fn a_panic_in_one_event_fails_that_event_alone() {
        let store = Fake(|_: &Entity, events: &[&Event]| {
            let broken = events.iter().any(|event| event.id.as_str() == "10");
            assert!(!broken, "a bug triggered by one event");
            at_once(Ok(all_applied(events)))
        });
        let results = settled(batch(10), in_time(), &store).await;
        assert_eq!(failed(&results), [10]);
        assert_eq!(results[10], Err(Failure::Panicked));
    }

    #[tokio::test]
    async fn an_event_that_the_table_rejects_fails_alone() {
        let refusal = ServiceError {
            kind: ServiceErrorKind::Refused,
            detail: "too large".to_owned(),
        };
        let store = Fake(|_: &Entity, events: &[&Event]| {
            if events.iter().any(|event| event.id.as_str() == "0") {
                return at_once(Err(refusal.clone().into()));
            }
            at_once(Ok(all_applied(events)))
        });
        let results = settled(batch(10), in_time(), &store).await;
        assert_eq!(failed(&results), [0]);
        assert_eq!(results[0], Err(Failure::RefusedByTable(refusal)));
    }

    #[tokio::test]
    async fn a_transient_failure_fails_the_events_folded_together_and_no_others() {
        let calls = AtomicUsize::new(0);
        let store = Fake(|entity: &Entity, events: &[&Event]| {
            calls.fetch_add(1, Ordering::Relaxed);
            if names_user_0(entity) {
                return at_once(Err(LostRaces.into()));
            }
            at_once(Ok(all_applied(events)))
        });
        let results = settled(batch(10), in_time(), &store).await;
        assert_eq!(failed(&results), [0, 10]);
        assert_eq!(calls.load(Ordering::Relaxed), 10);
    }

    #[tokio::test]
    async fn an_invalid_event_keeps_its_failure_and_is_not_written() {
        let store = Fake(|_: &Entity, events: &[&Event]| at_once(Ok(all_applied(events))));
        let read = [
            Err(Failure::NotTried),
            Ok(added(1, 1)),
            Err(Failure::NotTried),
        ];
        let results = settled(read.map(delivery).into(), in_time(), &store).await;
        assert_eq!(failed(&results), [0, 2]);
        assert_eq!(results[0], Err(Failure::NotTried));
    }

    #[tokio::test]
    async fn events_not_written_in_time_are_reported_and_the_rest_is_not_started() {
        let started = AtomicUsize::new(0);
        let store = Fake(|entity: &Entity, events: &[&Event]| {
            started.fetch_add(1, Ordering::Relaxed);
            let duration = if names_user_0(entity) {
                Duration::ZERO
            } else {
                Duration::MAX
            };
            (duration, Ok(all_applied(events)))
        });
        let stop = Instant::now() + Duration::from_millis(200);
        let results = settled(batch(3 * MAX_CONCURRENT_WRITES), stop, &store).await;
        // The write that finished made room for one more.
        assert_eq!(started.load(Ordering::Relaxed), MAX_CONCURRENT_WRITES + 1);
        let late = |result: &&Result<Applied, Failure>| **result == Err(Failure::OutOfTime);
        assert_eq!(results.iter().filter(late).count(), results.len() - 2);
        assert!(Instant::now() >= stop);
    }

    #[tokio::test]
    async fn the_rest_is_not_attempted_when_writes_keep_failing() {
        let tried = AtomicUsize::new(0);
        let throttled = ServiceError {
            kind: ServiceErrorKind::Throttled,
            detail: String::new(),
        };
        let store = Fake(|_: &Entity, _: &[&Event]| {
            tried.fetch_add(1, Ordering::Relaxed);
            at_once(Err(throttled.clone().into()))
        });
        let results = settled(batch(1_000), in_time(), &store).await;
        let tried = tried.into_inner();
        assert!(tried < FAILURES_TO_OPEN + MAX_CONCURRENT_WRITES, "{tried}");
        let not_tried = |result: &&Result<Applied, Failure>| **result == Err(Failure::NotTried);
        let not_tried = results.iter().filter(not_tried).count();
        // User 0 has two events.
        assert_eq!(not_tried, 1_000 - tried);
        assert_eq!(failed(&results).len(), results.len());
    }

    #[tokio::test]
    async fn every_write_is_attempted_when_most_but_not_all_fail() {
        let tried = AtomicUsize::new(0);
        let throttled = ServiceError {
            kind: ServiceErrorKind::Throttled,
            detail: String::new(),
        };
        let store = Fake(|_: &Entity, events: &[&Event]| {
            let answers = tried.fetch_add(1, Ordering::Relaxed);
            let answers = answers.is_multiple_of(FAILURES_TO_OPEN);
            at_once(if answers {
                Ok(all_applied(events))
            } else {
                Err(throttled.clone().into())
            })
        });
        settled(batch(1_000), in_time(), &store).await;
        assert_eq!(tried.into_inner(), 1_000);
    }

    #[tokio::test]
    async fn events_of_one_entity_are_applied_together_in_their_order() {
        let store = Fake(|entity: &Entity, events: &[&Event]| {
            assert!(events.iter().all(|event| event.entity == *entity));
            assert!(
                events
                    .iter()
                    .all(|e| e.delta.life().unwrap().kind == LifeKind::Put)
            );
            let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
            assert_eq!(
                ids,
                if names_user_0(entity) {
                    vec!["0", "3"]
                } else {
                    vec![ids[0]]
                }
            );
            at_once(Ok(all_applied(events)))
        });
        assert_eq!(failed(&settled(batch(3), in_time(), &store).await), [0; 0]);
    }
}
