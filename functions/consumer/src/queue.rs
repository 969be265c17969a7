//! What both queues need: a client, and the limits of a request.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::BatchResultErrorEntry;
use roster_table::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT};

/// Most messages in one request (SQS API reference).
pub const REQUEST_MESSAGES: usize = 10;

/// Requests to a queue at the same time. Roster's own: most batches need one or two.
pub const CONCURRENT_REQUESTS: usize = 8;

/// A client for the queues, with the timeouts of the table's.
pub fn queue_client(config: impl Into<Builder>) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT);
    let config = config.into().timeout_config(timeouts.build());
    Client::from_conf(config.build())
}

/// Logs the entries of a request that SQS refused, each with its code.
pub fn warn_of(failed: &[BatchResultErrorEntry], what: &'static str) {
    for entry in failed {
        tracing::warn!(code = entry.code(), "{what}");
    }
}
