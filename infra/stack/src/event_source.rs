//! The event source mapping of the consumer.

use std::time::Duration;

use anyhow::Result;
use consumer::{Consumer, Report};
use roster_emulator::event_source::EventSource;
use tokio::time::Instant;

/// The function's timeout, as in the template.
pub const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum number of messages in a batch, as in the template.
pub const BATCH: usize = 100;

/// An event source and the consumer that it invokes.
#[derive(Debug, Clone)]
pub struct EventSourceMapping {
    /// The event source.
    pub source: EventSource,
    /// The consumer.
    pub consumer: Consumer,
}

impl EventSourceMapping {
    /// Receives one batch, waiting up to a second for the first message, and handles it. `observe`
    /// gets the outcome of the messages before any of them is deleted or retried.
    pub async fn poll(&self, observe: impl FnOnce(&Report)) -> Result<()> {
        let handle = async |event| {
            let deadline = Instant::now() + FUNCTION_TIMEOUT;
            let report = self.consumer.consume(event, deadline).await;
            report.log();
            observe(&report);
            Ok(report.response()?)
        };
        self.source.poll(handle).await
    }
}
