//! Counts the requests to DynamoDB.

use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

/// The requests of a table and its clones since it was created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests, including each retry by the SDK.
    pub requests: u64,
    /// Writes whose condition failed, because the item was newer or another writer was faster.
    pub conditions_lost: u64,
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(earlier.requests),
            conditions_lost: self.conditions_lost.saturating_sub(earlier.conditions_lost),
        }
    }
}

/// Counts what the clones of one table or history send.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    conditions_lost: AtomicU64,
}

impl Meter {
    /// What was counted so far.
    pub fn usage(&self) -> Usage {
        Usage {
            requests: self.0.requests.load(Ordering::Relaxed),
            conditions_lost: self.0.conditions_lost.load(Ordering::Relaxed),
        }
    }

    /// Counts a write whose condition failed.
    pub fn condition_lost(&self) {
        self.0.conditions_lost.fetch_add(1, Ordering::Relaxed);
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
