//! What Lambda calls, and the only place that reads the wall clock.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::SqsBatchResponse;
use lambda_runtime::{Context, LambdaEvent};
use roster_domain::EventTime;
use roster_queue::Queue;
use roster_table::Table;
use serde_json::Value;
use tokio::time::Instant;

use crate::dead_letter::DeadLetterSender;
use crate::decode::Batch;
use crate::delivery::Delivery;
use crate::report::{MissingMessageId, Report};
use crate::{backoff, batch, metrics};

/// How long before its deadline an invocation stops writing the table and turns to what
/// failed. Roster's own: enough for a try of a request to a queue that stalls.
pub const TIME_TO_REPORT: Duration = Duration::from_secs(5);

/// How long before its deadline an invocation answers at the latest. Roster's own: answering
/// takes milliseconds, and a pause of the sandbox should fit as well.
const TIME_TO_ANSWER: Duration = Duration::from_secs(1);

/// The time an invocation takes at most if its deadline had passed before it began. Lambda
/// invokes nothing that late, but `cargo lambda watch` 1.9 states a deadline in 1970.
const TIME_WITHOUT_DEADLINE: Duration = Duration::from_secs(30);

/// The consumer of a table.
#[derive(Debug, Clone)]
pub struct Consumer {
    table: Table,
    source: Option<Queue>,
    dead_letters: Option<DeadLetterSender>,
}

impl Consumer {
    /// A consumer that writes to that table. It reports every failure to whoever invokes it,
    /// and a failed message comes back when its queue says so.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            source: None,
            dead_letters: None,
        }
    }

    /// Makes messages that failed come back to their queue after a growing delay.
    #[must_use]
    pub fn with_source(mut self, source: Queue) -> Self {
        self.source = Some(source);
        self
    }

    /// Sends messages that failed for good to a dead-letter queue, instead of reporting them.
    /// `lambda_version` is the version that Lambda calls this function; each letter says it.
    #[must_use]
    pub fn with_dead_letters(mut self, queue: Queue, lambda_version: &str) -> Self {
        self.dead_letters = Some(DeadLetterSender::new(queue, lambda_version));
        self
    }

    /// Handles a batch and answers which of its items have to come back.
    ///
    /// # Errors
    ///
    /// If such an item has no message id it cannot be reported; then all items are, by
    /// failing the invocation, so that none is lost.
    pub async fn handle(
        &self,
        event: LambdaEvent<Batch>,
    ) -> Result<SqsBatchResponse, MissingMessageId> {
        let LambdaEvent { payload, context } = event;
        let report = self.consume(payload, deadline(&context)).await;
        report.log();
        let function = &context.env_config.function_name;
        print(&metrics::line(&report, function, &context.request_id));
        report.response()
    }

    /// Handles a batch and says what became of each message. What has not been written
    /// [`TIME_TO_REPORT`] before the deadline is not tried any more and fails.
    pub async fn consume(&self, batch: impl Into<Batch>, deadline: Instant) -> Report {
        let received = now();
        let before = |duration| deadline.checked_sub(duration).unwrap_or(deadline);
        let usage = self.table.usage();
        let records = batch.into().records.into_iter();
        let mut messages: Vec<_> = records.map(|r| Delivery::read(r, received)).collect();
        batch::settle(&mut messages, before(TIME_TO_REPORT), &self.table).await;
        if let Some(dead_letters) = &self.dead_letters {
            dead_letters
                .send(&mut messages, before(TIME_TO_ANSWER))
                .await;
        }
        if let Some(queue) = &self.source {
            backoff::postpone(queue, &messages, before(TIME_TO_ANSWER)).await;
        }
        Report {
            messages,
            usage: self.table.usage() - usage,
            finished: now(),
        }
    }
}

/// A metric line is one of standard output.
fn print(line: &Value) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        tracing::warn!(%error, "the metrics of a batch are lost");
    }
}

fn deadline(context: &Context) -> Instant {
    let left = context.deadline().duration_since(SystemTime::now());
    Instant::now() + left.unwrap_or(TIME_WITHOUT_DEADLINE)
}

fn now() -> EventTime {
    EventTime::UNIX_EPOCH.saturating_add(
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_counts_and_one_that_had_passed_before_does_not() {
        let mut context = Context::default();
        let left = |context: &Context| deadline(context) - Instant::now();
        assert!(left(&context) > TIME_WITHOUT_DEADLINE / 2);
        let soon = SystemTime::now() + Duration::from_secs(5);
        let since_1970 = soon.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        context.deadline = u64::try_from(since_1970.as_millis()).unwrap();
        assert!(left(&context) <= Duration::from_secs(5));
    }
}
