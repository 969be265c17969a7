//! The targets of the consumer and the measured values. Missing a target does not fail the run.

use serde::Serialize;

use crate::compare::{CONSUMER, Measured};
use crate::measure::Sample;
use crate::report::Run;
use crate::statistics::Spread;
use crate::workload::Keys;

/// A figure and its bound.
#[derive(Debug, Serialize)]
pub struct Target {
    /// The name of the figure.
    pub figure: String,
    at_least: Option<f64>,
    at_most: Option<f64>,
    /// The measured value; none if its case was left out.
    pub measured: Option<Spread>,
}

impl Target {
    /// The bound in words.
    pub fn bound(&self) -> String {
        match (self.at_least, self.at_most) {
            (Some(bound), _) => format!("at least {bound}"),
            (None, Some(bound)) => format!("at most {bound}"),
            (None, None) => String::new(),
        }
    }

    /// Whether the median meets the bound.
    pub fn reached(&self) -> &'static str {
        let Some(measured) = self.measured else {
            return "";
        };
        let enough = self.at_least.is_none_or(|bound| measured.median >= bound);
        let little = self.at_most.is_none_or(|bound| measured.median <= bound);
        if enough && little { "yes" } else { "no" }
    }
}

/// All targets, with the measured values.
pub fn check(measured: &[Measured]) -> Vec<Target> {
    let case = |delay, batch, keys| {
        let mut measured = measured.iter();
        measured.find(|m| m.case.is(delay, batch, keys, 0.0))
    };
    let faster = |figure: &str, delay, batch, keys, bound| {
        let ratio = |m: &Measured| m.ratio(CONSUMER, |s| s.events_per_second);
        at_least(figure, bound, case(delay, batch, keys).and_then(ratio))
    };
    let hundred = case(0, 100, Keys::Spread);
    let figure = |m: Option<&Measured>, figure: fn(&Sample) -> f64| m?.figure(CONSUMER, figure);
    let all = |figure: fn(&Sample) -> f64| {
        let samples = measured.iter().filter_map(|m| m.samples.get(CONSUMER));
        Spread::of(samples.flatten().map(figure))
    };
    let cpu = hundred.and_then(|m| m.ratio(CONSUMER, |s| s.cpu_ms_per_1000));
    let requests = figure(hundred, |s| s.requests_per_entity);
    vec![
        faster("events/s, +4 ms, batch 10, ×", 4, 10, Keys::Spread, 7.0),
        faster("events/s, +4 ms, batch 100, ×", 4, 100, Keys::Spread, 14.0),
        faster("events/s, 0 ms, batch 100, ×", 0, 100, Keys::Spread, 1.4),
        faster(
            "events/s, 0 ms, batch 1,000, 50 hot keys, ×",
            0,
            1_000,
            Keys::Hot,
            8.0,
        ),
        at_most("CPU per 1,000 events, batch 100, ×", 0.7, cpu),
        at_most("spawn to first poll, ×", 1.0, Run::start_ratio(measured)),
        at_most("CPU to first poll, ms", 10.0, all(|s| s.start_cpu_ms)),
        at_most("memory after start, MiB", 12.0, all(|s| s.start_mib)),
        at_most(
            "peak memory, batch 100, MiB",
            20.0,
            figure(hundred, |s| s.peak_mib),
        ),
        // One to the table, and one to the history for each 25 events.
        at_most("requests per entity and batch of 100", 1.04, requests),
    ]
}

fn at_least(figure: &str, bound: f64, measured: Option<Spread>) -> Target {
    Target {
        figure: figure.to_owned(),
        at_least: Some(bound),
        at_most: None,
        measured,
    }
}

fn at_most(figure: &str, bound: f64, measured: Option<Spread>) -> Target {
    Target {
        figure: figure.to_owned(),
        at_least: None,
        at_most: Some(bound),
        measured,
    }
}
