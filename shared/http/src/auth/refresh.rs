//! When to fetch the issuer's keys, and for how long they are used.
//!
//! Times are in seconds of the wall clock, which also decides whether tokens have expired. A
//! monotonic clock may stop while Lambda freezes the execution environment between two requests.
//!
//! | cached keys | keys are fetched | meanwhile |
//! | --- | --- | --- |
//! | none, or older than [`KEYS_MAX_AGE`] | at most once per [`NO_KEYS_PAUSE`] | no token is accepted |
//! | older than [`KEYS_AGE`] | at most once per [`KEYS_PAUSE`] | cached keys are used |
//! | newer, without the key of the token | at most once per [`UNKNOWN_KEY_PAUSE`], within the budget | cached keys are used |
//! | newer, with the key of the token | never | cached keys are used |
//!
//! The budget is [`UNKNOWN_KEY_FETCHES`] fetches and gets one back every [`UNKNOWN_KEY_REFILL`]
//! seconds. Anyone can send tokens with unknown keys, so the budget limits how often
//! unauthenticated clients make the function call the issuer: `UNKNOWN_KEY_FETCHES + t /
//! UNKNOWN_KEY_REFILL` times in any `t` seconds. Using up the budget does not hide a new key,
//! because every fetch returns the whole set. A token with a new key is accepted from
//! `UNKNOWN_KEY_PAUSE` seconds after the last fetch before the key was published, or from
//! `UNKNOWN_KEY_REFILL` seconds after it if other clients use up the budget.
//!
//! A withdrawn key stops working after `KEYS_AGE` while the issuer can be reached, and after
//! `KEYS_MAX_AGE` in any case.
//!
//! Each execution environment of the function has its own keys and budget for each issuer.

use crate::limits::{
    KEYS_AGE, KEYS_MAX_AGE, KEYS_PAUSE, LEEWAY, NO_KEYS_PAUSE, UNKNOWN_KEY_FETCHES,
    UNKNOWN_KEY_PAUSE, UNKNOWN_KEY_REFILL,
};

/// The state of past fetches. Times are in seconds since 1970.
#[derive(Debug, Default)]
pub struct Refresh {
    /// When the fetch of the cached keys began.
    fetched: Option<u64>,
    /// When the last fetch began, whether or not it succeeded.
    tried: Option<u64>,
    /// When the budget for unknown keys is full again.
    full: u64,
}

impl Refresh {
    /// Returns whether the cached keys may be used.
    pub fn usable(&self, now: u64) -> bool {
        self.age(now).is_some_and(|age| age < KEYS_MAX_AGE)
    }

    /// Returns whether to fetch keys now for a token whose key is cached or not, and records the
    /// start of the fetch.
    pub fn begins(&mut self, has_key: bool, now: u64) -> bool {
        let begins = self.is_due(now) || (!has_key && self.has_budget(now));
        if begins {
            self.tried = Some(now);
        }
        begins
    }

    /// Records that the fetch that began then succeeded.
    pub fn succeeded(&mut self, began: u64) {
        self.fetched = Some(began);
    }

    fn is_due(&self, now: u64) -> bool {
        let pause = match self.age(now) {
            Some(age) if age < KEYS_AGE => return false,
            Some(age) if age < KEYS_MAX_AGE => KEYS_PAUSE,
            _ => NO_KEYS_PAUSE,
        };
        self.paused(pause, now)
    }

    /// Takes a fetch from the budget, if the cached keys may be used and the budget allows it.
    fn has_budget(&mut self, now: u64) -> bool {
        if !self.usable(now) || !self.paused(UNKNOWN_KEY_PAUSE, now) {
            return false;
        }
        let most = now + UNKNOWN_KEY_FETCHES * UNKNOWN_KEY_REFILL;
        // It can only be later than that if the clock was set back.
        self.full = self.full.clamp(now, most);
        let allowed = self.full + UNKNOWN_KEY_REFILL <= most;
        if allowed {
            self.full += UNKNOWN_KEY_REFILL;
        }
        allowed
    }

