//! A client for queues.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;

/// How long a connection may take. Roster's own: within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long one try of a request may take before the SDK tries again, a wait for a message
/// included. Roster's own: the SDK has no limit, and a stalled connection would use up the whole
/// invocation.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// A client for queues that is made when it is needed first. Most batches need none, and
/// making one takes time and memory at the start.
#[derive(Debug, Clone)]
pub struct QueueClient(Arc<LazyLock<Client, Make>>);

type Make = Box<dyn FnOnce() -> Client + Send>;

impl QueueClient {
    /// One with the SDK's settings in `config`, and with limits of time.
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
    /// The client as it is, without limits of time unless it has some.
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
