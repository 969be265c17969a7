//! `roster check`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::output::{self, ALL, SOME};
use super::table::Column;
use crate::check::{
    Certainty, CheckOptions, Checked, Decider, Difference, Uncertain, check, messages,
};
use crate::input::Lines;
use crate::words::counted;
use roster_emulator::sqs::MAX_MESSAGE;

/// Deliver a file of events in random orders and show whether the order makes a difference.
#[derive(Debug, Args)]
pub struct Check {
    /// A file with one event a line, or a JSON array of events; also as gzip. - is standard input.
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
        let lines = Lines::open(&self.file, MAX_MESSAGE)?;
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
        if !checked.is_clear() {
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
        if !checked.has_events() {
            return print_nothing(checked);
        }
        print_certainty(&checked.certainty)?;
        if !checked.void.is_empty() {
            let rows = checked.void.iter();
            let rows = rows.map(|void| [void.entity.clone(), void.reason.clone()]);
            let title = "What does not count until it is stated anew";
            output::table(title, ["entity", "because"], rows, SOME)?;
        }
        let Some(difference) = &checked.difference else {
            return output::line(&format!(
                "{}One state in all these orders. Digest {}",
                if checked.is_clear() { "" } else { "\n" },
                checked.digest
            ));
        };
        output::line(&format!(
            "The order made a difference in round {0}. The same orders again: \
             --rounds {0} --seed {1} --consumers {2}",
            checked.rounds, self.seed, self.consumers
        ))?;
        print_difference(difference)
    }
}

/// Says that there is no valid event.
fn print_nothing(checked: &Checked) -> Result<()> {
    let Some((line, reason)) = &checked.first_refusal else {
        return output::line("Nothing was checked: the input is empty.");
    };
    output::line(&format!(
        "Nothing was checked: every event was refused. Line {line}:\n  {reason}"
    ))
}

/// Says which events have an order that their producer did not state, and what depends on it.
fn print_certainty(certainty: &Certainty) -> Result<()> {
    if !certainty.undated.is_empty() {
        output::line("")?;
        output::paragraph(&format!(
            "No time is stated in {}. Here their order is that of the file; in production each gets \
             the time at which SQS receives it.",
            lines(&certainty.undated)
        ))?;
    }
    let decided_by = |decider: Decider| match decider {
        Decider::Rank => "rank: creations, then changes, then removals",
        Decider::Id => "event id",
        Decider::Content => "a hash of the content; time and id are the same",
    };
    let ties = certainty.ties.iter().map(|tie| {
        let [first, second] = tie.lines;
        [
            first.to_string(),
            second.to_string(),
            decided_by(tie.decided_by).to_owned(),
        ]
    });
    if !certainty.ties.is_empty() {
        let title = "Events of one entity with the same time and sequence";
        output::table(
            title,
            [
                Column::whole("earlier"),
                Column::whole("later"),
                "decided by".into(),
            ],
            ties,
            SOME,
        )?;
    }
    if certainty.uncertain.is_empty() {
        return Ok(());
    }
    let none = "(none)";
    let rows = certainty.uncertain.iter().flat_map(|one| {
        one.here.iter().map(move |(name, here)| {
            let other = one.in_other_order.get(name).cloned().flatten();
            [
                format!("{} {}", one.pk, one.sk),
                name.clone(),
                here.clone().unwrap_or_else(|| none.to_owned()),
                other.unwrap_or_else(|| none.to_owned()),
                instead_if(one),
            ]
        })
    });
    let rows: Vec<_> = rows.collect();
    output::table(
        "What depends on an order that no producer stated",
        [
            Column::whole("entity"),
            "attribute".into(),
            "here".into(),
            "instead".into(),
            "if".into(),
        ],
        rows.into_iter(),
        SOME,
    )
}

/// The order in which an entity becomes something else.
fn instead_if(one: &Uncertain) -> String {
    let others = one.lines.iter().copied().filter(|line| *line != one.last);
    let others: Vec<_> = others.collect();
    let others = match &*others {
        [] => "all others".to_owned(),
        some => lines(some),
    };
    format!("line {} comes after {others}", one.last)
}

/// Line numbers, not too many.
fn lines(numbers: &[usize]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<_> = numbers
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    let shown = shown.join(", ");
    match numbers {
        [_] => format!("line {shown}"),
        more if more.len() > SHOWN => format!("{} lines ({shown}, …)", more.len()),
        _ => format!("lines {shown}"),
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
