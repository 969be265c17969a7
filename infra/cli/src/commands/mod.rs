//! What the `roster` command can do.

mod aws;
mod check;
mod completions;
mod dlq;
pub mod exit;
mod get;
mod greeting;
mod ingest;
mod man;
mod may;
mod output;
mod place;
mod send;
mod signals;
mod table;
mod terminal;
mod token;
mod up;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use output::printable;

/// An event-driven IAM directory on DynamoDB: on this machine, or where AWS's settings say.
#[derive(Debug, Parser)]
#[command(name = "roster", version = env!("ROSTER_VERSION"), about, long_about = None,
    after_help = exit::HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole system on this machine until Ctrl-C (also what no command at all does).
    Up(up::Up),
    /// Send events to a running `roster up`, or to a queue on AWS.
    ///
    /// Each line, or element of an array, is sent as it is and in its order; blank lines are skipped.
    /// What is not valid becomes a dead letter. A running `roster up` is given two seconds to process
    /// the events, so that a command that follows sees them.
    Send(send::Send),
    /// Deliver a file of events to servers of its own, and show what became of each line and the
    /// directory they make.
    ///
    /// It starts an embedded queue, table and consumer for the file and stops them at the end: a
    /// running `roster up` sees nothing of it. Blank lines are skipped.
    Ingest(ingest::Ingest),
    /// Deliver a file of events in random orders and show whether the order makes a difference.
    ///
    /// It also shows which events state no time or the same time, where the order is not the
    /// producer's, and exits with 1 if what an entity becomes or whether a reference counts depends
    /// on that, or if every event is refused. Blank lines are skipped.
    Check(check::Check),
    /// Look at an entity, at all roles or permissions, or at who claims an email or a name.
    Get(get::Get),
    /// Tell whether a user may do something, and why.
    May(may::May),
    /// Look at the events that failed, send them again, or delete them.
    ///
    /// To look at messages SQS must hand them out, so they are hidden from others meanwhile. The
    /// command makes them visible again at its end, also after Ctrl-C and SIGTERM. If it is killed
    /// they show again after 15 minutes.
    Dlq(dlq::Dlq),
    /// Print a token for the API of a running `roster up`. It is valid for an hour.
    Token(token::Token),
    /// Print a script that completes `roster` in a shell.
    ///
    /// In bash, `source <(roster completions bash)` completes it in the current shell; in zsh, put
    /// the output into a file `_roster` in a folder of `$fpath`.
    Completions(completions::Completions),
    /// Print a man page, as in `roster man dlq list | man -l -`.
    Man(man::Man),
}

impl Cli {
    /// Parses the arguments of this process. It ends the process if they are wrong, or if they ask
    /// for help, which fits the terminal.
    pub fn from_arguments() -> Self {
        let command = Self::command().term_width(terminal::width());
        let matches = command.get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Runs the command. Its exit code is that of an answer, [`exit::NO`] or success.
    pub async fn run(self) -> Result<ExitCode> {
        match self.command.unwrap_or(Command::Up(up::Up::default())) {
            Command::Up(up) => up.run().await?,
            Command::Send(send) => return send.run().await,
            Command::Ingest(ingest) => return ingest.run().await,
            Command::Check(check) => return check.run().await,
            Command::Get(get) => get.run().await?,
            Command::May(may) => return may.run().await,
            Command::Dlq(dlq) => dlq.run().await?,
            Command::Token(token) => token.run().await?,
            Command::Completions(completions) => completions.run()?,
            Command::Man(man) => man.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
