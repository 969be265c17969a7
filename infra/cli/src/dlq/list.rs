//! What is in the dead-letter queue.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::Result;
use serde::{Serialize, Serializer};

use super::filter::Filter;
use super::letter::{Letter, event_time};
use super::queue::DeadLetterQueue;
use super::stop::Stop;
use super::walk::{Walk, WalkProgress};

/// The dead letters by their reason.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterList {
    /// How many there are.
    pub dead_letters: usize,
    /// About how many more another reader held when the command began.
    pub hidden: u64,
    /// How many of the dead letters the filter selects.
    pub selected: usize,
    /// Why the selected ones are here, the most frequent reason first.
    pub reasons: Vec<ReasonCount>,
    /// Whether there may be more, because the command was interrupted or SQS hides no more messages
    /// at the same time.
    pub cut_off: bool,
}

/// The dead letters of one reason.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasonCount {
    /// The code that the consumer gave, or `max_receives`.
    pub reason: String,
    /// How many there are.
    pub count: usize,
    /// How many of them today's code would accept.
    pub accepted: usize,
    /// When the first of them was sent.
    #[serde(serialize_with = "rfc_3339")]
    pub oldest: SystemTime,
    /// When the last of them was sent.
    #[serde(serialize_with = "rfc_3339")]
    pub newest: SystemTime,
    /// Each of them, the oldest first.
    pub messages: Vec<ListedLetter>,
}

/// A dead letter in the list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedLetter {
    /// When it was sent: by its producer, or to the dead-letter queue by the consumer.
    #[serde(serialize_with = "rfc_3339")]
    pub sent: SystemTime,
    /// The id of its message.
    pub message_id: String,
    /// What it calls the type of its event, known or not.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// Whether today's code would accept it.
    pub accepted: bool,
}

/// Lists the letters that `filter` matches. `progress` is called with what the walk does.
pub async fn list(
    queue: &DeadLetterQueue,
    filter: &Filter,
    stop: &Stop,
    now: SystemTime,
    progress: impl Fn(WalkProgress),
) -> Result<DeadLetterList> {
    let mut walk = Walk::begin(queue, stop, &progress).await?;
    let listed = collect(&mut walk, filter, now).await;
    walk.end(listed).await
}

/// Looks for the letter of that id; the number of messages seen on the way comes with it.
/// `progress` is called with what the walk does.
pub async fn find(
    queue: &DeadLetterQueue,
    id: &str,
    stop: &Stop,
    progress: impl Fn(WalkProgress),
) -> Result<(Option<Letter>, usize)> {
    let mut walk = Walk::begin(queue, stop, &progress).await?;
    let found = look_for(&mut walk, id).await;
    let seen = walk.seen();
    Ok((walk.end(found).await?, seen))
}

/// Walks to the letter of that id.
pub(super) async fn look_for(walk: &mut Walk<'_>, id: &str) -> Result<Option<Letter>> {
    loop {
        let letters = walk.next().await?;
        if letters.is_empty() {
            return Ok(None);
        }
        if let Some(found) = letters.into_iter().find(|letter| letter.id == id) {
            return Ok(Some(found));
        }
    }
}

async fn collect(walk: &mut Walk<'_>, filter: &Filter, now: SystemTime) -> Result<DeadLetterList> {
    let mut groups: BTreeMap<String, Vec<ListedLetter>> = BTreeMap::new();
    let mut selected = 0;
    loop {
        let letters = walk.next().await?;
        if letters.is_empty() {
            break;
        }
        for letter in letters {
            if filter.matches(&letter, now) {
                selected += 1;
                let group = groups.entry(letter.reason().to_owned()).or_default();
                group.push(listed(letter, now));
            }
        }
    }
    let mut reasons: Vec<_> = groups.into_iter().filter_map(reason).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    Ok(DeadLetterList {
        dead_letters: walk.seen(),
        hidden: walk.hidden(),
        selected,
        reasons,
        cut_off: walk.is_stopped() || walk.is_cut_off(),
    })
}

fn listed(letter: Letter, now: SystemTime) -> ListedLetter {
    ListedLetter {
        sent: letter.sent,
        event_type: letter.event_type(),
        accepted: letter.event(now).is_ok(),
        message_id: letter.id,
    }
}

fn reason((reason, mut messages): (String, Vec<ListedLetter>)) -> Option<ReasonCount> {
    messages.sort();
    Some(ReasonCount {
        reason,
        count: messages.len(),
        accepted: messages.iter().filter(|message| message.accepted).count(),
        oldest: messages.first()?.sent,
        newest: messages.last()?.sent,
        messages,
    })
}

fn rfc_3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&event_time(*at))
}
