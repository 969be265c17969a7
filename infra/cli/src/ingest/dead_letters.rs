//! Empties the dead-letter queue into the ledger.

use std::sync::Arc;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;

use super::ledger::Ledger;
use roster_stack::event_source::REQUEST_MESSAGES;

/// Takes messages out of the dead-letter queue until every line has its outcome.
pub async fn collect(client: Client, queue_url: String, ledger: Arc<Ledger>) -> Result<()> {
    loop {
        tokio::select! {
            biased;
            () = ledger.complete() => return Ok(()),
            taken = take(&client, &queue_url, &ledger) => taken?,
        }
    }
}

async fn take(client: &Client, queue_url: &str, ledger: &Ledger) -> Result<()> {
    let output = client
        .receive_message()
        .queue_url(queue_url)
        .max_number_of_messages(i32::try_from(REQUEST_MESSAGES)?)
        .wait_time_seconds(1)
        .message_attribute_names("All")
        .send()
        .await
        .context("cannot receive dead letters")?;
    for message in output.messages() {
        ledger.record_dead(message);
        client
            .delete_message()
            .queue_url(queue_url)
            .set_receipt_handle(message.receipt_handle.clone())
            .send()
            .await
            .context("cannot delete a dead letter")?;
    }
    Ok(())
}
