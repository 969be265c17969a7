//! `roster ingest`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::output::{self, ALL, SOME};
use crate::ingest::{Delivery, Ingested, Lines, ingest};
use crate::stack::{Options, Stack};

/// Deliver a file of events and show what became of each line and the directory they make.
#[derive(Debug, Args)]
pub struct Ingest {
    /// A file with one event a line, or - for standard input.
    file: PathBuf,
    /// Print one JSON object.
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
        let delivery = Delivery {
            shuffle: self.shuffle,
            batch: self.batch,
            consumers: self.consumers,
        };
        let shown = bar.clone();
        let stack = Stack::start(&Options::default()).await?;
        let progress = move |settled| shown.set_position(settled);
        let ingested = ingest(&stack, lines, delivery, progress).await;
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
        "{lines} events: {} applied, {} stale, {} duplicate, {} failed",
        counts.applied, counts.stale, counts.duplicate, counts.failed
    ))?;
    let directory = &ingested.directory;
    output::table(
        "Users",
        ["id", "name", "email"],
        directory
            .users
            .iter()
            .map(|(id, user)| [id.clone(), user.name.clone(), user.email.clone()]),
        SOME,
    )?;
    output::table(
        "Organizations",
        ["id", "name"],
        directory
            .organizations
            .iter()
            .map(|(id, organization)| [id.clone(), organization.name.clone()]),
        SOME,
    )?;
    output::table(
        "Memberships",
        ["organization", "user", "role"],
        directory
            .memberships
            .iter()
            .map(|m| [m.organization_id.clone(), m.user_id.clone(), m.role.clone()]),
        SOME,
    )?;
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
