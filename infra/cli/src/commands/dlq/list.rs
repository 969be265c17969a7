//! `roster dlq list`.

use anyhow::Result;

use super::{Context, MAX_RECEIVES_IN_WORDS, letters};
use crate::commands::output::{self, ALL};
use crate::dlq::{DeadLetterList, MAX_RECEIVES, ReasonCount, list};

pub async fn run(context: &Context) -> Result<()> {
    let bar = context.progress().await?;
    let progress = |seen| bar.set_position(seen as u64);
    let listed = list(&context.queue, &context.stop, context.now, progress).await;
    bar.finish_and_clear();
    let listed = listed?;
    if context.json {
        output::json(&listed)?;
    } else {
        print(context, &listed)?;
    }
    context.finish(listed.cut_off)
}

fn print(context: &Context, listed: &DeadLetterList) -> Result<()> {
    if listed.dead_letters == 0 {
        return output::line("No dead letters.");
    }
    output::line(&letters(listed.dead_letters))?;
    let row = |reason: &ReasonCount| {
        [
            reason.reason.clone(),
            reason.count.to_string(),
            reason.accepted.to_string(),
            context.age(reason.oldest),
            context.age(reason.newest),
            reason.message_ids.first().cloned().unwrap_or_default(),
        ]
    };
    output::table(
        "Reasons, with the ages since SQS got the messages",
        [
            "reason",
            "count",
            "valid now",
            "oldest",
            "newest",
            "oldest message",
        ],
        listed.reasons.iter().map(row),
        ALL,
    )?;
    output::line("")?;
    if listed.reasons.iter().any(|r| r.reason == MAX_RECEIVES) {
        output::line(&format!("{MAX_RECEIVES}: {MAX_RECEIVES_IN_WORDS}"))?;
    }
    output::line(
        "`roster dlq explain MESSAGE` tells what is wrong; `roster dlq redrive --dry-run` what \
         sending the valid ones again would do",
    )
}
