//! SQS as Roster uses it: a client that connects when it is needed first, the requests of a queue,
//! the limits of SQS, and the attributes of dead letters.
//!
//! [`Queue`] sends, deletes and hides messages in batches, and says of every entry what became of
//! it. It does not know what a message says, nor why one became a dead letter.

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
pub use queue::Queue;
pub use size::message_bytes;
