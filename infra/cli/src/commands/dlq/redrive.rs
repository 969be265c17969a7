//! `roster dlq redrive`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use roster_table::ReadError;

use super::edit::edit_and_send;
use super::filters::Filters;
use super::progress::Progress;
use super::{Context, letters};
use crate::commands::output::{self, ALL};
use crate::dlq::{Redriven, redrive};

/// Send dead letters to the queue again, those that today's code accepts.
#[derive(Debug, Args)]
pub struct Redrive {
    #[command(flatten)]
    filters: Filters,
    /// Send nothing; say what would be sent and what it would do to the table as it is now.
    #[arg(long)]
    dry_run: bool,
    /// Edit the body of this message in $VISUAL or $EDITOR, and send what the current code accepts
    /// in its place.
    #[arg(long, value_name = "MESSAGE", conflicts_with_all = ["filters", "dry_run"])]
    fix: Option<String>,
}

impl Redrive {
    pub async fn run(self, context: &Context) -> Result<()> {
        if let Some(id) = &self.fix {
            return edit_and_send(context, id).await;
        }
        let filter = self.filters.checked()?;
        if self.dry_run && context.table.is_none() {
            bail!("--dry-run looks at the table; name it with --table NAME");
        }
        let progress = Progress::new();
        let redriven = redrive(
            &context.queue,
            context.table.as_ref(),
            &filter,
            self.dry_run,
            &context.stop,
            context.now,
            |done| progress.show(done),
        )
        .await;
        drop(progress);
        let redriven = match redriven {
            Err(error) if error.is::<ReadError>() => {
                return Err(error.context(context.cannot_ask.clone()));
            }
            redriven => redriven?,
        };
        if context.json {
            output::json(&redriven)?;
        } else {
            print(&redriven, self.dry_run)?;
        }
        if !redriven.refused_by_sqs.is_empty() {
            bail!("SQS refused some messages; they stay dead letters");
        }
        context.finish(redriven.cut_off)
    }
}

fn print(redriven: &Redriven, dry_run: bool) -> Result<()> {
    let (sent, will) = if dry_run {
        ("would be sent", "would")
    } else {
        ("sent", "will")
    };
    output::paragraph(&format!(
        "{}, {} of them selected: {} {sent}",
        letters(redriven.dead_letters),
        redriven.selected,
        redriven.sent
    ))?;
    if let Some(foretold) = redriven.foretold {
        output::paragraph(&format!(
            "As the table is now, {} {will} be applied, {} stale, {} duplicate",
            foretold.applied, foretold.stale, foretold.duplicate
        ))?;
    }
    if redriven.not_deleted > 0 {
        output::paragraph(&format!(
            "{} sent and not deleted: sending them once more does no harm",
            redriven.not_deleted
        ))?;
    }
    counts("Still fail, and stay", &redriven.still_failing)?;
    counts("Refused by SQS, and stay", &redriven.refused_by_sqs)
}

/// Prints how many there are of each code, if there are any.
pub fn counts(title: &str, counts: &BTreeMap<String, usize>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let row = |(code, count): (&String, &usize)| [code.clone(), count.to_string()];
    output::table(title, ["code", "count"], counts.iter().map(row), ALL)
}
