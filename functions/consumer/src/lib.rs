//! The consumer: takes a batch of SQS messages, records their events in the history, applies them to
//! the directory table, and returns a partial batch response.
//!
//! A message is left out of the response's failures only if its event is in the table or the
//! message is on the dead-letter queue. A message that fails does not affect any other. Messages
//! may arrive in any order and more than once.

pub mod backoff;
mod batch;
mod circuit;
mod config;
mod dead_letter;
mod decode;
mod delivery;
mod failure;
mod fold;
mod handler;
mod history;
pub mod metrics;
mod record;
mod report;

pub use batch::MAX_CONCURRENT_WRITES;
pub use config::{Config, MissingTableName};
pub use decode::Batch;
pub use delivery::Delivery;
pub use failure::Failure;
pub use handler::{Consumer, TIME_TO_REPORT};
pub use record::{RecordPart, SqsRecord};
pub use report::{MissingMessageId, Report};
