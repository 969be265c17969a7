//! The Lambda function: reads its settings, builds its clients once and runs.

use std::env;
use std::panic;

use aws_config::BehaviorVersion;
use consumer::{Config, Consumer};
use lambda_runtime::{Error, service_fn};
use roster_table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    panic::set_hook(Box::new(log_place_of_panic));
    let config = Config::read(|name| env::var(name).ok())?;
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let consumer = Consumer::new(Table::new(&aws, config.table_name));
    let handle = async |event| consumer.handle(event).await.map_err(Error::from);
    lambda_runtime::run(service_fn(handle)).await
}

/// A panic's message may hold part of an event, so only its place is logged.
fn log_place_of_panic(panic: &panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}
