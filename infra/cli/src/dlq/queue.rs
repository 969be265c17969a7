//! Finding the dead-letter queue of a queue.

use anyhow::{Result, bail};
use roster_queue::{Queue, QueueClient};

/// A queue of events and where its dead letters are.
#[derive(Debug, Clone)]
pub struct DeadLetterQueue {
    /// The queue that events are sent to.
    pub events: Queue,
    /// The queue that holds the dead letters.
    pub dead_letters: Queue,
}

impl DeadLetterQueue {
    /// The dead-letter queue of the queue of that URL or name, as the queue's redrive policy
    /// names it.
    pub async fn of(client: QueueClient, queue: &str) -> Result<Self> {
        let events = Queue::find(client, queue).await?;
        let Some(dead_letters) = events.dead_letter_queue().await? else {
            bail!(
                "the queue {queue} has no dead-letter queue; name the queue that events are sent \
                 to, whose redrive policy names the other"
            );
        };
        Ok(Self {
            events,
            dead_letters,
        })
    }
}
