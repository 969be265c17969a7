//! `roster dlq purge`.

use std::io::{self, IsTerminal, Write};
use std::thread;

use anyhow::{Result, bail};
use clap::Args;
use tokio::sync::oneshot;

use super::redrive::counts;
use super::{Context, Filters, letters};
use crate::commands::output;
use crate::dlq::{Chosen, Filter, Purged, SelectedLetters, count, purge};

/// Delete dead letters for good.
#[derive(Debug, Args)]
pub struct Purge {
    #[command(flatten)]
    filters: Filters,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Purge {
    pub async fn run(self, context: &Context) -> Result<()> {
        let filter: Filter = self.filters.into();
        if self.yes {
            return delete(context, &Chosen::Matching(&filter, context.now)).await;
        }
        if !io::stdin().is_terminal() {
            bail!("there is no terminal to ask on; --yes deletes without asking");
        }
        let bar = context.progress().await?;
        let progress = |seen| bar.set_position(seen as u64);
        let selected = count(
            &context.queue,
            &filter,
            &context.stop,
            context.now,
            progress,
        )
        .await;
        bar.finish_and_clear();
        let selected = selected?;
        context.finish(selected.cut_off)?;
        let ids = &selected.ids;
        if ids.is_empty() || !is_confirmed(context, &question(&selected)).await? {
            return report(context, &Purged::default());
        }
        delete(context, &Chosen::Ids(ids)).await
    }
}

async fn delete(context: &Context, chosen: &Chosen<'_>) -> Result<()> {
    let bar = context.progress().await?;
    let progress = |seen| bar.set_position(seen as u64);
    let purged = purge(&context.queue, chosen, &context.stop, progress).await;
    bar.finish_and_clear();
    let purged = purged?;
    report(context, &purged)?;
    if purged.not_deleted > 0 {
        bail!(
            "SQS did not delete {}; they stay",
            letters(purged.not_deleted)
        );
    }
    context.finish(purged.cut_off)
}

fn report(context: &Context, purged: &Purged) -> Result<()> {
    if context.json {
        return output::json(purged);
    }
    output::line(&format!("{} deleted", letters(purged.deleted)))?;
    if purged.gone > 0 {
        output::line(&format!(
            "{} gone meanwhile, or hidden",
            letters(purged.gone)
        ))?;
    }
    counts("Deleted, by reason", &purged.reasons)
}

fn question(selected: &SelectedLetters) -> String {
    let counts = selected.reasons.iter();
    let reasons: Vec<_> = counts.map(|(code, n)| format!("{n} {code}")).collect();
    let question = format!(
        "Delete {} of {} for good: {}? [y/N] ",
        selected.ids.len(),
        letters(selected.dead_letters),
        reasons.join(", ")
    );
    output::printable(&question)
}

/// Asks on the terminal. A thread of its own reads the answer, so that Ctrl-C can end the
/// process without one.
async fn is_confirmed(context: &Context, question: &str) -> Result<bool> {
    let mut out = io::stderr();
    write!(out, "{question}")?;
    out.flush()?;
    let (sender, answer) = oneshot::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).map(|_| line);
        // Nobody waits any more after Ctrl-C.
        sender.send(read).ok();
    });
    tokio::select! {
        () = context.stop.asked() => bail!("interrupted; nothing was deleted"),
        answer = answer => {
            let answer = answer??;
            Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
        }
    }
}
