//! A consumer in a process of its own, to be killed: takes batches from a queue until then.

use std::env;

use aws_sdk_sqs::Client;
use consumer::Consumer;
use roster::dynamodb::{self, TABLE_NAME};
use roster::event_source::EventSource;
use roster::sqs;
use roster_table::Table;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |n| env::args().nth(n).ok_or("expected DYNAMODB SQS QUEUE");
    let table = Table::new(dynamodb::config(argument(1)?.parse()?), TABLE_NAME);
    let source = EventSource {
        sqs: Client::from_conf(sqs::config(argument(2)?.parse()?).build()),
        queue_url: argument(3)?,
        consumer: Consumer::new(table),
        batch: 10,
    };
    loop {
        source.poll(|_, _| {}).await?;
    }
}
