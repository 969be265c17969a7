//! Which outcome each line has.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::Message;
use consumer::{Delivery, Report};
use roster_domain::Outcome;
use roster_queue::ERROR_MESSAGE;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

/// The message attribute that names the line of a message.
pub const LINE: &str = "Line";

/// How many bytes of lines are on their way at most, so that a large file does not fill the
/// memory. A line counts as its body and [`OVERHEAD`].
const WINDOW: u32 = 32 << 20;

/// About what the queue keeps of a message besides its body, in bytes.
const OVERHEAD: u32 = 1_024;

/// How many lines had each outcome. Blank lines have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OutcomeCounts {
    /// It changed the state.
    pub applied: u64,
    /// A newer event had replaced it already.
    pub stale: u64,
    /// It was in the state already.
    pub duplicate: u64,
    /// It ended in the dead-letter queue.
    pub failed: u64,
}

impl OutcomeCounts {
    /// How many events there were.
    pub const fn events(&self) -> u64 {
        self.applied + self.stale + self.duplicate + self.failed
    }
}

/// A message that ended in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DeadLetter {
    /// The line it came from, counted from 1.
    pub line: usize,
    /// Why it failed.
    pub reason: String,
    /// The line itself.
    pub body: String,
}

/// The outcome of every line. The first one that is final counts: a message that comes twice
/// is one line.
pub struct Ledger {
    entries: Mutex<Entries>,
    window: Semaphore,
    complete: watch::Sender<bool>,
    progress: Box<dyn Fn(u64) + Send + Sync>,
}

struct Entries {
    settled: Vec<bool>,
    open: usize,
    blank: u64,
    on_their_way: HashMap<usize, u32>,
    counts: OutcomeCounts,
    reasons: HashMap<usize, String>,
    dead_letters: Vec<DeadLetter>,
}

impl Ledger {
    /// A ledger of that many lines, none of which has an outcome.
    pub fn new(lines: usize, progress: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self {
            entries: Mutex::new(Entries {
                settled: vec![false; lines],
                open: lines,
                blank: 0,
                on_their_way: HashMap::new(),
                counts: OutcomeCounts::default(),
                reasons: HashMap::new(),
                dead_letters: Vec::new(),
            }),
            window: Semaphore::new(WINDOW as usize),
            complete: watch::Sender::new(lines == 0),
            progress: Box::new(progress),
        }
    }

    /// Waits until a line with a body of that many bytes may be on its way.
    pub async fn admit(&self, line: usize, bytes: usize) -> Result<()> {
        let bytes = u32::try_from(bytes)?.saturating_add(OVERHEAD).min(WINDOW);
        self.window.acquire_many(bytes).await?.forget();
        self.lock().on_their_way.insert(line, bytes);
        Ok(())
    }

    /// Waits until every line has an outcome.
    pub async fn complete(&self) {
        let mut complete = self.complete.subscribe();
        // The sender lives as long as self, so waiting can only end in completion.
        let _seen = complete.wait_for(|complete| *complete).await;
    }

    /// Records the outcomes that a consumer reports for a batch. A failure is not final: the message comes
    /// again until it succeeds or ends in the dead-letter queue.
    pub fn record(&self, report: &Report) {
        for delivery in &report.messages {
            let attribute = delivery.record.message().message_attributes.get(LINE);
            let text = attribute.and_then(|attribute| attribute.string_value.as_deref());
            if let Some(line) = text.and_then(|text| text.parse().ok()) {
                self.record_one(line, delivery);
            }
        }
    }

    fn record_one(&self, line: usize, settled: &Delivery) {
        match &settled.result {
            Ok(applied) => self.settle(line, |entries| {
                *match applied.outcome {
                    Outcome::Applied => &mut entries.counts.applied,
                    Outcome::Stale => &mut entries.counts.stale,
                    Outcome::Duplicate => &mut entries.counts.duplicate,
                } += 1;
            }),
            Err(failure) => {
                self.lock().reasons.insert(line, failure.to_string());
            }
        }
    }

    /// Records a message that was found in the dead-letter queue. It says why it is there,
    /// unless it was received too often; then the last failure is the reason.
    pub fn record_dead(&self, message: &Message) {
        let Some(line) = line_of(message) else {
            return;
        };
        let last_failure = self.lock().reasons.remove(&line);
        let stated = text_of(message, ERROR_MESSAGE).map(str::to_owned);
        let reason = stated
            .or(last_failure)
            .unwrap_or_else(|| "no consumer said why".to_owned());
        self.record_failed(line, reason, message.body().unwrap_or_default().to_owned());
    }

    /// Records a blank line, which has no outcome.
    pub fn skip(&self, line: usize) {
        self.settle(line, |entries| entries.blank += 1);
    }

    /// Records a line that failed for good.
    pub fn record_failed(&self, line: usize, reason: String, body: String) {
        self.settle(line, |entries| {
            entries.counts.failed += 1;
            entries.dead_letters.push(DeadLetter { line, reason, body });
        });
    }

    /// The counts and the dead letters, once every line is blank or has exactly one outcome.
    pub fn close(&self) -> Result<(OutcomeCounts, Vec<DeadLetter>)> {
        let mut entries = self.lock();
        let lines = entries.settled.len();
        let events = u64::try_from(lines)? - entries.blank;
        ensure!(
            entries.open == 0 && entries.counts.events() == events,
            "the outcomes do not add up to {lines} lines: {:?}",
            entries.counts
        );
        let mut dead_letters = mem::take(&mut entries.dead_letters);
        dead_letters.sort();
        Ok((entries.counts, dead_letters))
    }

    fn settle(&self, line: usize, outcome: impl FnOnce(&mut Entries)) {
        let mut entries = self.lock();
        match line
            .checked_sub(1)
            .and_then(|index| entries.settled.get_mut(index))
        {
            Some(settled) if !*settled => *settled = true,
            _ => return,
        }
        entries.reasons.remove(&line);
        let bytes = entries.on_their_way.remove(&line).unwrap_or(0);
        outcome(&mut entries);
        entries.open -= 1;
        let (open, lines) = (entries.open, entries.settled.len());
        drop(entries);
        self.window.add_permits(bytes as usize);
        (self.progress)((lines - open) as u64);
        if open == 0 {
            self.complete.send_replace(true);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line_of(message: &Message) -> Option<usize> {
    text_of(message, LINE)?.parse().ok()
}

fn text_of<'a>(message: &'a Message, attribute: &str) -> Option<&'a str> {
    message.message_attributes()?.get(attribute)?.string_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(ledger: &Ledger, line: usize) {
        ledger.record_failed(line, "reason".to_owned(), String::new());
    }

    #[tokio::test]
    async fn each_line_counts_once_and_the_last_completes() {
        let ledger = Ledger::new(2, |_| {});
        failed(&ledger, 2);
        failed(&ledger, 2);
        failed(&ledger, 3);
        failed(&ledger, 0);
        assert!(ledger.close().is_err());
        failed(&ledger, 1);
        ledger.complete().await;
        let (counts, dead_letters) = ledger.close().unwrap();
        assert_eq!(counts.failed, 2);
        assert_eq!(
            dead_letters.iter().map(|d| d.line).collect::<Vec<_>>(),
            [1, 2]
        );
    }
}
