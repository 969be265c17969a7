//! Consumers that race over the wire for the batches of a queue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use consumer::Consumer;
use roster_table::Table;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::records;

/// What became of the messages.
#[derive(Debug, Default)]
pub struct Delivered {
    /// Bodies that were refused for good, in no order.
    pub refused: Vec<String>,
    /// How often a message failed in passing and was delivered again.
    pub again: usize,
}

/// Delivers every body in batches to that many consumers at the same time, each with a client
/// of its own, until each has succeeded or was refused for good.
pub async fn deliver(
    bodies: Vec<String>,
    batch: usize,
    consumers: usize,
    table: impl Fn() -> Table,
) -> Delivered {
    let queue = Arc::new(Mutex::new(VecDeque::from(bodies)));
    let mut running = JoinSet::new();
    for _ in 0..consumers {
        let consumer = Consumer::new(table());
        running.spawn(consume(consumer, Arc::clone(&queue), batch));
    }
    let mut delivered = Delivered::default();
    while let Some(ended) = running.join_next().await {
        let one = ended.unwrap();
        delivered.refused.extend(one.refused);
        delivered.again += one.again;
    }
    delivered
}

async fn consume(
    consumer: Consumer,
    queue: Arc<Mutex<VecDeque<String>>>,
    batch: usize,
) -> Delivered {
    let mut delivered = Delivered::default();
    loop {
        let bodies: Vec<String> = {
            let mut queue = queue.lock().unwrap();
            let most = batch.min(queue.len());
            queue.drain(..most).collect()
        };
        if bodies.is_empty() {
            return delivered;
        }
        let event = records::bodies(bodies.clone());
        let deadline = Instant::now() + Duration::from_secs(600);
        let report = consumer.consume(event, deadline).await;
        for (body, message) in bodies.into_iter().zip(&report.messages) {
            match &message.result {
                Ok(_) => {}
                Err(failure) if failure.is_permanent() => delivered.refused.push(body),
                Err(_) => {
                    delivered.again += 1;
                    queue.lock().unwrap().push_back(body);
                }
            }
        }
    }
}
