//! The Lambda handler, and the only place that reads the wall clock.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::SqsBatchResponse;
use lambda_runtime::{Context, LambdaEvent};
use roster_domain::EventTime;
use roster_history::HistoryTable;
use roster_queue::Queue;
use roster_table::Table;
use serde_json::Value;
use tokio::time::Instant;

use crate::dead_letter::DeadLetterSender;
use crate::decode::Batch;
use crate::delivery::Delivery;
use crate::report::{MissingMessageId, Report};
use crate::{backoff, batch, history, metrics};

/// How long before its deadline an invocation stops writing to the table and handles the
/// failures. Roster's own: enough for one attempt of a request to a queue that stalls.
pub const TIME_TO_REPORT: Duration = Duration::from_secs(5);

/// How long before its deadline an invocation responds at the latest. Roster's own: responding
/// takes milliseconds, and the time should cover a pause of the sandbox as well.
const TIME_TO_ANSWER: Duration = Duration::from_secs(1);

/// How long an invocation takes at most if its deadline had passed before it began. Lambda
/// invokes nothing that late, but `cargo lambda watch` 1.9 sends a deadline in 1970.
const TIME_WITHOUT_DEADLINE: Duration = Duration::from_secs(30);

/// The consumer that writes to a history and a table.
#[derive(Debug, Clone)]
pub struct Consumer {
    table: Table,
    history: HistoryTable,
    source: Option<Queue>,
    dead_letters: Option<DeadLetterSender>,
}

impl Consumer {
    /// Creates a consumer for this table and this history. It reports every failure to its caller,
    /// and a failed message is retried after its queue's visibility timeout.
    pub fn new(table: Table, history: HistoryTable) -> Self {
        Self {
            table,
            history,
            source: None,
            dead_letters: None,
        }
    }

    /// Retries failed messages of this queue with a growing delay.
    #[must_use]
    pub fn with_source(mut self, source: Queue) -> Self {
        self.source = Some(source);
        self
    }

    /// Sends messages that failed permanently to a dead-letter queue instead of reporting them.
    /// `lambda_version` is Lambda's version of this function, which each dead letter states.
    #[must_use]
    pub fn with_dead_letters(mut self, queue: Queue, lambda_version: &str) -> Self {
        self.dead_letters = Some(DeadLetterSender::new(queue, lambda_version));
        self
    }

    /// Handles a batch and returns the messages to be retried.
    ///
    /// # Errors
    ///
    /// A message to be retried that has no message id cannot be reported. The invocation then
    /// fails, which retries the whole batch, so that no message is lost.
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

    /// Handles a batch and returns the result of each message: events are recorded in the history
    /// and then applied. Those that are not [`TIME_TO_REPORT`] before the deadline fail without
    /// being attempted.
    pub async fn consume(&self, batch: impl Into<Batch>, deadline: Instant) -> Report {
        let received = now();
        let before = |duration| deadline.checked_sub(duration).unwrap_or(deadline);
        let (usage, requests) = (self.table.usage(), self.history.requests());
        let records = batch.into().records.into_iter();
        let mut messages: Vec<_> = records.map(|r| Delivery::read(r, received)).collect();
        let stop = before(TIME_TO_REPORT);
        history::record(&mut messages, received, stop, &self.history).await;
        batch::settle(&mut messages, stop, &self.table).await;
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
            history_requests: self.history.requests() - requests,
            finished: now(),
        }
    }
}

/// Prints a metric line to standard output.
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
    fn a_deadline_is_kept_unless_it_passed_before_the_invocation() {
        let mut context = Context::default();
        let left = |context: &Context| deadline(context) - Instant::now();
        assert!(left(&context) > TIME_WITHOUT_DEADLINE / 2);
        let soon = SystemTime::now() + Duration::from_secs(5);
        let since_1970 = soon.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        context.deadline = u64::try_from(since_1970.as_millis()).unwrap();
        assert!(left(&context) <= Duration::from_secs(5));
    }
}
