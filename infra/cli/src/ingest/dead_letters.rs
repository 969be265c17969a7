//! Empties the dead-letter queue into the ledger.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use roster_queue::Queue;
use roster_queue::limits::REQUEST_MESSAGES;

use super::ledger::Ledger;

/// How long a request waits for a first message.
const WAIT: Duration = Duration::from_secs(1);

/// Takes messages out of the dead-letter queue until every line has its outcome.
pub async fn collect(queue: Queue, ledger: Arc<Ledger>) -> Result<()> {
    loop {
        tokio::select! {
            biased;
            () = ledger.complete() => return Ok(()),
            taken = take(&queue, &ledger) => taken?,
        }
    }
}

async fn take(queue: &Queue, ledger: &Ledger) -> Result<()> {
    let messages = queue.receive(REQUEST_MESSAGES, WAIT, None).await?;
    let mut receipts = Vec::new();
    for message in messages {
        ledger.record_dead(&message);
        receipts.extend(message.receipt_handle);
    }
    // One that is not deleted comes again, and its line has an outcome already.
    queue.delete(&receipts).await?;
    Ok(())
}
