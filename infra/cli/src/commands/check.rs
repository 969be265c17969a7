//! `roster check`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::output::{self, ALL};
use crate::check::{CheckOptions, Checked, Difference, check, messages};
use crate::ingest::Lines;
use crate::words::counted;

/// Deliver a file of events in random orders and show whether the order makes a difference.
#[derive(Debug, Args)]
pub struct Check {
    /// A file with one event a line, or - for standard input.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How many random orders to try; each delivers a fifth of the events twice.
    #[arg(long, default_value = "5", value_name = "N",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    rounds: usize,
    /// How many consumers race in each round.
    #[arg(long, default_value = "4", value_name = "N",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=64))]
    consumers: usize,
    /// What the random orders are made from.
    #[arg(long, default_value_t = 0, value_name = "S")]
    seed: u64,
}

impl Check {
    pub async fn run(self) -> Result<ExitCode> {
        let lines = Lines::open(&self.file)?;
        let bar = output::progress(messages(lines.count(), self.rounds) as u64);
        let options = CheckOptions {
            rounds: self.rounds,
            consumers: self.consumers,
            seed: self.seed,
        };
        let shown = bar.clone();
        let checked = check(lines, options, move |through| shown.inc(through as u64)).await;
        bar.finish_and_clear();
        let checked = checked?;
        let printed = if self.json {
            output::json(&checked)
        } else {
            self.print(&checked)
        };
        if checked.difference.is_some() {
            // Whoever closed the pipe early still gets the answer.
            return Ok(ExitCode::FAILURE);
        }
        printed.map(|()| ExitCode::SUCCESS)
    }

    fn print(&self, checked: &Checked) -> Result<()> {
        output::line(&format!(
            "{}, {} of them refused, in clock order and in {}",
            counted(checked.events, "event"),
            checked.refused,
            counted(checked.rounds, "random order")
        ))?;
        let Some(difference) = &checked.difference else {
            return output::line(&format!("One state. Digest {}", checked.digest));
        };
        output::line(&format!(
            "The order made a difference in round {0}. The same orders again: \
             --rounds {0} --seed {1} --consumers {2}",
            checked.rounds, self.seed, self.consumers
        ))?;
        print_difference(difference)
    }
}

fn print_difference(difference: &Difference) -> Result<()> {
    let value = |values: &BTreeMap<String, Option<String>>, name: &str| {
        let value = values.get(name).cloned().flatten();
        value.unwrap_or_else(|| "(none)".to_owned())
    };
    let rows = difference.in_clock_order.keys().map(|name| {
        let in_order = value(&difference.in_clock_order, name);
        [
            name.clone(),
            in_order,
            value(&difference.in_other_order, name),
        ]
    });
    let title = output::printable(&format!("{} {}", difference.pk, difference.sk));
    output::table(
        &title,
        ["attribute", "in clock order", "in another order"],
        rows,
        ALL,
    )?;
    let rows = difference
        .events
        .iter()
        .map(|e| [e.line.to_string(), e.body.clone()]);
    output::table("Events behind it", ["line", "event"], rows, ALL)
}
