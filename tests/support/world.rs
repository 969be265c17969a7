//! A queue, a table and their consumers between two steps of a [`RaceModel`](crate::race::RaceModel).

use std::sync::Arc;

use roster_table::protocol::{Stored, Write};

use crate::scenario::MessageSet;

/// The state between two steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The item in the table.
    pub stored: Option<Arc<Stored>>,
    /// Messages that can be received.
    pub waiting: MessageSet,
    /// Messages that were deleted from the queue.
    pub acknowledged: MessageSet,
    /// The state of each consumer.
    pub consumers: Vec<ConsumerState>,
    /// Requests whose senders got no response. Each may still arrive at any time.
    pub strays: Vec<Arc<Write>>,
    /// The number of faults that may still happen.
    pub faults: u8,
}

/// The state of a consumer.
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

    /// Deletes a batch from the queue.
    pub fn acknowledge(&mut self, batch: MessageSet) {
        self.acknowledged = self.acknowledged.with(batch);
        self.waiting = self.waiting.without(batch);
    }

    /// Returns a batch that was not acknowledged in time.
    pub fn return_to_queue(&mut self, batch: MessageSet) {
        self.waiting = self.waiting.with(batch.without(self.acknowledged));
    }
}

impl ConsumerState {
    /// A consumer with this batch whose next write is `write`.
    pub fn next(batch: MessageSet, write: Option<Write>) -> Self {
        match write {
            Some(write) => Self::Sends(batch, Arc::new(write)),
            None => Self::Done(batch),
        }
    }

    /// The messages it received and did not acknowledge.
    pub fn batch(&self) -> MessageSet {
        match self {
            Self::Idle => MessageSet::default(),
            Self::Sends(batch, _) | Self::Done(batch) => *batch,
        }
    }
}
