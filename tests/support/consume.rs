//! A consumer in a process of its own, to be killed: takes batches from a queue until then.

use std::env;

use consumer::{Consumer, DeadLetterQueue, SourceQueue, queue_client};
use roster_emulator::dynamodb::{self, TABLE_NAME};
use roster_emulator::sqs;
use roster_stack::event_source::EventSource;
use roster_table::Table;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |n| {
        env::args()
            .nth(n)
            .ok_or("expected DYNAMODB SQS QUEUE DEAD-LETTERS")
    };
    let table = Table::new(dynamodb::config(argument(1)?.parse()?), TABLE_NAME);
    let client = queue_client(sqs::config(argument(2)?.parse()?));
    let queue_url = argument(3)?;
    let dead_letters = DeadLetterQueue::new(client.clone(), argument(4)?, "killed");
    let source = EventSource {
        consumer: Consumer::new(table)
            .with_source(SourceQueue::new(client.clone(), &queue_url))
            .with_dead_letters(dead_letters),
        sqs: client,
        queue_url,
        batch: 10,
    };
    loop {
        source.poll(|_, _| {}).await?;
    }
}
