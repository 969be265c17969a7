//! `roster ingest`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use roster_domain::{Attribute, Kind};

use super::output::{self, ALL, SOME};
use super::table::Column;
use crate::directory::Directory;
use crate::ingest::{DeliveryOptions, Ingested, ingest};
use crate::input::Lines;
use crate::words::counted;
use roster_emulator::sqs::MAX_MESSAGE;
use roster_stack::{Options, Stack};

/// Deliver a file of events to servers of its own, and show what became of each line and the
/// directory they make.
#[derive(Debug, Args)]
pub struct Ingest {
    /// A file with one event a line, or a JSON array of events; also as gzip. - is standard input.
    file: PathBuf,
    /// Print one JSON object, which shows entities as the HTTP API does.
    #[arg(long)]
    json: bool,
    /// Exit with 1 if any event was refused.
    #[arg(long)]
    fail_on_refused: bool,
    /// Send the lines in a random order made from this seed.
    #[arg(long, value_name = "SEED")]
    shuffle: Option<u64>,
    /// Most messages in a batch, as in Lambda at most 10,000.
    #[arg(long, default_value = "10", value_name = "N",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    batch: usize,
    /// How many consumers poll the queue at the same time.
    #[arg(long, default_value = "2", value_name = "N",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=64))]
    consumers: usize,
}

/// What to say of input without an event.
pub const EMPTY: &str = "the input is empty; expected one event a line or an array of events";

impl Ingest {
    pub async fn run(self) -> Result<ExitCode> {
        let lines = Lines::open(&self.file, MAX_MESSAGE)?;
        let bar = output::progress(lines.count() as u64);
        let options = DeliveryOptions {
            shuffle: self.shuffle,
            batch: self.batch,
            consumers: self.consumers,
        };
        let shown = bar.clone();
        let stack = Stack::start(&Options::default()).await?;
        let progress = move |settled| shown.set_position(settled);
        let ingested = ingest(&stack, lines, options, progress).await;
        bar.finish_and_clear();
        let ingested = ingested?;
        ensure!(ingested.outcomes.events() > 0, EMPTY);
        let printed = if self.json {
            output::json(&ingested)
        } else {
            print(&ingested)
        };
        if self.fail_on_refused && ingested.outcomes.failed > 0 {
            // Whoever closed the pipe early still gets the answer.
            return Ok(ExitCode::FAILURE);
        }
        printed.map(|()| ExitCode::SUCCESS)
    }
}

fn print(ingested: &Ingested) -> Result<()> {
    let counts = &ingested.outcomes;
    output::line(&format!(
        "{}: {} applied, {} stale, {} duplicate, {} failed",
        counted(counts.events(), "event"),
        counts.applied,
        counts.stale,
        counts.duplicate,
        counts.failed
    ))?;
    let directory = &ingested.directory;
    for kind in Kind::ALL {
        print_kind(directory, kind)?;
    }
    output::table(
        "Dead letters: the events that failed",
        ["line", "reason"],
        ingested
            .dead_letters
            .iter()
            .map(|dead| [dead.line.to_string(), dead.reason.clone()]),
        ALL,
    )?;
    output::line(&format!("\nDigest {}", directory.digest))
}

/// The present entities of a kind, with the attributes that any of them has.
fn print_kind(directory: &Directory, kind: Kind) -> Result<()> {
    let has = |attribute: &Attribute| {
        directory
            .of(kind)
            .any(|(_, record)| record.value.contents().any(|(has, _)| has == *attribute))
    };
    let possible = kind.fields().iter().flat_map(|field| field.attributes());
    let attributes: Vec<_> = possible.filter(has).collect();
    let ids = kind.ids().iter().map(|id| match id.payload {
        "id" => "id",
        other => other.strip_suffix("Id").unwrap_or(other),
    });
    let ids = ids.map(Column::whole);
    let header: Vec<_> = ids
        .chain(attributes.iter().map(|a| a.name().into()))
        .collect();
    let rows: Vec<_> = directory
        .of(kind)
        .map(|(entity, record)| {
            let ids = entity.ids().into_iter().map(str::to_owned);
            let cell = |attribute: &Attribute| {
                let content = record.value.get(*attribute);
                content.map(ToString::to_string).unwrap_or_default()
            };
            ids.chain(attributes.iter().map(cell)).collect::<Vec<_>>()
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    output::table(
        &output::title(kind.plural()),
        header,
        rows.into_iter(),
        SOME,
    )
}
