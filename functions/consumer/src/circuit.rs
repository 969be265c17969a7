//! A circuit breaker: once writes to the table keep failing, the rest of a batch is not
//! attempted.

use std::sync::atomic::{AtomicUsize, Ordering};

use roster_table::ApplyError;

/// How many writes in a row must fail before the rest of the batch is not attempted. Roster's
/// own: the SDK has already retried each, and a hot partition should not be mistaken for a table
/// that is down.
pub const FAILURES_TO_OPEN: usize = 10;

/// The circuit breaker of one batch. Each batch starts with a closed one.
#[derive(Debug, Default)]
pub struct Circuit {
    failures: AtomicUsize,
}

impl Circuit {
    /// Whether no more writes should be attempted.
    pub fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES_TO_OPEN
    }

    /// Counts the result of a write. Once open, the circuit stays open.
    pub fn record<T>(&self, answer: &Result<T, ApplyError>) {
        if self.is_open() {
            return;
        }
        match answer {
            Err(ApplyError::Service(error)) if error.kind.is_passing() => {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
            _ => self.failures.store(0, Ordering::Relaxed),
        }
    }
}
