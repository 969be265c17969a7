//! Deleting dead letters for good.

use std::collections::{BTreeMap, HashSet};
use std::time::SystemTime;

use anyhow::Result;
use serde::Serialize;

use super::filter::Filter;
use super::letter::Letter;
use super::queue::DeadLetterQueue;
use super::stop::Stop;
use super::walk::{Walk, WalkProgress};

/// Which letters to delete.
#[derive(Debug)]
pub enum Chosen<'a> {
    /// Those of these ids.
    Ids(&'a HashSet<String>),
    /// Those that a filter selects at a moment.
    Matching(&'a Filter, SystemTime),
}

/// The letters that a filter selects.
#[derive(Debug, Default)]
pub struct SelectedLetters {
    /// Their ids.
    pub ids: HashSet<String>,
    /// How many there are of each reason.
    pub reasons: BTreeMap<String, usize>,
    /// How many dead letters there are in all.
    pub dead_letters: usize,
    /// See [`Purged::hidden`].
    pub hidden: u64,
    /// See [`Purged::cut_off`].
    pub cut_off: bool,
}

/// What became of the letters.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Purged {
    /// How many were deleted.
    pub deleted: usize,
    /// How many of each reason.
    pub reasons: BTreeMap<String, usize>,
    /// How many SQS did not delete. They stay.
    pub not_deleted: usize,
    /// How many that were chosen by their id were not there any more, or hidden.
    pub gone: usize,
    /// About how many letters another reader held when the command began.
    pub hidden: u64,
    /// Whether there may be more, because the command was interrupted or SQS hides no more messages
    /// at the same time.
    pub cut_off: bool,
}

impl Chosen<'_> {
    fn includes(&self, letter: &Letter) -> bool {
        match self {
            Self::Ids(ids) => ids.contains(&letter.id),
            Self::Matching(filter, now) => filter.selects(letter, *now),
        }
    }

    fn are_all(&self, deleted: usize) -> bool {
        matches!(self, Self::Ids(ids) if ids.len() == deleted)
    }
}

/// Counts the letters that `filter` selects. `progress` is called with what the walk does.
pub async fn count(
    queue: &DeadLetterQueue,
    filter: &Filter,
    stop: &Stop,
    now: SystemTime,
    progress: impl Fn(WalkProgress),
) -> Result<SelectedLetters> {
    let mut walk = Walk::begin(queue, stop, &progress).await?;
    let selected = count_in(&mut walk, filter, now).await;
    walk.end(selected).await
}

async fn count_in(
    walk: &mut Walk<'_>,
    filter: &Filter,
    now: SystemTime,
) -> Result<SelectedLetters> {
    let mut selected = SelectedLetters::default();
    loop {
        let letters = walk.next().await?;
        if letters.is_empty() {
            selected.dead_letters = walk.seen();
            selected.hidden = walk.hidden();
            selected.cut_off = walk.is_stopped() || walk.is_cut_off();
            return Ok(selected);
        }
        for letter in letters.iter().filter(|letter| filter.selects(letter, now)) {
            *selected
                .reasons
                .entry(letter.reason().to_owned())
                .or_default() += 1;
            selected.ids.insert(letter.id.clone());
        }
    }
}

/// Deletes the chosen letters and no other. `progress` is called with what the walk does.
pub async fn purge(
    queue: &DeadLetterQueue,
    chosen: &Chosen<'_>,
    stop: &Stop,
    progress: impl Fn(WalkProgress),
) -> Result<Purged> {
    let mut walk = Walk::begin(queue, stop, &progress).await?;
    let mut purged = Purged::default();
    let result = purge_in(&mut walk, chosen, &mut purged).await;
    purged.hidden = walk.hidden();
    purged.cut_off = walk.is_stopped() || walk.is_cut_off();
    if let Chosen::Ids(ids) = chosen {
        purged.gone = ids.len() - purged.deleted - purged.not_deleted;
    }
    match walk.end(result).await {
        Err(error) if purged.deleted > 0 => {
            Err(error.context(format!("after deleting {}", purged.deleted)))
        }
        result => result.map(|()| purged),
    }
}

async fn purge_in(walk: &mut Walk<'_>, chosen: &Chosen<'_>, purged: &mut Purged) -> Result<()> {
    loop {
        let letters = walk.next().await?;
        if letters.is_empty() {
            return Ok(());
        }
        let to_delete: Vec<_> = letters.iter().filter(|l| chosen.includes(l)).collect();
        let ids: Vec<_> = to_delete.iter().map(|letter| letter.id.as_str()).collect();
        for (letter, is_deleted) in to_delete.iter().zip(walk.delete(&ids).await?) {
            if is_deleted {
                purged.deleted += 1;
                *purged
                    .reasons
                    .entry(letter.reason().to_owned())
                    .or_default() += 1;
            } else {
                purged.not_deleted += 1;
            }
        }
        if chosen.are_all(purged.deleted) {
            return Ok(());
        }
    }
}
