//! A file of events through the queue and the consumer into a table, and what became of each.

mod dead_letters;
mod ledger;
mod send;

use std::sync::Arc;

use anyhow::Result;
use roster_queue::Queue;
use serde::Serialize;
use tokio::task::JoinSet;

pub use ledger::{DeadLetter, OutcomeCounts};
pub use send::stamp;

use crate::directory::Directory;
use crate::input::Lines;
use ledger::Ledger;
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::Stack;
use roster_stack::event_source::EventSourceMapping;

/// How a file is delivered.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryOptions {
    /// Send the lines in a random order made from this seed.
    pub shuffle: Option<u64>,
    /// Most messages in a batch.
    pub batch: usize,
    /// How many consumers poll at the same time.
    pub consumers: usize,
}

/// What became of a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ingested {
    /// How many lines had each outcome.
    pub outcomes: OutcomeCounts,
    /// The contents of the table afterwards.
    #[serde(flatten)]
    pub directory: Directory,
    /// The messages that ended in the dead-letter queue, by line.
    pub dead_letters: Vec<DeadLetter>,
}

/// Delivers every line to a new stack and waits until each has its outcome. `progress` is called with
/// how many lines have one.
///
/// Memory grows by 17 bytes a line, and by what is returned.
pub async fn ingest(
    stack: &Stack,
    lines: Lines,
    options: DeliveryOptions,
    progress: impl Fn(u64) + Send + Sync + 'static,
) -> Result<Ingested> {
    let ledger = Arc::new(Ledger::new(lines.count(), progress));
    let mut tasks = JoinSet::new();
    tasks.spawn(send::send(
        Queue::new(stack.sqs.client(), &stack.queues.events),
        lines,
        options.shuffle,
        Arc::clone(&ledger),
    ));
    tasks.spawn(dead_letters::collect(
        Queue::new(stack.sqs.client(), &stack.queues.dead_letters),
        Arc::clone(&ledger),
    ));
    for _ in 0..options.consumers {
        let source = stack.event_source_mapping(options.batch);
        tasks.spawn(consume(source, Arc::clone(&ledger)));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let directory = Directory::scan(&stack.dynamodb.client(), TABLE_NAME).await?;
    let (outcomes, dead_letters) = ledger.close()?;
    Ok(Ingested {
        outcomes,
        directory,
        dead_letters,
    })
}

async fn consume(source: EventSourceMapping, ledger: Arc<Ledger>) -> Result<()> {
    loop {
        tokio::select! {
            biased;
            () = ledger.complete() => return Ok(()),
            handled = source.poll(|report| ledger.record(report)) => {
                handled?;
            }
        }
    }
}
