//! The benchmark: the cost of the consumer compared with a plain sequential handler.
//!
//! It runs the release binaries with Lambda's Runtime API against the embedded DynamoDB. It is
//! not a test: it only reports measurements.

mod answers;
mod binaries;
mod case;
mod compare;
mod cost;
mod emulator;
mod growth;
mod measure;
mod process;
mod proxy;
mod report;
mod runtime_api;
mod statistics;
mod targets;
mod workload;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::case::Case;
use crate::compare::{CONSUMER, NOTHING, Plan, SEQUENTIAL};
use crate::cost::Cost;
use crate::growth::Growth;
use crate::measure::{Handler, size};
use crate::report::Run;

/// Compare the consumer with a handler that writes one record after the other.
#[derive(Debug, Parser)]
struct Bench {
    #[command(subcommand)]
    command: Option<BenchCommand>,
    /// How many times each handler runs through each case.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only run cases whose name contains this, such as "100 spread". May be repeated.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// A prebuilt consumer to use instead of building this source.
    #[arg(long, value_name = "FILE", global = true)]
    consumer: Option<PathBuf>,
    /// Another handler to compare.
    #[arg(long, value_name = "NAME=FILE")]
    also: Vec<String>,
    /// The seed of events and ids.
    #[arg(long, default_value_t = 1, global = true)]
    seed: u64,
    /// Print a JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// Measure whether the cost of an event grows with the table or the history of an entity.
    Growth {
        /// Maximum number of entities in the table.
        #[arg(long, default_value_t = 1_000_000)]
        entities: usize,
    },
    /// Measure the latency of the HTTP API.
    Answers,
    /// Serve the embedded DynamoDB. The benchmark starts this itself.
    #[command(hide = true)]
    Table,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Bench::parse();
    match cli.command {
        Some(BenchCommand::Table) => emulator::serve().await,
        Some(BenchCommand::Growth { entities }) => {
            let consumer = cli.consumer().await?;
            let growth = Growth::measure(&consumer, cli.seed, entities).await?;
            if cli.json {
                json(&growth)
            } else {
                growth.print()
            }
        }
        Some(BenchCommand::Answers) => {
            let answers = answers::measure().await?;
            if cli.json {
                json(&answers)
            } else {
                answers::print(&answers)
            }
        }
        None => {
            let run = cli.compare().await?;
            if cli.json { json(&run) } else { run.print() }
        }
    }
}

impl Bench {
    async fn compare(&self) -> Result<Run> {
        let handlers = self.handlers().await?;
        let sizes = handlers.iter();
        let sizes = sizes.map(|h| Ok((h.name.clone(), size(&h.program)?)));
        let sizes_mib = sizes.collect::<Result<BTreeMap<_, _>>>()?;
        let mut cases = Case::all();
        cases.retain(|case| {
            let mut only = self.only.iter();
            self.only.is_empty() || only.any(|text| case.name().contains(text))
        });
        let plan = Plan {
            cases,
            handlers,
            rounds: self.rounds,
            seed: self.seed,
        };
        let measured = plan.run().await?;
        Ok(Run {
            seed: self.seed,
            rounds: self.rounds,
            sizes_mib,
            costs: Cost::of(&measured, CONSUMER),
            targets: targets::check(&measured),
            measured,
        })
    }

    async fn handlers(&self) -> Result<Vec<Handler>> {
        let mut handlers = vec![self.consumer().await?];
        for name in [SEQUENTIAL, NOTHING] {
            let program = binaries::build("roster-bench-handlers", name).await?;
            let name = name.to_owned();
            handlers.push(Handler { name, program });
        }
        for also in &self.also {
            let (name, program) = also.split_once('=').context("--also takes NAME=FILE")?;
            handlers.push(Handler {
                name: name.to_owned(),
                program: program.into(),
            });
        }
        Ok(handlers)
    }

    async fn consumer(&self) -> Result<Handler> {
        let program = match &self.consumer {
            Some(program) => program.clone(),
            None => binaries::build("consumer", CONSUMER).await?,
        };
        let name = CONSUMER.to_owned();
        Ok(Handler { name, program })
    }
}

fn json(value: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer_pretty(io::stdout(), value)?;
    report::line("")
}
