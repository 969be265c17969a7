//! What one caller, or one address without a valid token, may ask in which time.
//!
//! The buckets are in the memory of the function, so they bound what one sandbox of Lambda does for a
//! caller: with `n` sandboxes running a caller has `n` times as much. What bounds all of them
//! together is the throttle of the API's stage. This function writes no table for it.

mod headers;
mod quota;
mod times;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::auth::Caller;
use crate::limits;
use crate::problem::Problem;

pub use headers::{IdentifiedCaller, Standing, whole_seconds};
pub use quota::Quota;
use times::{BucketKey, Times};

/// What may be asked in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Units of a user. A request is one.
    pub user: Quota,
    /// Units of a service. A request is one.
    pub service: Quota,
    /// Requests from one address that are answered 401.
    pub failures: Quota,
}

/// Counts what callers ask.
#[derive(Debug)]
pub struct Throttle {
    limits: RateLimits,
    state: Mutex<Buckets>,
}

/// When each bucket is full again, and when each token was last found to be valid.
#[derive(Debug)]
struct Buckets {
    callers: Times,
    failures: Times,
    known: Times,
}

/// A request before it is known who asks.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    address: BucketKey,
    token: Option<BucketKey>,
}

impl RateLimits {
    /// Those of the function.
    pub const DEPLOYED: Self = Self {
        user: limits::USER,
        service: limits::SERVICE,
        failures: limits::FAILURES,
    };

    /// So much that nobody notices, for a machine of one's own.
    pub const GENEROUS: Self = {
        let million = Quota {
            units: 1_000_000,
            window: Duration::from_secs(1),
        };
        Self {
            user: million,
            service: million,
            failures: million,
        }
    };
}

impl Attempt {
    /// A request from that address with that token. Requests whose address is unknown count as
    /// coming from one.
    pub fn new(address: Option<IpAddr>, token: Option<&str>) -> Self {
        Self {
            address: BucketKey::of("address", &network(address)),
            token: token.map(|token| BucketKey::of("token", token.as_bytes())),
        }
    }
}

impl Throttle {
    /// Counts from nothing.
    pub fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            state: Mutex::new(Buckets {
                callers: Times::new(limits::CALLERS),
                failures: Times::new(limits::ADDRESSES),
                known: Times::new(limits::KNOWN_TOKENS),
            }),
        }
    }

    /// Whether it is worth looking at the token. Not if too many requests from the address had
    /// none that is valid, unless this very token was valid before: whoever shares an address
    /// with a stranger who floods goes on, and only tokens that are new to this sandbox wait.
    pub fn admit(&self, attempt: &Attempt, now: Duration) -> Result<(), Problem> {
        let state = self.state();
        if attempt
            .token
            .is_some_and(|token| state.known.get(&token).is_some())
        {
            return Ok(());
        }
        let full_at = state.failures.get(&attempt.address).unwrap_or_default();
        let taken = self.limits.failures.take(full_at, now);
        taken.map(drop).map_err(|wait| {
            let detail = "Too many requests from this address had no valid token.";
            Problem::too_many_requests(detail, wait)
        })
    }

    /// The request has no valid token.
    pub fn failed(&self, attempt: &Attempt, now: Duration) {
        let mut state = self.state();
        if let Some(token) = attempt.token {
            state.known.remove(&token);
        }
        let full_at = state.failures.get(&attempt.address).unwrap_or_default();
        let full_at = self.limits.failures.charge(full_at, now, 1);
        state.failures.set(attempt.address, full_at);
    }

    /// The token is valid and speaks for that caller, who pays one unit for the request.
    pub fn accept(&self, attempt: &Attempt, caller: &Caller, now: Duration) -> Result<(), Problem> {
        let mut state = self.state();
        if let Some(token) = attempt.token {
            state.known.set(token, now);
        }
        let (key, quota) = self.bucket(caller);
        let full_at = state.callers.get(&key).unwrap_or_default();
        let full_at = quota
            .take(full_at, now)
            .map_err(|wait| Problem::too_many_requests("The caller asked too often.", wait))?;
        state.callers.set(key, full_at);
        Ok(())
    }

    /// A request turned out to cost more than one unit: the caller pays these as well, from what it
    /// has left and then from what it gets back within the next window.
    pub fn charge(&self, caller: &Caller, units: u32, now: Duration) {
        let mut state = self.state();
        let (key, quota) = self.bucket(caller);
        let full_at = state.callers.get(&key).unwrap_or_default();
        state.callers.set(key, quota.charge(full_at, now, units));
    }

    /// What a caller may still ask.
    pub fn standing(&self, caller: &Caller, now: Duration) -> Standing {
        let (key, quota) = self.bucket(caller);
        let full_at = self.state().callers.get(&key).unwrap_or_default();
        Standing {
            quota,
            left: quota.left(full_at, now),
            resets_in: quota.resets_in(full_at, now),
        }
    }

    fn bucket(&self, caller: &Caller) -> (BucketKey, Quota) {
        match caller {
            Caller::User(id) => (
                BucketKey::of("user", id.as_str().as_bytes()),
                self.limits.user,
            ),
            Caller::Service(subject) => {
                let key = BucketKey::of("service", subject.as_bytes());
                (key, self.limits.service)
            }
        }
    }

    /// No half-made change is ever left behind, so a panic elsewhere does no harm.
    fn state(&self) -> MutexGuard<'_, Buckets> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address, or of IPv6 the network of 64 bits: one host has all the addresses in it.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        None => Vec::new(),
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets().into_iter().take(8).collect(),
    }
}

#[cfg(test)]
mod tests;
