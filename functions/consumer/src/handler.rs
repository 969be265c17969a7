//! What Lambda calls, and the only place that reads the wall clock.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Context, LambdaEvent};
use roster_domain::EventTime;
use roster_table::Table;
use serde_json::Value;
use tokio::time::Instant;

use crate::backoff::SourceQueue;
use crate::dead_letter::{DeadLetter, DeadLetterQueue};
use crate::report::{MissingMessageId, Report, Settled};
use crate::{batch, metrics, record};

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
    source: Option<SourceQueue>,
    dead_letters: Option<DeadLetterQueue>,
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
    pub fn with_source(mut self, source: SourceQueue) -> Self {
        self.source = Some(source);
        self
    }

    /// Sends messages that failed for good to a dead-letter queue, instead of reporting them.
    #[must_use]
    pub fn with_dead_letters(mut self, dead_letters: DeadLetterQueue) -> Self {
        self.dead_letters = Some(dead_letters);
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
        event: LambdaEvent<SqsEvent>,
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
    pub async fn consume(&self, event: SqsEvent, deadline: Instant) -> Report {
        let received = now();
        let before = |duration| deadline.checked_sub(duration).unwrap_or(deadline);
        let usage = self.table.usage();
        let records = event.records;
        let read: Vec<_> = records.iter().map(|r| record::read(r, received)).collect();
        let results = batch::settle(&read, before(TIME_TO_REPORT), &self.table).await;
        let settled = records.iter().zip(read).zip(results);
        let settled = settled.map(|((record, read), result)| Settled {
            message_id: record.message_id.clone().filter(|id| !id.is_empty()),
            event: read.map_err(|_| record::claimed_id(record)),
            result,
            dead_letter: None,
        });
        let mut messages: Vec<_> = settled.collect();
        let answer = before(TIME_TO_ANSWER);
        self.bury(&records, &mut messages, received, answer).await;
        self.postpone(&records, &messages, answer).await;
        Report {
            messages,
            usage: self.table.usage() - usage,
            finished: now(),
        }
    }

    /// Sends what failed for good to the dead-letter queue, if there is one.
    async fn bury(
        &self,
        records: &[SqsMessage],
        messages: &mut [Settled],
        received: EventTime,
        stop: Instant,
    ) {
        let Some(queue) = &self.dead_letters else {
            return;
        };
        let letters = records.iter().zip(&*messages);
        let letters: Vec<_> = letters
            .filter_map(|(record, message)| {
                Some(DeadLetter {
                    record,
                    received,
                    failure: message.failed_for_good()?,
                })
            })
            .collect();
        let sent = queue.send(&letters, stop).await;
        let buried = messages.iter_mut();
        let buried = buried.filter(|message| message.failed_for_good().is_some());
        for (message, id) in buried.zip(sent) {
            message.dead_letter = id;
        }
    }

    /// Makes what has to come back do so after a while, if the queue is known.
    async fn postpone(&self, records: &[SqsMessage], messages: &[Settled], stop: Instant) {
        let Some(queue) = &self.source else {
            return;
        };
        let retried = records.iter().zip(messages);
        let retried: Vec<_> = retried
            .filter(|(_, message)| message.retried().is_some())
            .map(|(record, _)| record)
            .collect();
        queue.postpone(&retried, stop).await;
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
