//! The report of a comparison for readers.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use serde::Serialize;

use crate::compare::{CONSUMER, Measured, NOTHING, SEQUENTIAL};
use crate::cost::Cost;
use crate::measure::Sample;
use crate::statistics::Spread;
use crate::targets::Target;

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Run {
    /// The seed of events and ids.
    pub seed: u64,
    /// Rounds of each case.
    pub rounds: usize,
    /// Sizes of the programs in MiB, by the name of the handler.
    pub sizes_mib: BTreeMap<String, f64>,
    /// The cases.
    pub measured: Vec<Measured>,
    /// What a million events cost on AWS.
    pub costs: Vec<Cost>,
    /// The targets.
    pub targets: Vec<Target>,
}

type Figure = fn(&Sample) -> f64;

impl Measured {
    /// A figure of one handler over the rounds.
    pub fn figure(&self, handler: &str, figure: Figure) -> Option<Spread> {
        Spread::of(self.samples.get(handler)?.iter().map(figure))
    }

    /// The ratio of a figure between one handler and the sequential one, round by round.
    pub fn ratio(&self, handler: &str, figure: Figure) -> Option<Spread> {
        let (ours, theirs) = (self.samples.get(handler)?, self.samples.get(SEQUENTIAL)?);
        let pairs = ours.iter().zip(theirs);
        Spread::of(pairs.map(|(ours, theirs)| figure(ours) / figure(theirs)))
    }
}

impl Run {
    /// Prints everything as tables in Markdown.
    pub fn print(&self) -> Result<()> {
        let rounds = self.rounds;
        line(&format!(
            "Medians of {rounds} interleaved rounds, smallest–greatest in brackets. ×: against {SEQUENTIAL}.\n"
        ))?;
        line(&self.cases().trim_fmt())?;
        line("\nStart, over every case and round:\n")?;
        line(&self.starts().trim_fmt())?;
        line("\nThe load generator, with a function that does nothing:\n")?;
        line(&self.generator().trim_fmt())?;
        line("\nA million events on AWS, in dollars (src/cost.rs says how):\n")?;
        line(&self.costs().trim_fmt())?;
        line("\nTargets:\n")?;
        line(&self.targets().trim_fmt())
    }

    fn cases(&self) -> Table {
        let mut table = table([
            "case",
            "handler",
            "events/s",
            "×",
            "CPU ms/1,000",
            "×",
            "requests/event",
            "per entity",
            "units/event",
            "p50 ms",
            "p99 ms",
            "peak MiB",
        ]);
        for measured in &self.measured {
            for handler in measured.samples.keys().filter(|name| *name != NOTHING) {
                let show = |figure, digits| show(measured.figure(handler, figure), digits);
                let ratio = |figure| {
                    let other = handler != SEQUENTIAL;
                    show_if(other, measured.ratio(handler, figure), 2)
                };
                let units = measured.units.get(handler);
                table.add_row([
                    measured.case.name(),
                    handler.clone(),
                    show(|s| s.events_per_second, 0),
                    ratio(|s| s.events_per_second),
                    show(|s| s.cpu_ms_per_1000, 0),
                    ratio(|s| s.cpu_ms_per_1000),
                    median(measured.figure(handler, |s| s.requests_per_event), 3),
                    median(measured.figure(handler, |s| s.requests_per_entity), 3),
                    units.map_or_else(String::new, |units| format!("{:.2}", units.per_event)),
                    median(measured.figure(handler, |s| s.p50_ms), 1),
                    median(measured.figure(handler, |s| s.p99_ms), 1),
                    median(measured.figure(handler, |s| s.peak_mib), 1),
                ]);
            }
        }
        table
    }

    fn starts(&self) -> Table {
        let mut table = table([
            "handler",
            "spawn to first poll, ms",
            "CPU until then, ms",
            "first batch of 10, ms (0 ms delay)",
            "memory then, MiB",
            "binary, MiB",
        ]);
        for (handler, size) in &self.sizes_mib {
            let of = |figure: Figure, any_delay: bool| {
                let delays = |m: &&Measured| any_delay || m.case.delay.is_zero();
                let measured = self.measured.iter().filter(delays);
                let samples = measured.filter_map(|m| m.samples.get(handler)).flatten();
                Spread::of(samples.map(figure))
            };
            table.add_row([
                handler.clone(),
                show(of(|s| s.start_ms, true), 1),
                show(of(|s| s.start_cpu_ms, true), 1),
                show(of(|s| s.first_ms, false), 1),
                show(of(|s| s.start_mib, true), 1),
                format!("{size:.1}"),
            ]);
        }
        table
    }

    fn generator(&self) -> Table {
        let mut table = table(["batch", "events/s", "p50 ms"]);
        for measured in &self.measured {
            if measured.samples.contains_key(NOTHING) {
                table.add_row([
                    measured.case.batch.to_string(),
                    show(measured.figure(NOTHING, |s| s.events_per_second), 0),
                    show(measured.figure(NOTHING, |s| s.p50_ms), 2),
                ]);
            }
        }
        table
    }

    fn costs(&self) -> Table {
        let mut table = table([
            "events",
            "write units",
            "GB-seconds",
            "table",
            "queue",
            "function",
            "log",
            "all",
        ]);
        for cost in &self.costs {
            let dollars = [
                cost.table,
                cost.queue,
                cost.function,
                cost.log,
                cost.total(),
            ];
            let mut row = vec![cost.case.clone()];
            row.extend([cost.units, cost.gigabyte_seconds].map(|n| format!("{n:.0}")));
            row.extend(dollars.map(|n| format!("{n:.3}")));
            table.add_row(row);
        }
        table
    }

    fn targets(&self) -> Table {
        let mut table = table(["figure of the consumer", "to be", "is", "reached"]);
        for target in &self.targets {
            table.add_row([
                target.figure.clone(),
                target.bound(),
                target
                    .measured
                    .map_or_else(|| "not measured".to_owned(), |m| m.show(2)),
                target.reached().to_owned(),
            ]);
        }
        table
    }

    /// Compares the start time of the consumer with that of the sequential handler, round by
    /// round.
    pub fn start_ratio(measured: &[Measured]) -> Option<Spread> {
        let pairs = measured.iter().filter_map(|m| {
            let (ours, theirs) = (m.samples.get(CONSUMER)?, m.samples.get(SEQUENTIAL)?);
            Some(ours.iter().zip(theirs))
        });
        let ratios = pairs.flatten().map(|(o, t)| o.start_ms / t.start_ms);
        Spread::of(ratios)
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    table
}

fn show(spread: Option<Spread>, digits: usize) -> String {
    spread.map_or_else(String::new, |spread| spread.show(digits))
}

fn show_if(is: bool, spread: Option<Spread>, digits: usize) -> String {
    show(spread.filter(|_| is), digits)
}

fn median(spread: Option<Spread>, digits: usize) -> String {
    spread.map_or_else(String::new, |spread| format!("{:.digits$}", spread.median))
}

/// Prints a line.
pub fn line(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}
