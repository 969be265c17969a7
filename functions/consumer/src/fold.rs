//! The events of one entity in a batch, written together or not at all.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use roster_domain::{Entity, Event};
use roster_table::{Applied, ApplyError, Table};
use tokio::time::{Instant, timeout_at};

use crate::circuit::Circuit;
use crate::delivery::Pending;
use crate::failure::Failure;

/// Where events are written: the table, or a fake in tests.
pub trait Store: Sync {
    /// See [`Table::apply`].
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

/// The limits on writing a batch: its time, and whether writes to the table keep failing.
#[derive(Debug)]
pub struct Limits {
    /// When to stop.
    pub stop: Instant,
    /// Opens once writes keep failing.
    pub circuit: Circuit,
}

/// Applies the events of one entity together, within the limits. If that fails in a way that a
/// single event may have caused, each is applied alone, so that it does not fail the others.
pub async fn settle(
    entity: &Entity,
    pending: &mut [Pending<'_>],
    limits: &Limits,
    store: &impl Store,
) {
    let Err(failure) = attempt(entity, pending, limits, store).await else {
        return;
    };
    let one_may_be_at_fault = matches!(failure, Failure::RefusedByTable(_) | Failure::Panicked);
    if pending.len() == 1 || !one_may_be_at_fault {
        for one in pending {
            *one.result = Err(failure.clone());
        }
        return;
    }
    for one in pending {
        let alone = attempt(entity, std::slice::from_mut(one), limits, store).await;
        if let Err(failure) = alone {
            *one.result = Err(failure);
        }
    }
}

/// Applies the events together and records the result of each, or returns why none could be
/// applied.
async fn attempt(
    entity: &Entity,
    pending: &mut [Pending<'_>],
    limits: &Limits,
    store: &impl Store,
) -> Result<(), Failure> {
    if Instant::now() >= limits.stop {
        return Err(Failure::OutOfTime);
    }
    if limits.circuit.is_open() {
        return Err(Failure::NotTried);
    }
    let events: Vec<_> = pending.iter().map(|one| one.event).collect();
    let isolated = AssertUnwindSafe(store.apply(entity, &events)).catch_unwind();
    let answer = match timeout_at(limits.stop, isolated).await {
        Err(_) => return Err(Failure::OutOfTime),
        Ok(Err(_)) => return Err(Failure::Panicked),
        Ok(Ok(answer)) => answer,
    };
    limits.circuit.record(&answer);
    for (one, applied) in pending.iter_mut().zip(answer?) {
        *one.result = Ok(applied);
    }
    Ok(())
}
