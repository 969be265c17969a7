//! When the keys of the issuer are fetched, and for how long they count.
//!
//! Seconds are those of the clock that expiry is judged by, since a monotonic clock may stand still
//! while the function is frozen between two requests.
//!
//! | keys at hand | they are fetched | meanwhile |
//! | --- | --- | --- |
//! | none, or older than [`KEYS_MAX_AGE`] | at most once in [`NO_KEYS_PAUSE`] | no token is taken |
//! | older than [`KEYS_AGE`] | at most once in [`KEYS_PAUSE`] | they count |
//! | younger, without the one that a token names | at most once in [`UNKNOWN_KEY_PAUSE`], on the budget | they count |
//! | younger, with it | not at all | they count |
//!
//! The budget holds [`UNKNOWN_KEY_FETCHES`] and gets one back every [`UNKNOWN_KEY_REFILL`] seconds.
//! Anybody can send tokens that name unknown keys, so the budget bounds how often strangers make the
//! function call the issuer: `UNKNOWN_KEY_FETCHES + t / UNKNOWN_KEY_REFILL` times in any `t` seconds.
//! A stranger who uses it up does not hide a new key either, because every fetch brings the whole
//! set. A token with a new key is taken from `UNKNOWN_KEY_PAUSE` seconds after the last fetch before
//! the key was published, and from `UNKNOWN_KEY_REFILL` seconds after it if strangers use up the budget.
//!
//! A key that the issuer withdraws verifies nothing after `KEYS_AGE` while the issuer answers, and
//! nothing after `KEYS_MAX_AGE` in any case.
//!
//! Each instance of the function has keys and a budget of its own.

use crate::limits::{
    KEYS_AGE, KEYS_MAX_AGE, KEYS_PAUSE, LEEWAY, NO_KEYS_PAUSE, UNKNOWN_KEY_FETCHES,
    UNKNOWN_KEY_PAUSE, UNKNOWN_KEY_REFILL,
};

/// What is remembered of the fetches so far. Times are seconds since 1970.
#[derive(Debug, Default)]
pub struct Refresh {
    /// When the fetch began that brought the keys at hand.
    fetched: Option<u64>,
    /// When the last fetch began, whatever came of it.
    tried: Option<u64>,
    /// When the budget for unknown keys is full again.
    full: u64,
}

impl Refresh {
    /// Whether the keys at hand count.
    pub fn usable(&self, now: u64) -> bool {
        self.age(now).is_some_and(|age| age < KEYS_MAX_AGE)
    }

    /// Whether to fetch now for a token whose key is among those at hand, or is not. If so, the
    /// fetch counts as begun.
    pub fn begins(&mut self, has_key: bool, now: u64) -> bool {
        let begins = self.is_due(now) || (!has_key && self.has_budget(now));
        if begins {
            self.tried = Some(now);
        }
        begins
    }

    /// The fetch that began then brought keys.
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

    /// Takes a fetch from the budget, if the keys count and there is one.
    fn has_budget(&mut self, now: u64) -> bool {
        if !self.usable(now) || !self.paused(UNKNOWN_KEY_PAUSE, now) {
            return false;
        }
        let most = now + UNKNOWN_KEY_FETCHES * UNKNOWN_KEY_REFILL;
        // It is later than that only if the clock was set back.
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

/// The seconds since then, unless the clock was set back and they are unknown. Requests that began
/// a moment apart may come in the wrong order, which is no reason to doubt the clock.
fn since(then: u64, now: u64) -> Option<u64> {
    (then <= now + LEEWAY).then(|| now.saturating_sub(then))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_800_000_000;

    /// One whose keys were fetched at [`START`].
    fn fetched() -> Refresh {
        let mut refresh = Refresh::default();
        assert!(refresh.begins(false, START));
        refresh.succeeded(START);
        refresh
    }

    /// When fetches begin if one is asked for every second and each fails.
    fn failures(refresh: &mut Refresh, has_key: bool, from: u64, seconds: u64) -> Vec<u64> {
        let mut asked = (from..from + seconds).filter(|now| refresh.begins(has_key, *now));
        asked.by_ref().map(|now| now - from).collect()
    }

    #[test]
    fn keys_count_until_their_maximum_age_however_many_fetches_fail() {
        let mut refresh = fetched();
        let last = START + KEYS_MAX_AGE - 1;
        assert!(!refresh.begins(true, START + KEYS_AGE - 1));
        failures(&mut refresh, true, START, KEYS_MAX_AGE);
        assert!(refresh.usable(last));
        assert!(!refresh.usable(last + 1));
        assert!(!refresh.usable(START + 30 * 24 * 3_600));
    }

    #[test]
    fn fetches_that_fail_are_repeated_with_a_pause() {
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
    fn unknown_keys_have_a_budget() {
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
    fn a_clock_that_is_set_back_neither_keeps_keys_nor_stops_fetches() {
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
