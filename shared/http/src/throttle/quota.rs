//! How much of something may be used in which time.

use core::time::Duration;

/// A token bucket of `units`, which an empty bucket gets back evenly over `window`.
///
/// The state of a bucket is one time, the one at which it is full again (the generic cell rate
/// algorithm); a time that has passed is a full bucket. Times count from any fixed moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What a full bucket holds.
    pub units: u32,
    /// How long an empty bucket takes to fill up.
    pub window: Duration,
}

impl Quota {
    /// Takes one unit: when the bucket is full again, or how long to wait for a unit.
    pub fn take(self, full_at: Duration, now: Duration) -> Result<Duration, Duration> {
        let missing = self.missing(full_at, now) + self.one();
        match missing.checked_sub(self.window) {
            None | Some(Duration::ZERO) => Ok(now.saturating_add(missing)),
            Some(wait) => Err(wait),
        }
    }

    /// Takes units whether they are there or not: when the bucket is full again. The debt is
    /// bounded, so that nobody waits longer than one window for the next unit.
    pub fn charge(self, full_at: Duration, now: Duration, units: u32) -> Duration {
        let missing = self.missing(full_at, now);
        let missing = missing.saturating_add(self.one().saturating_mul(units));
        now.saturating_add(missing.min(self.deepest()))
    }

    /// The units that are there.
    pub fn left(self, full_at: Duration, now: Duration) -> u32 {
        let there = self.window.saturating_sub(self.missing(full_at, now));
        let units = there.as_nanos() / self.one().as_nanos().max(1);
        u32::try_from(units).unwrap_or(u32::MAX).min(self.units)
    }

    /// How long what [`Quota::left`] says is all there is: until the next unit if there is none,
    /// else until the bucket is full.
    pub fn resets_in(self, full_at: Duration, now: Duration) -> Duration {
        match self.take(full_at, now) {
            Ok(_) => self.missing(full_at, now),
            Err(wait) => wait,
        }
    }

    /// How long until the bucket is full. The wall clock may be set back, so a time that no charge
    /// leads to counts as the latest that one does.
    fn missing(self, full_at: Duration, now: Duration) -> Duration {
        full_at.saturating_sub(now).min(self.deepest())
    }

    /// How long one unit takes to come back.
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
    fn a_bucket_gives_its_units_at_once_and_gets_them_back_evenly() {
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
    fn a_charge_goes_below_nothing_and_no_deeper_than_one_window() {
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
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let an_hour_ago = NOW - Duration::from_secs(900);
        let wait = QUOTA.take(emptied(), an_hour_ago).unwrap_err();
        assert!(wait <= QUOTA.window + HALF, "{wait:?}");
    }
}
