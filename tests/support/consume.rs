//! A consumer in its own process, which takes batches from a queue until a test kills it.

use std::env;

use consumer::Consumer;
use roster_emulator::dynamodb::{self, HISTORY_TABLE_NAME, TABLE_NAME};
use roster_emulator::event_source::EventSource;
use roster_emulator::sqs;
use roster_history::HistoryTable;
use roster_queue::{Queue, QueueClient};
use roster_stack::event_source::EventSourceMapping;
use roster_table::Table;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |n| {
        env::args()
            .nth(n)
            .ok_or("expected DYNAMODB SQS QUEUE DEAD-LETTERS")
    };
    let config = dynamodb::config(argument(1)?.parse()?);
    let table = Table::new(config.clone(), TABLE_NAME);
    let history = HistoryTable::new(config, HISTORY_TABLE_NAME);
    let client = QueueClient::new(sqs::config(argument(2)?.parse()?));
    let queue = Queue::new(client.clone(), argument(3)?);
    let dead_letters = Queue::new(client, argument(4)?);
    let mapping = EventSourceMapping {
        consumer: Consumer::new(table, history)
            .with_source(queue.clone())
            .with_dead_letters(dead_letters, "killed"),
        source: EventSource { queue, batch: 10 },
    };
    loop {
        mapping.poll(|_| {}).await?;
    }
}
