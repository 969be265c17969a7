//! Rate limits for callers, and for addresses that send requests without a valid token.
//!
//! The buckets are in memory, so they limit what one execution environment does for a caller: with
//! `n` environments, a caller has `n` times the quota. The throttle of the API's stage limits all
//! of them together. The function stores no counts in a table.

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

/// The rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Units of a user. A request costs at least one.
    pub user: Quota,
    /// Units of a service. A request costs at least one.
    pub service: Quota,
    /// Requests from one address without a valid token.
    pub failures: Quota,
}

/// Enforces the rate limits.
#[derive(Debug)]
pub struct Throttle {
    limits: RateLimits,
    state: Mutex<Buckets>,
}

/// When each bucket will be full again, and when each token was last found valid.
#[derive(Debug)]
struct Buckets {
    callers: Times,
    failures: Times,
    known: Times,
}

/// A request whose caller is not authenticated yet.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    address: BucketKey,
    token: Option<BucketKey>,
}

impl RateLimits {
    /// The limits of the deployed function.
    pub const DEPLOYED: Self = Self {
        user: limits::USER,
        service: limits::SERVICE,
        failures: limits::FAILURES,
    };

    /// Limits for a local API, too high to notice.
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
    /// Describes a request by its source address and token. All requests without a known address
    /// share a bucket.
    pub fn new(address: Option<IpAddr>, token: Option<&str>) -> Self {
        Self {
            address: BucketKey::of("address", &network(address)),
            token: token.map(|token| BucketKey::of("token", token.as_bytes())),
        }
    }
}

impl Throttle {
    /// Creates a throttle with full buckets.
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

    /// Decides whether to verify the token of a request. Fails if too many requests from the
    /// address had no valid token, unless this token was valid before: callers that share an
    /// address with an attacker can continue, except with tokens that are new to this execution
    /// environment.
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

    /// Records a request without a valid token.
    pub fn failed(&self, attempt: &Attempt, now: Duration) {
        let mut state = self.state();
        if let Some(token) = attempt.token {
            state.known.remove(&token);
        }
        let full_at = state.failures.get(&attempt.address).unwrap_or_default();
        let full_at = self.limits.failures.charge(full_at, now, 1);
        state.failures.set(attempt.address, full_at);
    }

    /// Records that the token is valid for this caller, and takes one unit for the request.
    pub fn accept(&self, attempt: &Attempt, caller: &Caller, now: Duration) -> Result<(), Problem> {
        let mut state = self.state();
        if let Some(token) = attempt.token {
            state.known.set(token, now);
        }
        let (key, quota) = self.bucket(caller);
        let full_at = state.callers.get(&key).unwrap_or_default();
        let full_at = quota.take(full_at, now).map_err(|wait| {
            Problem::too_many_requests("The caller exceeded its rate limit.", wait)
        })?;
        state.callers.set(key, full_at);
        Ok(())
    }

    /// Charges a caller additional units for a request, first from the remaining ones, then from
    /// those that the next window returns.
    pub fn charge(&self, caller: &Caller, units: u32, now: Duration) {
        let mut state = self.state();
        let (key, quota) = self.bucket(caller);
        let full_at = state.callers.get(&key).unwrap_or_default();
        state.callers.set(key, quota.charge(full_at, now, units));
    }

    /// Returns the remaining quota of a caller.
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

    /// Locks the state. A panic cannot leave it half updated, so poisoning is ignored.
    fn state(&self) -> MutexGuard<'_, Buckets> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an IPv4 address, or the /64 network of an IPv6 address, in which one host has all
/// addresses.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        None => Vec::new(),
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets().into_iter().take(8).collect(),
    }
}

#[cfg(test)]
mod tests;
