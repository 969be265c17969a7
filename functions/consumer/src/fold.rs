//! The events of one entity in a batch, written together or not at all.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use roster_domain::{Entity, Event};
use roster_table::{Applied, ApplyError, Table};
use tokio::time::{Instant, timeout_at};

use crate::circuit::Circuit;
use crate::report::Failure;

/// Where events are folded into: the table, or a stand-in for it in tests.
pub trait Store: Sync {
    /// As [`Table::apply`].
    fn apply(
        &self,
        entity: &Entity,
        events: &[&Event],
    ) -> impl Future<Output = Result<Vec<Applied>, ApplyError>> + Send;
}

impl Store for Table {
    async fn apply(&self, entity: &Entity, events: &[&Event]) -> Result<Vec<Applied>, ApplyError> {
        Self::apply(self, entity, events).await
    }
}

/// Until when writes are tried, and whether the table still answers them.
#[derive(Debug)]
pub struct Limits {
    /// Until when.
    pub stop: Instant,
    /// Opens once the table keeps refusing.
    pub circuit: Circuit,
}

/// Applies the events of one entity in one go, within the limits. Where that fails in a way that
/// one of them may have caused, each is applied alone, so that it cannot take the others down.
pub async fn settle(
    entity: &Entity,
    events: &[&Event],
    limits: &Limits,
    store: &impl Store,
) -> Vec<Result<Applied, Failure>> {
    let failure = match attempt(entity, events, limits, store).await {
        Ok(applied) => return applied.into_iter().map(Ok).collect(),
        Err(failure) => failure,
    };
    let one_may_be_at_fault = matches!(failure, Failure::RefusedByTable(_) | Failure::Panicked);
    if events.len() == 1 || !one_may_be_at_fault {
        return vec![Err(failure); events.len()];
    }
    let mut results = Vec::with_capacity(events.len());
    for event in events {
        let alone = attempt(entity, std::slice::from_ref(event), limits, store).await;
        results.extend(match alone {
            Ok(applied) => applied.into_iter().map(Ok).collect(),
            Err(failure) => vec![Err(failure)],
        });
    }
    results
}

async fn attempt(
    entity: &Entity,
    events: &[&Event],
    limits: &Limits,
    store: &impl Store,
) -> Result<Vec<Applied>, Failure> {
    if Instant::now() >= limits.stop {
        return Err(Failure::OutOfTime);
    }
    if limits.circuit.is_open() {
        return Err(Failure::NotTried);
    }
    let isolated = AssertUnwindSafe(store.apply(entity, events)).catch_unwind();
    match timeout_at(limits.stop, isolated).await {
        Err(_) => Err(Failure::OutOfTime),
        Ok(Err(_)) => Err(Failure::Panicked),
        Ok(Ok(answer)) => {
            limits.circuit.record(&answer);
            answer.map_err(Failure::from)
        }
    }
}
