//! Receiving every dead letter once, and giving back what is not deleted.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use futures::{StreamExt, stream};
use roster_queue::limits::{CONCURRENT_REQUESTS, MOST_IN_FLIGHT, REQUEST_MESSAGES};
use roster_queue::{ATTEMPTS, Fate, MessageCounts};

use super::letter::Letter;
use super::queue::DeadLetterQueue;
use super::stop::Stop;
use crate::words::counted;

/// How long a message that was received is hidden. Roster's own: long enough to walk through a
/// large queue, and no longer than somebody would wait after a walk that was killed.
pub const HIDDEN: Duration = Duration::from_secs(15 * 60);

/// How long a request waits for a first message.
const WAIT: Duration = Duration::from_secs(1);

/// How many answers in a row bring nothing new before a walk ends. SQS may deliver a message
/// twice, so one such answer does not mean the end.
const OLD_NEWS: u32 = 3;

/// After how many requests that failed no more are sent to give messages back. Each takes seconds
/// to fail, and there may be thousands.
const GIVE_UP: usize = 8;

/// What a walk has just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkProgress {
    /// It begins, with about so many letters on the queue.
    Begun(MessageCounts),
    /// It has received so many letters.
    Received(usize),
    /// It has sent so many letters.
    Sent(usize),
    /// It has made so many letters visible again.
    Shown {
        /// How many.
        done: usize,
        /// Of how many.
        of: usize,
    },
}

/// A walk through the dead letters. It keeps the id and the receipt of each one, about half a
/// kilobyte, and no body.
pub struct Walk<'a> {
    queue: &'a DeadLetterQueue,
    stop: &'a Stop,
    progress: &'a dyn Fn(WalkProgress),
    /// How many letters another reader held at the beginning.
    hidden: u64,
    /// The newest receipt of each message, and none for one that was deleted.
    receipts: HashMap<String, Option<String>>,
    deleted: usize,
}

impl<'a> Walk<'a> {
    /// Begins a walk, which must be brought to its [`end`](Self::end). `progress` is called with
    /// what it does.
    pub async fn begin(
        queue: &'a DeadLetterQueue,
        stop: &'a Stop,
        progress: &'a dyn Fn(WalkProgress),
    ) -> Result<Self> {
        // This walk holds nothing yet, so whatever is hidden is hidden by another reader.
        let counts = queue.dead_letters.counts().await?;
        progress(WalkProgress::Begun(counts));
        Ok(Self {
            queue,
            stop,
            progress,
            hidden: counts.hidden,
            receipts: HashMap::new(),
            deleted: 0,
        })
    }

    /// Some letters that were not seen before; none when there are no more, when it was asked
    /// to stop, or when SQS hides no more messages.
    pub async fn next(&mut self) -> Result<Vec<Letter>> {
        for _ in 0..OLD_NEWS {
            if self.stop.is_asked() || self.is_cut_off() {
                break;
            }
            let letters = &self.queue.dead_letters;
            let messages = letters
                .receive(REQUEST_MESSAGES, WAIT, Some(HIDDEN))
                .await?;
            if messages.is_empty() {
                break;
            }
            let mut new = Vec::new();
            for message in messages {
                let id = message.message_id().unwrap_or_default().to_owned();
                let receipt = message.receipt_handle().unwrap_or_default().to_owned();
                match self.receipts.insert(id.clone(), Some(receipt)) {
                    None => new.push(message),
                    Some(Some(_)) => {}
                    Some(None) => self.deleted -= 1,
                }
            }
            if !new.is_empty() {
                (self.progress)(WalkProgress::Received(self.seen()));
                return new.into_iter().map(Letter::read).collect();
            }
        }
        Ok(Vec::new())
    }

    /// Whether it was interrupted.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }

    /// Whether it ended because SQS hides no more messages.
    pub fn is_cut_off(&self) -> bool {
        self.receipts.len() - self.deleted >= MOST_IN_FLIGHT
    }

    /// How many messages it has come across.
    pub fn seen(&self) -> usize {
        self.receipts.len()
    }

    /// About how many letters another reader held when the walk began.
    pub const fn hidden(&self) -> u64 {
        self.hidden
    }

    /// Reports that so many letters were sent.
    pub fn has_sent(&self, letters: usize) {
        (self.progress)(WalkProgress::Sent(letters));
    }

    /// Deletes letters of this walk and says which are deleted. One that SQS refuses to delete
    /// stays a dead letter; if SQS keeps failing, that is an error.
    pub async fn delete(&mut self, ids: &[&str]) -> Result<Vec<bool>> {
        let mut deleted = Vec::with_capacity(ids.len());
        for ids in ids.chunks(REQUEST_MESSAGES) {
            let receipts: Vec<_> = ids
                .iter()
                .map(|id| {
                    self.receipts
                        .get(*id)
                        .cloned()
                        .flatten()
                        .unwrap_or_default()
                })
                .collect();
            let fates = self.queue.dead_letters.delete(&receipts).await?;
            for (id, fate) in ids.iter().zip(&fates) {
                let is_done = *fate == Fate::Done;
                if is_done && let Some(receipt) = self.receipts.get_mut(*id) {
                    *receipt = None;
                    self.deleted += 1;
                }
                deleted.push(is_done);
            }
            ensure!(
                !fates.contains(&Fate::NotTaken),
                "SQS did not delete dead letters in {ATTEMPTS} tries"
            );
        }
        Ok(deleted)
    }

    /// Makes every letter that was not deleted visible again, whatever came of the walk, and
    /// hands that on.
    pub async fn end<T>(self, result: Result<T>) -> Result<T> {
        match (result, self.show().await) {
            (Err(error), Err(hidden)) => Err(error.context(format!("{hidden:#}"))),
            (result, shown) => result.and_then(|value| shown.map(|()| value)),
        }
    }

    /// A request that fails does not keep the others from being sent, unless many fail.
    async fn show(self) -> Result<()> {
        let receipts: Vec<_> = self.receipts.values().flatten().cloned().collect();
        let queue = &self.queue.dead_letters;
        let failures = RefCell::new(Vec::new());
        let (done, of) = (Cell::new(0), receipts.len());
        let requests = receipts.chunks(REQUEST_MESSAGES).map(async |receipts| {
            if failures.borrow().len() >= GIVE_UP {
                return receipts.len();
            }
            let shown = queue.show(receipts).await;
            done.set(done.get() + receipts.len());
            let done = done.get();
            (self.progress)(WalkProgress::Shown { done, of });
            match shown {
                // A refused one is not hidden any more, or gone.
                Ok(fates) => fates.iter().filter(|f| **f == Fate::NotTaken).count(),
                Err(error) => {
                    failures.borrow_mut().push(error);
                    receipts.len()
                }
            }
        });
        let still_hidden = stream::iter(requests).buffer_unordered(CONCURRENT_REQUESTS);
        let hidden = still_hidden.fold(0, async |sum, one| sum + one).await;
        if hidden == 0 {
            return Ok(());
        }
        let minutes = HIDDEN.as_secs() / 60;
        let told = counted(hidden, "message");
        let told = format!("{told} still hidden, for up to {minutes} minutes more");
        Err(match failures.into_inner().into_iter().next() {
            Some(error) => anyhow!(error).context(told),
            None => anyhow!(told),
        })
    }
}

impl fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("queue", self.queue)
            .field("seen", &self.seen())
            .finish_non_exhaustive()
    }
}
