//! A map of limited size from keys to times.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};

/// A key: a hash of fixed size, so that no id or token is kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey([u8; 32]);

impl BucketKey {
    /// Returns the key of a value of a kind.
    pub fn of(kind: &str, what: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(what);
        let mut key = [0; 32];
        let digest = context.finish();
        key.iter_mut()
            .zip(digest.as_ref())
            .for_each(|(to, from)| *to = *from);
        Self(key)
    }
}

/// Stores a time for each key. At its maximum size, the key with the earliest time is evicted. Each
/// key takes less than 200 bytes.
#[derive(Debug)]
pub struct Times {
    most: usize,
    times: HashMap<BucketKey, Duration>,
    order: BTreeSet<(Duration, BucketKey)>,
}

impl Times {
    /// Creates an empty map with a maximum size.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            times: HashMap::new(),
            order: BTreeSet::new(),
        }
    }

    /// Returns the time of a key.
    pub fn get(&self, key: &BucketKey) -> Option<Duration> {
        self.times.get(key).copied()
    }

    /// Sets the time of a key.
    pub fn set(&mut self, key: BucketKey, time: Duration) {
        self.remove(&key);
        while self.times.len() >= self.most {
            let Some((_, earliest)) = self.order.pop_first() else {
                break;
            };
            self.times.remove(&earliest);
        }
        self.times.insert(key, time);
        self.order.insert((time, key));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &BucketKey) {
        if let Some(time) = self.times.remove(key) {
            self.order.remove(&(time, *key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_time_is_evicted_at_the_maximum_size() {
        let mut times = Times::new(3);
        let key = |n: u64| BucketKey::of("n", &n.to_be_bytes());
        for n in [5, 1, 9, 7] {
            times.set(key(n), Duration::from_secs(n));
        }
        let kept = |times: &Times| [1, 5, 7, 9].map(|n| times.get(&key(n)).is_some());
        assert_eq!(kept(&times), [false, true, true, true]);
        // Setting the time of a key again does not evict another.
        times.set(key(5), Duration::from_secs(8));
        assert_eq!(kept(&times), [false, true, true, true]);
        times.set(key(1), Duration::from_secs(1));
        assert_eq!(kept(&times), [true, true, false, true]);
        times.remove(&key(5));
        times.set(key(7), Duration::from_secs(7));
        assert_eq!(kept(&times), [true, false, true, true]);
        assert_eq!((times.times.len(), times.order.len()), (3, 3));
    }

    #[test]
    fn equal_values_of_different_kinds_have_different_keys() {
        assert_ne!(BucketKey::of("user", b"a"), BucketKey::of("service", b"a"));
        assert_ne!(BucketKey::of("user", b"a"), BucketKey::of("use", b"ra"));
        assert_eq!(BucketKey::of("user", b"a"), BucketKey::of("user", b"a"));
    }
}
