//! The events of a batch are recorded in the history before they are applied.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use roster_domain::{Event, EventTime};
use roster_history::{HistoryTable, RecordError};
use tokio::time::Instant;

use crate::delivery::Delivery;
use crate::failure::Failure;

/// Where events are recorded: the history, or a fake in tests.
pub trait Recorder: Sync {
    /// See [`HistoryTable::record`].
    fn record(
        &self,
        events: &[&Event],
        recorded_at: EventTime,
        stop: Instant,
    ) -> impl Future<Output = Vec<Result<(), RecordError>>> + Send;
}

impl Recorder for HistoryTable {
    async fn record(
        &self,
        events: &[&Event],
        recorded_at: EventTime,
        stop: Instant,
    ) -> Vec<Result<(), RecordError>> {
        Self::record(self, events, recorded_at, stop, fastrand::f64).await
    }
}

/// Records the valid events until `stop`. An event that is not certainly in the history fails and
/// is not applied.
pub async fn record(
    deliveries: &mut [Delivery],
    recorded_at: EventTime,
    stop: Instant,
    history: &impl Recorder,
) {
    let valid = deliveries.iter().filter_map(|d| d.event.as_ref().ok());
    let valid: Vec<_> = valid.collect();
    if valid.is_empty() {
        return;
    }
    let results = match attempt(&valid, recorded_at, stop, history).await {
        Ok(results) => results,
        Err(failure) if valid.len() == 1 => vec![Err(failure)],
        // One event may be at fault, which must not fail the others.
        Err(_) => one_by_one(&valid, recorded_at, stop, history).await,
    };
    let recorded = deliveries.iter_mut().filter(|d| d.event.is_ok());
    for (delivery, result) in recorded.zip(results) {
        delivery.recorded(result);
    }
}

async fn one_by_one(
    events: &[&Event],
    recorded_at: EventTime,
    stop: Instant,
    history: &impl Recorder,
) -> Vec<Result<(), Failure>> {
    let mut results = Vec::new();
    for event in events {
        let alone = attempt(&[event], recorded_at, stop, history).await;
        results.push(alone.and_then(|results| results.into_iter().collect()));
    }
    results
}

/// The result of each event, or why none has one.
async fn attempt(
    events: &[&Event],
    recorded_at: EventTime,
    stop: Instant,
    history: &impl Recorder,
) -> Result<Vec<Result<(), Failure>>, Failure> {
    if Instant::now() >= stop {
        return Ok(vec![Err(Failure::OutOfTime); events.len()]);
    }
    let recorded = AssertUnwindSafe(history.record(events, recorded_at, stop));
    let results = recorded
        .catch_unwind()
        .await
        .map_err(|_| Failure::Panicked)?;
    let results = results.into_iter();
    Ok(results
        .map(|result| result.map_err(Failure::from))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use roster_domain::json::Object;
    use roster_domain::{EventId, EventType};
    use roster_table::{ServiceError, ServiceErrorKind};

    use super::*;
    use crate::record::SqsRecord;

    fn event(id: usize) -> Event {
        let payload = r#"{"organizationId":"o","userId":"u","role":"reader"}"#;
        Event::validate(
            EventType::named("OrganizationUserAdded").unwrap(),
            EventId::parse(&id.to_string()).unwrap(),
            EventTime::UNIX_EPOCH,
            None,
            &Object::parse(payload, "$").unwrap(),
        )
        .unwrap()
    }

    /// Ten valid events, and an invalid one in fourth place.
    fn batch() -> Vec<Delivery> {
        let mut reads: Vec<_> = (0..10).map(|id| Ok(event(id))).collect();
        reads.insert(3, Err(Failure::NotTried));
        let delivery = |read| Delivery::new(SqsRecord::default(), EventTime::UNIX_EPOCH, read);
        reads.into_iter().map(delivery).collect()
    }

    /// A history that calls a function for each event.
    struct Fake<F>(F);

    impl<F: Fn(&Event) -> Result<(), RecordError> + Sync> Recorder for Fake<F> {
        async fn record(
            &self,
            events: &[&Event],
            _recorded_at: EventTime,
            _stop: Instant,
        ) -> Vec<Result<(), RecordError>> {
            events.iter().map(|event| (self.0)(event)).collect()
        }
    }

    async fn recorded(
        stop: Instant,
        result: impl Fn(&Event) -> Result<(), RecordError> + Sync,
    ) -> Vec<Delivery> {
        let mut deliveries = batch();
        record(&mut deliveries, EventTime::UNIX_EPOCH, stop, &Fake(result)).await;
        deliveries
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    /// The positions of the events that would not be applied.
    fn left_out(deliveries: &mut [Delivery]) -> Vec<usize> {
        let numbered = deliveries.iter_mut().enumerate();
        let left_out =
            numbered.filter_map(|(n, delivery)| delivery.pending().is_none().then_some(n));
        left_out.collect()
    }

    #[tokio::test]
    async fn an_event_whose_history_could_not_be_written_is_not_applied() {
        let throttled = RecordError::Service(ServiceError {
            kind: ServiceErrorKind::Throttled,
            detail: String::new(),
        });
        let result = |event: &Event| match event.id.as_str() {
            "5" => Err(throttled.clone()),
            _ => Ok(()),
        };
        let mut deliveries = recorded(soon(), result).await;
        assert_eq!(left_out(&mut deliveries), [3, 6]);
        let failure = deliveries[6].retried().unwrap();
        assert_eq!(failure.code(), "history_throttled");
        assert!(!failure.is_permanent());
        assert_eq!(deliveries[3].result, Err(Failure::NotTried));
    }

    #[tokio::test]
    async fn an_event_that_the_history_refuses_fails_for_good() {
        let refused = RecordError::Service(ServiceError {
            kind: ServiceErrorKind::Refused,
            detail: String::new(),
        });
        let mut deliveries = recorded(soon(), |_| Err(refused.clone())).await;
        assert_eq!(left_out(&mut deliveries).len(), 11);
        let failure = deliveries[0].failed_for_good().unwrap();
        assert_eq!(failure.code(), "refused_by_history");
    }

    #[tokio::test]
    async fn a_panic_while_recording_one_event_fails_that_event_alone() {
        let result = |event: &Event| {
            assert!(event.id.as_str() != "5", "a bug triggered by one event");
            Ok(())
        };
        let mut deliveries = recorded(soon(), result).await;
        assert_eq!(left_out(&mut deliveries), [3, 6]);
        assert_eq!(deliveries[6].result, Err(Failure::Panicked));
    }

    #[tokio::test]
    async fn no_event_is_recorded_when_time_has_run_out() {
        let mut deliveries = recorded(Instant::now(), |_| panic!("recorded too late")).await;
        assert_eq!(left_out(&mut deliveries).len(), 11);
        assert_eq!(deliveries[0].result, Err(Failure::OutOfTime));
    }
}
