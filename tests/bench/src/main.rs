//! The benchmark: what the consumer costs, beside a plain sequential handler.
//!
//! It drives the release binaries over Lambda's Runtime API against the embedded DynamoDB. Nothing
//! here is a test: it says what it measured, whatever that is.

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

/// What the consumer costs, beside a handler that writes one record after the other.
#[derive(Debug, Parser)]
struct Bench {
    #[command(subcommand)]
    command: Option<BenchCommand>,
    /// How often each handler runs through each case.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only cases in whose name this stands, as in "100 spread". May be given several times.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// A consumer that is built already, instead of this source's.
    #[arg(long, value_name = "FILE", global = true)]
    consumer: Option<PathBuf>,
    /// Another handler to run beside the others.
    #[arg(long, value_name = "NAME=FILE")]
    also: Vec<String>,
    /// What events and ids are made from.
    #[arg(long, default_value_t = 1, global = true)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// Whether an event costs more as the table or the history of an entity grows.
    Growth {
        /// Most entities to put into the table.
        #[arg(long, default_value_t = 1_000_000)]
        entities: usize,
    },
    /// How long the HTTP API takes to answer.
    Answers,
    /// The embedded DynamoDB, which the benchmark starts by itself.
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
