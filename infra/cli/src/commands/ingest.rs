//! `roster ingest`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use roster_domain::{Attribute, Kind};

use super::output::{self, ALL, SOME};
use super::table::Column;
use crate::directory::Directory;
use crate::ingest::{DeliveryOptions, Ingested, Lines, ingest};
use crate::words::counted;
use roster_stack::{Options, Stack};

/// Deliver a file of events and show what became of each line and the directory they make.
#[derive(Debug, Args)]
pub struct Ingest {
    /// A file with one event a line, or - for standard input.
    file: PathBuf,
    /// Print one JSON object, which shows entities as the HTTP API does.
    #[arg(long)]
    json: bool,
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

impl Ingest {
    pub async fn run(self) -> Result<()> {
        let lines = Lines::open(&self.file)?;
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
        if self.json {
            output::json(&ingested)
        } else {
            print(&ingested)
        }
    }
}

fn print(ingested: &Ingested) -> Result<()> {
    let counts = &ingested.outcomes;
    let lines = counts.applied + counts.stale + counts.duplicate + counts.failed;
    output::line(&format!(
        "{}: {} applied, {} stale, {} duplicate, {} failed",
        counted(lines, "event"),
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
