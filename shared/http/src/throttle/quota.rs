//! Token buckets.

use core::time::Duration;

/// A token bucket of `units`. An empty bucket refills evenly over `window`.
///
/// The state of a bucket is the time at which it will be full again (the generic cell rate
/// algorithm); if that time has passed, the bucket is full. Times count from any fixed moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The units in a full bucket.
    pub units: u32,
    /// How long an empty bucket takes to fill up.
    pub window: Duration,
}

impl Quota {
    /// Takes one unit. Returns when the bucket will be full again, or how long to wait for a unit.
    pub fn take(self, full_at: Duration, now: Duration) -> Result<Duration, Duration> {
        let missing = self.missing(full_at, now) + self.one();
        match missing.checked_sub(self.window) {
            None | Some(Duration::ZERO) => Ok(now.saturating_add(missing)),
            Some(wait) => Err(wait),
        }
    }

    /// Takes units even if the bucket does not have them. Returns when it will be full again. The
    /// debt is limited, so that the next unit is available after at most one window.
    pub fn charge(self, full_at: Duration, now: Duration, units: u32) -> Duration {
        let missing = self.missing(full_at, now);
        let missing = missing.saturating_add(self.one().saturating_mul(units));
        now.saturating_add(missing.min(self.deepest()))
    }

    /// Returns the number of available units.
    pub fn left(self, full_at: Duration, now: Duration) -> u32 {
        let there = self.window.saturating_sub(self.missing(full_at, now));
        let units = there.as_nanos() / self.one().as_nanos().max(1);
        u32::try_from(units).unwrap_or(u32::MAX).min(self.units)
    }

    /// Returns the time until the next unit if none is available, otherwise until the bucket is
    /// full.
    pub fn resets_in(self, full_at: Duration, now: Duration) -> Duration {
        match self.take(full_at, now) {
            Ok(_) => self.missing(full_at, now),
            Err(wait) => wait,
        }
    }

    /// Returns the time until the bucket is full. It is capped at the largest possible debt, since
    /// the wall clock may be set back.
    fn missing(self, full_at: Duration, now: Duration) -> Duration {
        full_at.saturating_sub(now).min(self.deepest())
    }

    /// Returns the time in which one unit is refilled.
    fn one(self) -> Duration {
        self.window.checked_div(self.units).unwrap_or(self.window)
    }

    fn deepest(self) -> Duration {
        self.window.saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        units: 10,
        window: Duration::from_secs(5),
    };
    const NOW: Duration = Duration::from_secs(1_000);
    const HALF: Duration = Duration::from_millis(500);

    fn emptied() -> Duration {
        (0..10).fold(Duration::ZERO, |full_at, taken| {
            assert_eq!(QUOTA.left(full_at, NOW), 10 - taken);
            QUOTA.take(full_at, NOW).unwrap()
        })
    }

    #[test]
    fn units_can_be_taken_at_once_and_refill_evenly() {
        let full_at = emptied();
        assert_eq!(full_at, NOW + QUOTA.window);
        assert_eq!(QUOTA.left(full_at, NOW), 0);
        assert_eq!(QUOTA.take(full_at, NOW), Err(HALF));
        assert_eq!(QUOTA.resets_in(full_at, NOW), HALF);
        let next = NOW + HALF;
        assert_eq!(QUOTA.left(full_at, next - Duration::from_nanos(1)), 0);
        assert_eq!(QUOTA.left(full_at, next), 1);
        let full_at = QUOTA.take(full_at, next).unwrap();
        assert_eq!(QUOTA.take(full_at, next), Err(HALF));
        assert_eq!(QUOTA.left(full_at, NOW + 3 * QUOTA.window), 10);
    }

    #[test]
    fn a_charge_can_exceed_the_bucket_by_at_most_one_window() {
        let full_at = QUOTA.charge(Duration::ZERO, NOW, 4);
        assert_eq!(QUOTA.left(full_at, NOW), 6);
        assert_eq!(QUOTA.resets_in(full_at, NOW), 4 * HALF);
        let full_at = QUOTA.charge(full_at, NOW, 8);
        assert_eq!(QUOTA.left(full_at, NOW), 0);
        assert_eq!(QUOTA.take(full_at, NOW), Err(3 * HALF));
        let full_at = QUOTA.charge(full_at, NOW, u32::MAX);
        assert_eq!(QUOTA.take(full_at, NOW), Err(QUOTA.window + HALF));
    }

    #[test]
    fn setting_the_clock_back_does_not_lock_callers_out_for_long() {
        let an_hour_ago = NOW - Duration::from_secs(900);
        let wait = QUOTA.take(emptied(), an_hour_ago).unwrap_err();
        assert!(wait <= QUOTA.window + HALF, "{wait:?}");
    }
}
