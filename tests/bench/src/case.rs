//! The measured cases.

use std::time::Duration;

use serde::Serialize;

use crate::workload::Keys;

/// Records in a batch, and the number of timed batches without and with a delay.
const SIZES: [(usize, usize, usize); 3] = [(10, 150, 30), (100, 30, 6), (1_000, 4, 2)];

/// Delays of requests.
pub const DELAYS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(4)];

/// Shares of duplicates.
const DUPLICATES: [f64; 2] = [0.0, 0.2];

/// One kind of batch and one delay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Case {
    /// Records in a batch.
    pub batch: usize,
    /// Timed batches.
    pub batches: usize,
    /// The entities they are about.
    pub keys: Keys,
    /// The share of duplicates.
    pub duplicates: f64,
    /// The delay added to each request.
    #[serde(skip)]
    pub delay: Duration,
    /// The same, in milliseconds.
    pub delay_ms: u128,
}

impl Case {
    /// All cases.
    pub fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for delay in DELAYS {
            for (batch, at_once, delayed) in SIZES {
                for keys in [Keys::Spread, Keys::Hot] {
                    cases.extend(DUPLICATES.map(|duplicates| Self {
                        batch,
                        batches: if delay.is_zero() { at_once } else { delayed },
                        keys,
                        duplicates,
                        delay,
                        delay_ms: delay.as_millis(),
                    }));
                }
            }
        }
        cases
    }

    /// As in `+4 ms, 100 spread, 20 % twice`.
    pub fn name(&self) -> String {
        let keys = match self.keys {
            Keys::Spread => "spread",
            Keys::Hot => "hot",
            Keys::New => "new",
            Keys::One => "one",
        };
        let name = format!("+{} ms, {} {keys}", self.delay_ms, self.batch);
        if self.duplicates > 0.0 {
            format!("{name}, {:.0} % twice", self.duplicates * 100.0)
        } else {
            name
        }
    }

    /// Whether it is this case.
    pub fn is(&self, delay_ms: u128, batch: usize, keys: Keys, duplicates: f64) -> bool {
        let same = (self.delay_ms, self.batch, self.keys) == (delay_ms, batch, keys);
        same && (self.duplicates - duplicates).abs() < f64::EPSILON
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_a_case_with_a_unique_name() {
        let mut names: Vec<_> = Case::all().iter().map(Case::name).collect();
        assert_eq!(names.len(), 24);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 24);
        assert!(names.contains(&"+4 ms, 100 hot, 20 % twice".to_owned()));
    }
}
