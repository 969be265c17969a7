//! `roster dlq list`.

use anyhow::Result;
use clap::Args;

use super::filters::Filters;
use super::progress::{Progress, about};
use super::{Context, MAX_RECEIVES_IN_WORDS, letters};
use crate::commands::output::{self, ALL};
use crate::commands::table::Column;
use crate::dlq::{DeadLetterList, Filter, ListedLetter, MAX_RECEIVES, ReasonCount, list};

/// Count the dead letters by their reason; with a filter, list each of them.
#[derive(Debug, Args)]
pub struct ListLetters {
    #[command(flatten)]
    filters: Filters,
}

impl ListLetters {
    pub async fn run(self, context: &Context) -> Result<()> {
        let filter = self.filters.checked()?;
        let progress = Progress::new();
        let show = |done| progress.show(done);
        let listed = list(&context.queue, &filter, &context.stop, context.now, show).await;
        drop(progress);
        let listed = listed?;
        if context.json {
            output::json(&listed)?;
        } else {
            print(context, &filter, &listed)?;
        }
        context.finish(listed.cut_off)
    }
}

fn print(context: &Context, filter: &Filter, listed: &DeadLetterList) -> Result<()> {
    output::paragraph(&count(filter, listed))?;
    if listed.selected == 0 {
        return Ok(());
    }
    if *filter == Filter::default() {
        print_reasons(context, &listed.reasons)
    } else {
        print_messages(context, filter, &listed.reasons)
    }
}

/// The first line: how many there are.
fn count(filter: &Filter, listed: &DeadLetterList) -> String {
    let seen = match listed.dead_letters {
        0 if listed.hidden > 0 => "No visible dead letters".to_owned(),
        0 => return "No dead letters.".to_owned(),
        count => letters(count),
    };
    let selected = if *filter == Filter::default() {
        String::new()
    } else {
        format!(", {} of them selected", listed.selected)
    };
    let hidden = match listed.hidden {
        0 => String::new(),
        hidden => format!("; another reader holds {}", about(hidden)),
    };
    format!("{seen}{selected}{hidden}")
}

fn print_reasons(context: &Context, reasons: &[ReasonCount]) -> Result<()> {
    let row = |reason: &ReasonCount| {
        [
            reason.reason.clone(),
            reason.count.to_string(),
            reason.accepted.to_string(),
            context.age(reason.oldest),
            context.age(reason.newest),
        ]
    };
    output::table(
        "Reasons",
        [
            Column::whole("reason"),
            Column::whole("count"),
            "valid now".into(),
            "oldest age".into(),
            "newest age".into(),
        ],
        reasons.iter().map(row),
        ALL,
    )?;
    output::line("")?;
    explain_max_receives(reasons)?;
    output::paragraph(
        "`roster dlq list --reason CODE` lists the messages of a reason; `roster dlq redrive \
         --dry-run` tells what sending the valid ones again would do",
    )
}

fn print_messages(context: &Context, filter: &Filter, reasons: &[ReasonCount]) -> Result<()> {
    let shows_reason = filter.reason.is_none();
    let messages = |reason: &'_ ReasonCount| {
        let code = shows_reason.then(|| reason.reason.clone());
        let messages = reason.messages.iter();
        messages
            .map(|message| row(context, code.clone(), message))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = reasons.iter().flat_map(messages).collect();
    let reason = shows_reason.then_some(Column::whole("reason"));
    let others = ["age", "valid now"].map(Column::from);
    let header = [Column::whole("message"), Column::whole("type")].into_iter();
    let header = header.chain(reason).chain(others);
    output::table("Messages", header, rows.into_iter(), ALL)?;
    output::line("")?;
    explain_max_receives(reasons)?;
    output::paragraph(
        "`roster dlq explain MESSAGE` tells what is wrong; `roster dlq redrive --fix MESSAGE` edits \
         it and sends it",
    )
}

fn row(context: &Context, reason: Option<String>, message: &ListedLetter) -> Vec<String> {
    let event_type = message.event_type.clone().unwrap_or_default();
    let accepted = if message.accepted { "yes" } else { "no" };
    let ids = [message.message_id.clone(), event_type].into_iter();
    let others = [context.age(message.sent), accepted.to_owned()];
    ids.chain(reason).chain(others).collect()
}

fn explain_max_receives(reasons: &[ReasonCount]) -> Result<()> {
    if reasons.iter().any(|reason| reason.reason == MAX_RECEIVES) {
        output::paragraph(&format!("{MAX_RECEIVES}: {MAX_RECEIVES_IN_WORDS}"))?;
    }
    Ok(())
}
