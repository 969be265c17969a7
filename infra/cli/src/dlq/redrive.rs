//! Sending dead letters to the queue again.

use std::collections::BTreeMap;
use std::mem;
use std::time::SystemTime;

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use consumer::Failure;
use roster_domain::{Event, Outcome};
use roster_queue::{ATTEMPTS, Fate, requests};
use roster_table::{Preview, Table};
use serde::Serialize;

use super::filter::Filter;
use super::letter::Letter;
use super::queue::DeadLetterQueue;
use super::stop::Stop;
use super::walk::{Walk, WalkProgress};
use crate::words::counted;

/// Most bytes of letters that are in memory and sorted together, but for the last ten. Roster's
/// own: enough for about 50,000 events, so that nearly every dead-letter queue is sorted as a
/// whole, and a dry run and the real one send in the same order.
const WINDOW: usize = 64 << 20;

/// About what is kept of a letter besides its body and attributes, in bytes.
const OVERHEAD: usize = 1_024;

/// What became of the letters, or would in a dry run.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redriven {
    /// How many dead letters there were.
    pub dead_letters: usize,
    /// About how many more another reader held when the command began.
    pub hidden: u64,
    /// How many of the dead letters the filter selects.
    pub selected: usize,
    /// How many were sent to the queue.
    pub sent: usize,
    /// The outcomes that the consumer will report for those, if a table was read and nobody else
    /// writes to it.
    pub foretold: Option<Foretold>,
    /// How many of those selected stay dead letters because they would fail again, by the code of
    /// what is wrong with them now.
    pub still_failing: BTreeMap<String, usize>,
    /// How many SQS refused, by its code. They stay dead letters.
    pub refused_by_sqs: BTreeMap<String, usize>,
    /// How many were sent and could not be deleted. They are in both queues, which does no harm.
    pub not_deleted: usize,
    /// Whether there may be more, because the command was interrupted or SQS hides no more messages
    /// at the same time.
    pub cut_off: bool,
}

/// Outcomes to expect.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Foretold {
    /// They change the state.
    pub applied: usize,
    /// A newer event has replaced what they say.
    pub stale: usize,
    /// They are in the state already.
    pub duplicate: usize,
}

/// Sends the letters that `filter` selects and today's code accepts to the queue, and then deletes
/// them as dead letters; in a dry run, says what it would send. What would fail again stays
/// where it is.
///
/// A letter is deleted after SQS has confirmed its message on the queue, so at any moment its
/// event is in one of the two queues at least. Letters are sent in the order of their events'
/// clocks, as far as they fit 64 MiB. Messages that SQS received after `now`, when the command
/// began, stay.
/// `progress` is called with what the walk does.
pub async fn redrive(
    queue: &DeadLetterQueue,
    table: Option<&Table>,
    filter: &Filter,
    dry_run: bool,
    stop: &Stop,
    now: SystemTime,
    progress: impl Fn(WalkProgress),
) -> Result<Redriven> {
    let mut redrive = Redriver {
        walk: Walk::begin(queue, stop, &progress).await?,
        queue,
        preview: table.map(Table::preview),
        dry_run,
        window: Vec::new(),
        done: Redriven {
            foretold: table.map(|_| Foretold::default()),
            ..Redriven::default()
        },
    };
    let result = redrive.run(filter, now).await;
    let Redriver { walk, mut done, .. } = redrive;
    done.dead_letters = walk.seen();
    done.hidden = walk.hidden();
    done.cut_off = walk.is_stopped() || walk.is_cut_off();
    match walk.end(result).await {
        Err(error) if done.sent > 0 && !dry_run => {
            Err(error.context(format!("after sending {}", done.sent)))
        }
        result => result.map(|()| done),
    }
}

struct Redriver<'a> {
    walk: Walk<'a>,
    queue: &'a DeadLetterQueue,
    preview: Option<Preview<'a>>,
    dry_run: bool,
    window: Vec<(Event, Letter)>,
    done: Redriven,
}

/// A letter on its way, with the outcome to expect.
struct Outgoing {
    id: String,
    outcome: Option<Outcome>,
}

