//! What is in the dead-letter queue.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::Result;
use serde::{Serialize, Serializer};

use super::letter::{Letter, event_time};
use super::queue::DeadLetterQueue;
use super::stop::Stop;
use super::walk::Walk;

/// The dead letters by their reason.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterList {
    /// How many there are.
    pub dead_letters: usize,
    /// Why, the most frequent reason first.
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
    /// When SQS received the first of them.
    #[serde(serialize_with = "rfc_3339")]
    pub oldest: SystemTime,
    /// When SQS received the last of them.
    #[serde(serialize_with = "rfc_3339")]
    pub newest: SystemTime,
    /// Their ids, the oldest first.
    pub message_ids: Vec<String>,
}

/// Lists what is there. `progress` is called with the number of messages seen.
pub async fn list(
    queue: &DeadLetterQueue,
    stop: &Stop,
    now: SystemTime,
    progress: impl Fn(usize),
) -> Result<DeadLetterList> {
    let mut walk = Walk::begin(queue, stop);
    let listed = collect(&mut walk, now, progress).await;
    walk.end(listed).await
}

/// Looks for the letter of that id; the number of messages seen on the way comes with it.
pub async fn find(
    queue: &DeadLetterQueue,
    id: &str,
    stop: &Stop,
    progress: impl Fn(usize),
) -> Result<(Option<Letter>, usize)> {
    let mut walk = Walk::begin(queue, stop);
    let found = look_for(&mut walk, id, progress).await;
    let seen = walk.seen();
    Ok((walk.end(found).await?, seen))
}

async fn look_for(
    walk: &mut Walk<'_>,
    id: &str,
    progress: impl Fn(usize),
) -> Result<Option<Letter>> {
    loop {
        let letters = walk.next().await?;
        progress(walk.seen());
        if letters.is_empty() {
            return Ok(None);
        }
        if let Some(found) = letters.into_iter().find(|letter| letter.id == id) {
            return Ok(Some(found));
        }
    }
}

#[derive(Default)]
struct Group {
    accepted: usize,
    messages: Vec<(SystemTime, String)>,
}

async fn collect(
    walk: &mut Walk<'_>,
    now: SystemTime,
    progress: impl Fn(usize),
) -> Result<DeadLetterList> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    loop {
        let letters = walk.next().await?;
        progress(walk.seen());
        if letters.is_empty() {
            break;
        }
        for letter in letters {
            let group = groups.entry(letter.reason().to_owned()).or_default();
            group.accepted += usize::from(letter.event(now).is_ok());
            group.messages.push((letter.sent, letter.id));
        }
    }
    let mut reasons: Vec<_> = groups.into_iter().filter_map(reason).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    Ok(DeadLetterList {
        dead_letters: walk.seen(),
        reasons,
        cut_off: walk.is_stopped() || walk.is_cut_off(),
    })
}

fn reason((reason, mut group): (String, Group)) -> Option<ReasonCount> {
    group.messages.sort();
    Some(ReasonCount {
        reason,
        count: group.messages.len(),
        accepted: group.accepted,
        oldest: group.messages.first()?.0,
        newest: group.messages.last()?.0,
        message_ids: group.messages.into_iter().map(|(_, id)| id).collect(),
    })
}

fn rfc_3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&event_time(*at))
}
