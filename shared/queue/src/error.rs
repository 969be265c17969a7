//! The error of a failed request.

use std::error::Error;

/// A request to SQS that failed after the SDK's retries. The error and its sources contain nothing
/// from a message.
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
