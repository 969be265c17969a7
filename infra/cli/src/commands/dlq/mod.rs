//! `roster dlq`.

mod confirm;
mod edit;
mod explain;
mod filters;
mod list;
mod progress;
mod purge;
mod redrive;
mod signals;

use std::fmt;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use humantime::format_duration;
use roster_queue::QueueError;
use roster_table::Table;

use super::aws::AwsSettings;
use super::place::{QueuePlace, TablePlace, open_both};
use crate::dlq::{DeadLetterQueue, Stop};
use crate::words::counted;

/// What the reason `max_receives` means.
const MAX_RECEIVES_IN_WORDS: &str =
    "SQS moved it after its last receive; no attempt failed permanently";

/// Look at the events that failed, send them again, or delete them.
#[derive(Debug, Args)]
pub struct Dlq {
    #[command(subcommand)]
    command: DlqCommand,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    queue: QueuePlace,
    #[command(flatten)]
    table: TablePlace,
    #[command(flatten)]
    aws: AwsSettings,
}

#[derive(Debug, Subcommand)]
enum DlqCommand {
    /// Count the dead letters by their reason; with a filter, list each of them.
    List(list::ListLetters),
    /// Show what is wrong with one dead letter, by today's code, and all of it.
    Explain(explain::Explain),
    /// Send dead letters to the queue again, those that today's code accepts.
    ///
    /// What would fail again stays a dead letter and is counted. Each event keeps its first time,
    /// so it takes its place in the order as if it had never been here. A dead letter is deleted
    /// after its message is on the queue: if the command is interrupted nothing is lost, and what
    /// is sent twice is applied once.
    Redrive(redrive::Redrive),
    /// Delete dead letters for good.
    ///
    /// It counts them, asks for confirmation, and deletes exactly those, not messages that arrive
    /// meanwhile.
    Purge(purge::Purge),
}

/// What every command about dead letters needs.
struct Context {
    queue: DeadLetterQueue,
    /// The table, if it is known.
    table: Option<Table>,
    /// What to say if the table does not answer.
    cannot_ask: String,
    stop: Stop,
    /// When the command began.
    now: SystemTime,
    json: bool,
}

impl Dlq {
    pub async fn run(self) -> Result<()> {
        let (asked, table) = open_both(&self.queue, &self.table, &self.aws).await?;
        let (table, cannot_ask) = match table {
            Some(asked) => (Some(asked.table), asked.cannot_ask),
            None => (None, String::new()),
        };
        let context = Context {
            queue: asked.dead_letters,
            table,
            cannot_ask,
            stop: signals::stop_on_signals()?,
            now: SystemTime::now(),
            json: self.json,
        };
        let done = match self.command {
            DlqCommand::List(list) => list.run(&context).await,
            DlqCommand::Explain(explain) => explain.run(&context).await,
            DlqCommand::Redrive(redrive) => redrive.run(&context).await,
            DlqCommand::Purge(purge) => purge.run(&context).await,
        };
        done.map_err(|error| {
            if error.chain().any(|cause| cause.is::<QueueError>()) {
                error.context(asked.cannot_ask)
            } else {
                error
            }
        })
    }
}

impl Context {
    /// How long ago that was, in words.
    fn age(&self, sent: SystemTime) -> String {
        let seconds = self.now.duration_since(sent).unwrap_or_default().as_secs();
        let unit = if seconds < 3_600 { 1 } else { 60 };
        format_duration(Duration::from_secs(seconds / unit * unit)).to_string()
    }

    /// Returns why there may be more dead letters than were shown.
    fn finish(&self, cut_off: bool) -> Result<()> {
        if self.stop.is_asked() {
            bail!("interrupted; what was not reached stays as it was");
        }
        if cut_off {
            bail!("SQS hides no more messages at the same time, so this is not all; run it again");
        }
        Ok(())
    }
}

/// "1 dead letter", "2 dead letters".
fn letters<N: PartialEq + From<u8> + fmt::Display>(count: N) -> String {
    counted(count, "dead letter")
}
