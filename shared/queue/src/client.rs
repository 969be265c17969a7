//! The SQS client.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;

/// Timeout for connecting. Roster's own: within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Timeout for one attempt of a request, including long polling, after which the SDK retries.
/// Roster's own: the SDK has no timeout, and a stalled connection would use up the whole
/// invocation.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// An SQS client that is created on first use. Most batches do not need it, and creating it takes
/// time and memory at a cold start.
#[derive(Debug, Clone)]
pub struct QueueClient(Arc<LazyLock<Client, Make>>);

type Make = Box<dyn FnOnce() -> Client + Send>;

impl QueueClient {
    /// Returns a client with the SDK settings in `config`, plus timeouts.
    pub fn new(config: impl Into<Builder>) -> Self {
        let config = config.into();
        Self::made_by(Box::new(|| {
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT);
            Client::from_conf(config.timeout_config(timeouts.build()).build())
        }))
    }

    fn made_by(make: Make) -> Self {
        Self(Arc::new(LazyLock::new(make)))
    }
}

impl From<Client> for QueueClient {
    /// Wraps an existing client without changing its timeouts.
    fn from(client: Client) -> Self {
        Self::made_by(Box::new(|| client))
    }
}

impl Deref for QueueClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}
