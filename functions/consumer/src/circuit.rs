//! A circuit breaker for the table: once it keeps refusing, a batch stops asking.

use std::sync::atomic::{AtomicUsize, Ordering};

use roster_table::ApplyError;

/// How many writes in a row the table may fail to answer before the rest of the batch is not
/// tried. Roster's own: each was already tried again by the SDK, and a hot partition should
/// not be taken for a table that is down.
pub const FAILURES_TO_OPEN: usize = 10;

/// The circuit of one batch. The next batch starts with a closed one.
#[derive(Debug, Default)]
pub struct Circuit {
    failures: AtomicUsize,
}

impl Circuit {
    /// Whether nothing more should be asked of the table.
    pub fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES_TO_OPEN
    }

    /// Counts the answer to a write. Once open it stays open.
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
