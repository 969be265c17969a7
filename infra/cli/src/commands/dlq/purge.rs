//! `roster dlq purge`.

use std::io::{self, IsTerminal};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::confirm::is_confirmed;
use super::filters::Filters;
use super::progress::Progress;
use super::redrive::counts;
use super::{Context, letters};
use crate::commands::output;
use crate::dlq::{Chosen, Purged, SelectedLetters, count, purge};

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
        let filter = self.filters.checked()?;
        if self.yes {
            return delete(context, &Chosen::Matching(&filter, context.now)).await;
        }
        if !io::stdin().is_terminal() {
            bail!("there is no terminal to ask on; --yes deletes without asking");
        }
        let progress = Progress::new();
        let show = |done| progress.show(done);
        let selected = count(&context.queue, &filter, &context.stop, context.now, show).await;
        drop(progress);
        let selected = selected?;
        context.finish(selected.cut_off)?;
        let ids = &selected.ids;
        let is_confirmed = !ids.is_empty()
            && is_confirmed(context, &question(&selected))
                .await
                .context("nothing was deleted")?;
        if !is_confirmed {
            let nothing = Purged {
                hidden: selected.hidden,
                ..Purged::default()
            };
            return report(context, &nothing);
        }
        delete(context, &Chosen::Ids(ids)).await
    }
}

async fn delete(context: &Context, chosen: &Chosen<'_>) -> Result<()> {
    let progress = Progress::new();
    let show = |done| progress.show(done);
    let purged = purge(&context.queue, chosen, &context.stop, show).await;
    drop(progress);
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
    output::paragraph(&format!("{} deleted", letters(purged.deleted)))?;
    if purged.gone > 0 {
        output::paragraph(&format!(
            "{} gone meanwhile, or hidden",
            letters(purged.gone)
        ))?;
    }
    counts("Deleted, by reason", &purged.reasons)
}

fn question(selected: &SelectedLetters) -> String {
    let counts = selected.reasons.iter();
    let reasons: Vec<_> = counts.map(|(code, n)| format!("{n} {code}")).collect();
    format!(
        "Delete {} of {} for good: {}?",
        selected.ids.len(),
        letters(selected.dead_letters),
        reasons.join(", ")
    )
}
