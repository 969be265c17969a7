//! A request that failed.

use std::error::Error;

/// A request to SQS that was not answered as asked, after the SDK's own retries. Its text and its
/// causes hold no content of a message.
#[derive(Debug, thiserror::Error)]
#[error("cannot {request} the queue {queue}")]
pub struct QueueError {
    request: &'static str,
    queue: String,
    #[source]
    cause: Box<dyn Error + Send + Sync>,
}

impl QueueError {
    pub(crate) fn new(
        request: &'static str,
        queue: impl Into<String>,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            request,
            queue: queue.into(),
            cause: cause.into(),
        }
    }
}
