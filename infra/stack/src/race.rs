//! Concurrent consumers that compete for messages without a queue.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use consumer::{Consumer, Failure};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::event_source::FUNCTION_TIMEOUT;

/// The maximum number of deliveries of a message that keeps failing with transient errors.
const ATTEMPTS: usize = 100;

/// How to deliver messages.
#[derive(Debug, Clone, Copy)]
pub struct Race {
    /// The maximum number of messages in a batch.
    pub batch: usize,
    /// The number of concurrent consumers, each with its own client.
    pub consumers: usize,
}

/// The permanently rejected messages with their reasons, by message number.
pub type Refused = BTreeMap<usize, Failure>;

impl Race {
    /// Delivers messages in the given order, each until it has succeeded or was permanently
    /// rejected. Numbers may repeat. `message` returns the message with a number, and `done` is
    /// called with the number of newly completed messages. `consumer` creates each consumer.
    pub async fn run(
        self,
        order: Vec<usize>,
        message: impl Fn(usize) -> Result<SqsMessage> + Send + Sync + 'static,
        done: impl Fn(usize) + Send + Sync + 'static,
        consumer: impl Fn() -> Consumer,
    ) -> Result<Refused> {
        let queue = Arc::new(RaceQueue {
            waiting: Mutex::new(order.into_iter().map(|number| (number, 0)).collect()),
            message: Box::new(message),
            done: Box::new(done),
        });
        let mut running = JoinSet::new();
        for _ in 0..self.consumers {
            running.spawn(run(consumer(), Arc::clone(&queue), self.batch));
        }
        let mut refused = Refused::new();
        while let Some(ended) = running.join_next().await {
            refused.extend(ended??);
        }
        Ok(refused)
    }
}

/// The messages that wait for a consumer, and what all consumers share.
struct RaceQueue {
    /// Numbers of messages, and how often each was delivered before.
    waiting: Mutex<VecDeque<(usize, usize)>>,
    message: Box<dyn Fn(usize) -> Result<SqsMessage> + Send + Sync>,
    done: Box<dyn Fn(usize) + Send + Sync>,
}

impl RaceQueue {
    fn take(&self, most: usize) -> Vec<(usize, usize)> {
        let mut waiting = self.lock();
        let count = most.min(waiting.len());
        waiting.drain(..count).collect()
    }

    fn put_back(&self, number: usize, delivered: usize) {
        self.lock().push_back((number, delivered));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(usize, usize)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(consumer: Consumer, queue: Arc<RaceQueue>, batch: usize) -> Result<Refused> {
    let mut refused = Refused::new();
    loop {
        let taken = queue.take(batch);
        if taken.is_empty() {
            return Ok(refused);
        }
        let mut event = SqsEvent::default();
        for (number, _) in &taken {
            event.records.push((queue.message)(*number)?);
        }
        let report = consumer
            .consume(event, Instant::now() + FUNCTION_TIMEOUT)
            .await;
        let mut through = 0;
        for ((number, delivered), settled) in taken.into_iter().zip(report.messages) {
            match settled.result {
                Ok(_) => through += 1,
                Err(failure) if failure.is_permanent() => {
                    through += 1;
                    refused.insert(number, failure);
                }
                Err(failure) => {
                    ensure!(
                        delivered < ATTEMPTS,
                        "message {number} keeps failing: {failure}"
                    );
                    queue.put_back(number, delivered + 1);
                }
            }
        }
        (queue.done)(through);
    }
}