impl Redriver<'_> {
    async fn run(&mut self, filter: &Filter, now: SystemTime) -> Result<()> {
        let mut bytes = 0;
        loop {
            let letters = self.walk.next().await?;
            if letters.is_empty() {
                return self.settle_window().await;
            }
            for letter in letters {
                if !filter.selects(&letter, now) {
                    continue;
                }
                self.done.selected += 1;
                match letter.event(now) {
                    Err(failure) => self.still_fails(&failure),
                    Ok(event) => {
                        bytes += letter.bytes() + OVERHEAD;
                        self.window.push((event, letter));
                    }
                }
            }
            if bytes >= WINDOW {
                self.settle_window().await?;
                bytes = 0;
            }
        }
    }

    fn still_fails(&mut self, failure: &Failure) {
        let code = failure.code().to_owned();
        *self.done.still_failing.entry(code).or_default() += 1;
    }

    /// Sends the letters of the window, or counts them in a dry run.
    async fn settle_window(&mut self) -> Result<()> {
        let mut window = mem::take(&mut self.window);
        window.sort_by(|(a, _), (b, _)| a.clock.cmp(&b.clock));
        let mut outgoing = Vec::with_capacity(window.len());
        let mut entries = Vec::new();
        for (letter, outcome) in self.foretell(window).await? {
            outgoing.push(Outgoing {
                id: letter.id.clone(),
                outcome,
            });
            if !self.dry_run {
                entries.push(letter.into_entry(entries.len())?);
            }
        }
        if self.dry_run {
            outgoing.iter().for_each(|outgoing| self.count(outgoing));
            return Ok(());
        }
        let mut unsent = outgoing.into_iter();
        for request in requests(entries) {
            if self.walk.is_stopped() {
                break;
            }
            let in_request: Vec<_> = unsent.by_ref().take(request.len()).collect();
            self.send(&in_request, &request).await?;
        }
        Ok(())
    }

    /// Gives each letter the outcome to expect, and leaves out those that would fail.
    async fn foretell(
        &mut self,
        window: Vec<(Event, Letter)>,
    ) -> Result<Vec<(Letter, Option<Outcome>)>> {
        let (events, letters): (Vec<_>, Vec<_>) = window.into_iter().unzip();
        let Some(preview) = &mut self.preview else {
            return Ok(letters.into_iter().map(|letter| (letter, None)).collect());
        };
        let events: Vec<_> = events.iter().collect();
        let foretold = preview.apply(&events).await?;
        let mut sent = Vec::with_capacity(letters.len());
        for (letter, foretold) in letters.into_iter().zip(foretold) {
            match foretold {
                Ok(applied) => sent.push((letter, Some(applied.outcome))),
                Err(unreadable) => self.still_fails(&Failure::Table(unreadable.into())),
            }
        }
        Ok(sent)
    }

    /// Sends one request and deletes the letters whose messages SQS has confirmed.
    async fn send(
        &mut self,
        outgoing: &[Outgoing],
        request: &[SendMessageBatchRequestEntry],
    ) -> Result<()> {
        let fates = self.queue.events.send(request).await?;
        let mut sent = Vec::new();
        let mut not_taken = 0_usize;
        for (outgoing, fate) in outgoing.iter().zip(fates) {
            match fate {
                Fate::Done => {
                    self.count(outgoing);
                    sent.push(outgoing.id.as_str());
                }
                Fate::Refused(code) => *self.done.refused_by_sqs.entry(code).or_default() += 1,
                Fate::NotTaken => not_taken += 1,
            }
        }
        self.walk.has_sent(self.done.sent);
        let deleted = self.walk.delete(&sent).await?;
        self.done.not_deleted += deleted.iter().filter(|is_deleted| !**is_deleted).count();
        ensure!(
            not_taken == 0,
            "SQS did not take {} in {ATTEMPTS} tries",
            counted(not_taken, "message")
        );
        Ok(())
    }

    fn count(&mut self, outgoing: &Outgoing) {
        self.done.sent += 1;
        if let (Some(foretold), Some(outcome)) = (&mut self.done.foretold, outgoing.outcome) {
            match outcome {
                Outcome::Applied => foretold.applied += 1,
                Outcome::Stale => foretold.stale += 1,
                Outcome::Duplicate => foretold.duplicate += 1,
            }
        }
    }
}
