//! What Lambda calls, and the only place that reads the wall clock.

use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Context, LambdaEvent};
use roster_domain::EventTime;
use roster_table::Table;
use tokio::time::Instant;

use crate::report::{MissingMessageId, Report};
use crate::{batch, record};

/// How long before its deadline an invocation stops writing and reports the rest. Roster's
/// own: answering takes milliseconds, and a pause of the sandbox should fit as well.
pub const TIME_TO_REPORT: Duration = Duration::from_secs(1);

/// The time an invocation takes at most if its deadline had passed before it began. Lambda
/// invokes nothing that late, but `cargo lambda watch` 1.9 states a deadline in 1970.
const TIME_WITHOUT_DEADLINE: Duration = Duration::from_secs(30);

/// The consumer of a table.
#[derive(Debug, Clone)]
pub struct Consumer {
    table: Table,
}

impl Consumer {
    /// A consumer that writes to that table.
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Handles a batch and answers which of its items failed.
    ///
    /// # Errors
    ///
    /// If a failed item has no message id it cannot be reported; then all items are, by
    /// failing the invocation, so that none is lost.
    pub async fn handle(
        &self,
        event: LambdaEvent<SqsEvent>,
    ) -> Result<SqsBatchResponse, MissingMessageId> {
        let deadline = deadline(&event.context);
        let report = self.consume(event.payload, deadline).await;
        report.log();
        report.response()
    }

    /// Handles a batch and says what became of each message. What has not been written
    /// [`TIME_TO_REPORT`] before the deadline is not tried any more and fails.
    pub async fn consume(&self, event: SqsEvent, deadline: Instant) -> Report {
        let received = now();
        let read = event.records.iter().map(|r| record::read(r, received));
        let stop = deadline.checked_sub(TIME_TO_REPORT).unwrap_or(deadline);
        let results = batch::settle(read.collect(), stop, &self.table).await;
        Report::new(event.records, results)
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
