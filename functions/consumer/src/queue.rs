//! What both queues need: a client, and the limits of a request.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::BatchResultErrorEntry;
use roster_table::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT};

/// Most messages in one request (SQS API reference).
pub const REQUEST_MESSAGES: usize = 10;

/// Requests to a queue at the same time. Roster's own: most batches need one or two.
pub const CONCURRENT_REQUESTS: usize = 8;

/// A client for the queues that is made when it is needed first. Most batches need none, and
/// making one takes time and memory at the start.
#[derive(Debug, Clone)]
pub struct QueueClient(Arc<LazyLock<Client, Make>>);

type Make = Box<dyn FnOnce() -> Client + Send>;

impl QueueClient {
    /// One with the settings of [`queue_client`].
    pub fn lazy(config: impl Into<Builder>) -> Self {
        let config = config.into();
        let make: Make = Box::new(|| queue_client(config));
        Self(Arc::new(LazyLock::new(make)))
    }
}

impl From<Client> for QueueClient {
    fn from(client: Client) -> Self {
        let make: Make = Box::new(|| client);
        Self(Arc::new(LazyLock::new(make)))
    }
}

impl Deref for QueueClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

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
