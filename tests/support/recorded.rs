//! The tables, the queue and the consumers of `recording`, and what becomes of a batch.

#![expect(
    clippy::indexing_slicing,
    reason = "a step names a place that its world has"
)]

use std::fmt;

use roster_history::protocol::Recording;

/// After so many receives, a message becomes a dead letter.
const RECEIVES: u8 = 2;

/// A set of events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventSet(pub u8);

/// A message: its event, and how often it was received before.
pub type Message = (usize, u8);

/// The tables, the queue and the consumers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordedWorld {
    /// The events in the history.
    pub history: EventSet,
    /// The events in the directory.
    pub directory: EventSet,
    /// The messages that wait.
    pub queue: Vec<Message>,
    /// The events of deleted messages.
    pub acknowledged: EventSet,
    /// The events of dead letters.
    pub dead: EventSet,
    /// The batch of each consumer that has one.
    pub works: Vec<Option<Work>>,
    /// Requests that their senders no longer wait for. Each may still arrive at any time.
    pub strays: Vec<Stray>,
    /// The number of faults that may still happen.
    pub faults: u8,
}

/// The batch of a consumer, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Work {
    /// Its messages.
    pub batch: Vec<Message>,
    /// None once every event has a result.
    pub recording: Option<Recording<()>>,
    /// The events to apply: those in the history.
    pub recorded: EventSet,
    /// The events whose entities were written, successfully or not.
    pub tried: EventSet,
    /// The events that the consumer takes for applied.
    pub applied: EventSet,
}

/// A request that nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stray {
    /// Into the history.
    Insert(EventSet),
    /// Into the directory.
    Apply(EventSet),
}

/// A possible step. Numbers are indexes into the lists of [`RecordedWorld`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingStep {
    /// A consumer receives those messages of the queue whose bits are set.
    Receive(usize, u32),
    /// A request reaches the history, and its answer the sender.
    Insert(usize),
    /// The same, but the statement of that number fails.
    StatementFails(usize, usize),
    /// The same, but the statement of that number conflicts with a transaction.
    StatementConflicts(usize, usize),
    /// A request to either table fails without effect.
    RequestFails(usize),
    /// A request to either table has no answer, and may still arrive.
    NoReply(usize),
    /// The events of an entity are applied.
    Apply(usize),
    /// The consumer answers: what it takes for applied is acknowledged, the rest comes back.
    Answer(usize),
    /// The consumer is lost before its next request.
    Crash(usize),
    /// The consumer is lost, and its next request may still arrive.
    CrashInFlight(usize),
    /// A request that nobody waits for arrives.
    Arrive(usize),
}

impl RecordedWorld {
    /// Acknowledges what a consumer takes for applied, and gives the rest back.
    pub fn answer(&mut self, at: usize) {
        let Some(work) = self.works[at].take() else {
            return;
        };
        for message in work.batch {
            if work.applied.contains(message.0) {
                self.acknowledged = self.acknowledged.with(EventSet::of(message.0));
            } else {
                self.give_back(message);
            }
        }
    }

    /// A consumer ends, and its messages come back.
    pub fn lose(&mut self, at: usize) {
        let work = self.works[at].take();
        let batch = work.map(|work| work.batch).unwrap_or_default();
        batch
            .into_iter()
            .for_each(|message| self.give_back(message));
    }

    /// A message comes back, or becomes a dead letter.
    pub fn give_back(&mut self, (event, receives): Message) {
        if receives + 1 < RECEIVES {
            self.queue.push((event, receives + 1));
        } else {
            self.dead = self.dead.with(EventSet::of(event));
        }
    }

    /// Whether no message is left.
    pub fn is_over(&self) -> bool {
        self.queue.is_empty() && self.works.iter().all(Option::is_none)
    }
}

/// Two events each have one entity.
pub const fn entity(event: usize) -> usize {
    event / 2
}

impl EventSet {
    /// One event.
    pub fn of(event: usize) -> Self {
        Self(1 << event)
    }

    /// The events of messages.
    pub fn of_batch(batch: &[Message]) -> Self {
        let events = batch.iter().map(|(event, _)| Self::of(*event));
        events.fold(Self::default(), Self::with)
    }

    /// The union of both sets.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The events that are not in the other set.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set has the event.
    pub fn contains(self, event: usize) -> bool {
        self.0 & 1 << event != 0
    }

    /// Whether the other set has all of them.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

impl fmt::Debug for EventSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = (0..8).filter(|event| self.contains(*event));
        f.debug_set().entries(events).finish()
    }
}
