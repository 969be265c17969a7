//! The comparison: every case with every handler, round by round.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use crate::case::{Case, DELAYS};
use crate::emulator::Emulator;
use crate::measure::{Handler, Sample, Units};
use crate::proxy::Proxy;
use crate::workload::Keys;

/// The names of the handlers in the comparison.
pub const CONSUMER: &str = "consumer";
/// See [`CONSUMER`].
pub const SEQUENTIAL: &str = "sequential";
/// See [`CONSUMER`]. It is measured in the simplest cases only.
pub const NOTHING: &str = "nothing";

/// The options of a comparison.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cases.
    pub cases: Vec<Case>,
    /// The handlers.
    pub handlers: Vec<Handler>,
    /// How many times each handler runs through each case.
    pub rounds: usize,
    /// The seed of events and ids.
    pub seed: u64,
}

/// The measurements of one case, by handler.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// The case.
    pub case: Case,
    /// One sample for each round, in order.
    pub samples: BTreeMap<String, Vec<Sample>>,
    /// Write units.
    pub units: BTreeMap<String, Units>,
}

impl Plan {
    /// Runs the comparison. A new emulator is started for each case, so that none is slowed down
    /// by data of earlier cases.
    pub async fn run(&self) -> Result<Vec<Measured>> {
        let mut measured = Vec::new();
        let mut seeds = StdRng::seed_from_u64(self.seed);
        let began = Instant::now();
        for (done, case) in self.cases.iter().enumerate() {
            let of = self.cases.len();
            let seconds = began.elapsed().as_secs();
            let name = case.name();
            writeln!(
                std::io::stderr(),
                "{seconds:4} s, {}/{of}: {name}",
                done + 1
            )?;
            measured.push(self.case(case, &mut seeds).await?);
        }
        Ok(measured)
    }

    async fn case(&self, case: &Case, seeds: &mut StdRng) -> Result<Measured> {
        let emulator = Emulator::start().await?;
        let proxy = Proxy::start(emulator.address, case.delay).await?;
        let mut samples: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        let mut handlers: Vec<_> = self.handlers.iter().filter(|h| takes(h, case)).collect();
        for _ in 0..self.rounds {
            let seed = seeds.random();
            for handler in &handlers {
                let sample = handler.measure(case, &proxy, seed).await;
                let sample =
                    sample.with_context(|| format!("{} in {}", handler.name, case.name()))?;
                samples
                    .entry(handler.name.clone())
                    .or_default()
                    .push(sample);
            }
            // Rotates the order, so that the first handler is the last in the next round.
            handlers.rotate_left(1);
        }
        let mut units = BTreeMap::new();
        let seed = seeds.random();
        for handler in handlers.iter().filter(|h| h.name != NOTHING) {
            // Units do not depend on the delay.
            let proxy = Proxy::start(emulator.address, DELAYS[0]).await?;
            let counted = handler.units(case, &proxy, seed).await?;
            units.insert(handler.name.clone(), counted);
        }
        Ok(Measured {
            case: *case,
            samples,
            units,
        })
    }
}

fn takes(handler: &Handler, case: &Case) -> bool {
    let simplest = case.is(0, case.batch, Keys::Spread, 0.0);
    handler.name != NOTHING || simplest
}
