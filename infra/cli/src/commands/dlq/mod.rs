//! `roster dlq`.

mod explain;
mod list;
mod purge;
mod redrive;

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use humantime::{DurationError, format_duration, parse_duration};
use indicatif::ProgressBar;
use roster_table::Table;

use super::output;
use super::place::{QueuePlace, TablePlace};
use crate::dlq::{DeadLetterQueue, Filter, Stop};

/// What the reason `max_receives` means.
const MAX_RECEIVES_IN_WORDS: &str = "SQS moved it, since the consumer failed in passing every time";

/// What a process that a second Ctrl-C ends exits with.
const INTERRUPTED: i32 = 130;

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
}

#[derive(Debug, Subcommand)]
enum DlqCommand {
    /// Count the dead letters by their reason.
    List,
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

/// Which dead letters to select; all of them without a filter.
#[derive(Debug, Args)]
struct Filters {
    /// Only those that are there for this reason, a code that `list` shows.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Only events of this type, known or not.
    #[arg(long = "type", value_name = "EVENT_TYPE")]
    event_type: Option<String>,
    /// Only those that SQS received at least this long ago, as in 2h or "1day 6h".
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    older_than: Option<Duration>,
    /// Only those that SQS received less than this long ago.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    newer_than: Option<Duration>,
}

/// What every command about dead letters needs.
struct Context {
    queue: DeadLetterQueue,
    /// The table, if it is known.
    table: Option<Table>,
    /// What to say if the table does not answer.
    whom_it_asks: String,
    stop: Stop,
    /// When the command began.
    now: SystemTime,
    json: bool,
}

impl Dlq {
    pub async fn run(self) -> Result<()> {
        let context = Context {
            queue: self.queue.dead_letter_queue().await?,
            table: self.table.table_beside(&self.queue).await,
            whom_it_asks: self.table.whom_it_asks(),
            stop: stop_on_ctrl_c(),
            now: SystemTime::now(),
            json: self.json,
        };
        match self.command {
            DlqCommand::List => list::run(&context).await,
            DlqCommand::Explain(explain) => explain.run(&context).await,
            DlqCommand::Redrive(redrive) => redrive.run(&context).await,
            DlqCommand::Purge(purge) => purge.run(&context).await,
        }
    }
}

impl Context {
    /// A bar of about as many dead letters as there are.
    async fn progress(&self) -> Result<ProgressBar> {
        Ok(output::progress(
            self.queue.dead_letters.about_how_many().await?,
        ))
    }

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

impl From<Filters> for Filter {
    fn from(filters: Filters) -> Self {
        Self {
            reason: filters.reason,
            event_type: filters.event_type,
            older_than: filters.older_than,
            newer_than: filters.newer_than,
        }
    }
}

/// Ctrl-C stops the command gracefully, so that hidden messages become visible again. A second one does not
/// wait for that.
fn stop_on_ctrl_c() -> Stop {
    let stop = Stop::default();
    let asked = stop.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if asked.is_asked() {
                std::process::exit(INTERRUPTED);
            }
            asked.ask();
            let told = writeln!(io::stderr(), "stopping: making dead letters visible again");
            // Whoever does not listen need not be told.
            told.ok();
        }
    });
    stop
}

/// Whole numbers with units, as in `2h 30m`.
fn duration(text: &str) -> Result<Duration, DurationError> {
    parse_duration(text)
}

/// "1 dead letter", "2 dead letters".
fn letters(count: usize) -> String {
    match count {
        1 => "1 dead letter".to_owned(),
        count => format!("{count} dead letters"),
    }
}
