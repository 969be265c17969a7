//! The Lambda function: reads its settings, builds its clients once and runs.

use std::env;
use std::panic;

use aws_config::BehaviorVersion;
use consumer::{Config, Consumer};
use lambda_runtime::{Error, service_fn};
use mimalloc::MiMalloc;
use roster_history::HistoryTable;
use roster_queue::{Queue, QueueClient};
use roster_table::Table;

/// A batch allocates and frees many small texts, for which this is faster than the system's
/// allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    panic::set_hook(Box::new(log_place_of_panic));
    let config = Config::read(|name| env::var(name).ok())?;
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let history = HistoryTable::new(&aws, config.history_table_name);
    let mut consumer = Consumer::new(Table::new(&aws, config.table_name), history);
    let queues = QueueClient::new(&aws);
    if let Some(url) = config.queue_url {
        consumer = consumer.with_source(Queue::new(queues.clone(), url));
    }
    if let Some(url) = config.dead_letter_queue_url {
        let version = env::var("AWS_LAMBDA_FUNCTION_VERSION").unwrap_or_default();
        consumer = consumer.with_dead_letters(Queue::new(queues, url), &version);
    }
    let handle = async |event| consumer.handle(event).await.map_err(Error::from);
    lambda_runtime::run(service_fn(handle)).await
}

/// The message of a panic may contain part of an event, so only its location is logged.
fn log_place_of_panic(panic: &panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}
