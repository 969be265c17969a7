//! A queue, a table and their consumers between two steps of a [`RaceModel`](crate::race::RaceModel).

use std::sync::Arc;

use roster_table::protocol::{Stored, Write};

use crate::scenario::MessageSet;

/// Where everything is between two steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// What the table holds.
    pub stored: Option<Arc<Stored>>,
    /// Messages that can be received.
    pub waiting: MessageSet,
    /// Messages that are gone from the queue.
    pub acknowledged: MessageSet,
    /// What each consumer is doing.
    pub consumers: Vec<ConsumerState>,
    /// Requests whose senders heard nothing. Each may still arrive at any time.
    pub strays: Vec<Arc<Write>>,
    /// How many faults may still happen.
    pub faults: u8,
}

/// What a consumer is doing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConsumerState {
    /// It waits for messages.
    Idle,
    /// It is about to send this write for its batch.
    Sends(MessageSet, Arc<Write>),
    /// It has nothing left to write and is about to acknowledge its batch.
    Done(MessageSet),
}

impl World {
    /// The item.
    pub fn item(&self) -> Option<&Stored> {
        self.stored.as_deref()
    }

    /// The consumers that are about to send, each with its batch and write.
    pub fn sends(&self) -> impl Iterator<Item = (MessageSet, &Arc<Write>)> {
        self.consumers.iter().filter_map(|consumer| match consumer {
            ConsumerState::Sends(batch, write) => Some((*batch, write)),
            ConsumerState::Idle | ConsumerState::Done(_) => None,
        })
    }

    /// A batch is gone from the queue.
    pub fn acknowledge(&mut self, batch: MessageSet) {
        self.acknowledged = self.acknowledged.with(batch);
        self.waiting = self.waiting.without(batch);
    }

    /// A batch was not acknowledged in time.
    pub fn return_to_queue(&mut self, batch: MessageSet) {
        self.waiting = self.waiting.with(batch.without(self.acknowledged));
    }
}

impl ConsumerState {
    /// A consumer with that batch whose next write is this one.
    pub fn next(batch: MessageSet, write: Option<Write>) -> Self {
        match write {
            Some(write) => Self::Sends(batch, Arc::new(write)),
            None => Self::Done(batch),
        }
    }

    /// What it has received and not acknowledged.
    pub fn batch(&self) -> MessageSet {
        match self {
            Self::Idle => MessageSet::default(),
            Self::Sends(batch, _) | Self::Done(batch) => *batch,
        }
    }
}