    fn age(&self, now: u64) -> Option<u64> {
        self.fetched.and_then(|at| since(at, now))
    }

    fn paused(&self, pause: u64, now: u64) -> bool {
        let waited = self.tried.and_then(|at| since(at, now));
        waited.is_none_or(|waited| waited >= pause)
    }
}

/// Returns the seconds since then, or `None` if the clock was set back. A small difference is
/// tolerated, since requests that began at about the same time may be processed in any order.
fn since(then: u64, now: u64) -> Option<u64> {
    (then <= now + LEEWAY).then(|| now.saturating_sub(then))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_800_000_000;

    /// Returns the state after a fetch at [`START`].
    fn fetched() -> Refresh {
        let mut refresh = Refresh::default();
        assert!(refresh.begins(false, START));
        refresh.succeeded(START);
        refresh
    }

    /// Returns when fetches begin if one is requested every second and each fails.
    fn failures(refresh: &mut Refresh, has_key: bool, from: u64, seconds: u64) -> Vec<u64> {
        let mut asked = (from..from + seconds).filter(|now| refresh.begins(has_key, *now));
        asked.by_ref().map(|now| now - from).collect()
    }

    #[test]
    fn keys_are_used_until_their_maximum_age_however_many_fetches_fail() {
        let mut refresh = fetched();
        let last = START + KEYS_MAX_AGE - 1;
        assert!(!refresh.begins(true, START + KEYS_AGE - 1));
        failures(&mut refresh, true, START, KEYS_MAX_AGE);
        assert!(refresh.usable(last));
        assert!(!refresh.usable(last + 1));
        assert!(!refresh.usable(START + 30 * 24 * 3_600));
    }

    #[test]
    fn failed_fetches_are_retried_with_a_pause() {
        let mut refresh = fetched();
        let old = START + KEYS_AGE;
        let began = failures(&mut refresh, true, old, 4 * KEYS_PAUSE);
        assert_eq!(began, [0, KEYS_PAUSE, 2 * KEYS_PAUSE, 3 * KEYS_PAUSE]);
        let mut refresh = fetched();
        let useless = START + KEYS_MAX_AGE;
        for has_key in [true, false] {
            let from = useless + u64::from(has_key) * 3_600;
            let began = failures(&mut refresh, has_key, from, 3 * NO_KEYS_PAUSE);
            assert_eq!(began, [0, NO_KEYS_PAUSE, 2 * NO_KEYS_PAUSE]);
        }
    }

    #[test]
    fn fetches_for_unknown_keys_have_a_budget() {
        let mut refresh = fetched();
        let began = failures(&mut refresh, false, START, 4 * UNKNOWN_KEY_REFILL);
        let (burst, rest) = began.split_at(usize::try_from(UNKNOWN_KEY_FETCHES).unwrap());
        assert!(
            burst
                .windows(2)
                .all(|pair| pair[1] - pair[0] == UNKNOWN_KEY_PAUSE)
        );
        assert_eq!(burst[0], UNKNOWN_KEY_PAUSE);
        assert!(
            rest.windows(2)
                .all(|pair| pair[1] - pair[0] == UNKNOWN_KEY_REFILL)
        );
        assert_eq!(rest.len(), 3);
    }

    #[test]
    fn setting_the_clock_back_neither_keeps_keys_nor_stops_fetches() {
        let mut refresh = fetched();
        failures(&mut refresh, false, START, 3_600);
        assert!(refresh.usable(START - LEEWAY));
        let back = START - 24 * 3_600;
        assert!(!refresh.usable(back));
        assert!(refresh.begins(true, back));
        refresh.succeeded(back);
        assert!(!refresh.begins(true, back + 1));
        let began = failures(
            &mut refresh,
            false,
            back,
            UNKNOWN_KEY_PAUSE + UNKNOWN_KEY_REFILL + 1,
        );
        assert_eq!(began.len(), 1);
    }
}
