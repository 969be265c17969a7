//! A queue, a table and their consumers between two steps of a [`Race`](crate::race::Race).

use std::sync::Arc;

use roster_table::protocol::{Stored, Write};

use crate::scenario::Messages;

/// The state between two steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The item in the table.
    pub stored: Option<Arc<Stored>>,
    /// Messages that can be received.
    pub waiting: Messages,
    /// Messages that were deleted from the queue.
    pub acknowledged: Messages,
    /// The state of each consumer.
    pub consumers: Vec<Consumer>,
    /// Requests whose senders got no response. Each may still arrive at any time.
    pub strays: Vec<Arc<Write>>,
    /// The number of faults that may still happen.
    pub faults: u8,
}

/// The state of a consumer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Consumer {
    /// It waits for messages.
    Idle,
    /// It is about to send this write for its batch.
    Sends(Messages, Arc<Write>),
    /// It has nothing left to write and is about to acknowledge its batch.
    Done(Messages),
}

impl World {
    /// The item.
    pub fn item(&self) -> Option<&Stored> {
        self.stored.as_deref()
    }

    /// The consumers that are about to send, each with its batch and write.
    pub fn sends(&self) -> impl Iterator<Item = (Messages, &Arc<Write>)> {
        self.consumers.iter().filter_map(|consumer| match consumer {
            Consumer::Sends(batch, write) => Some((*batch, write)),
            Consumer::Idle | Consumer::Done(_) => None,
        })
    }

    /// Deletes a batch from the queue.
    pub fn acknowledge(&mut self, batch: Messages) {
        self.acknowledged = self.acknowledged.with(batch);
        self.waiting = self.waiting.without(batch);
    }

    /// Returns a batch that was not acknowledged in time.
    pub fn return_to_queue(&mut self, batch: Messages) {
        self.waiting = self.waiting.with(batch.without(self.acknowledged));
    }
}

impl Consumer {
    /// A consumer with this batch whose next write is `write`.
    pub fn next(batch: Messages, write: Option<Write>) -> Self {
        match write {
            Some(write) => Self::Sends(batch, Arc::new(write)),
            None => Self::Done(batch),
        }
    }

    /// The messages it received and did not acknowledge.
    pub fn batch(&self) -> Messages {
        match self {
            Self::Idle => Messages::default(),
            Self::Sends(batch, _) | Self::Done(batch) => *batch,
        }
    }
}
