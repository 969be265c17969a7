//! SQS as Roster uses it: a client that is created on first use, the requests to a queue, the
//! limits of SQS and the attributes of dead letters.
//!
//! [`Queue`] sends and deletes messages and changes their visibility in batches, and returns a
//! result for each entry. It does not interpret messages or dead letters.

mod attribute;
mod batch;
mod client;
mod error;
pub mod limits;
mod queue;
mod size;

pub use attribute::{
    ERROR_CODE, ERROR_MESSAGE, ERROR_PATH, FUNCTION_VERSION, REASON_ATTRIBUTES, RETIRED_ATTRIBUTES,
    is_reason_attribute,
};
pub use batch::{ATTEMPTS, Batcher, Fate, requests};
pub use client::QueueClient;
pub use error::QueueError;
pub use queue::{MessageCounts, Queue};
pub use size::message_bytes;
