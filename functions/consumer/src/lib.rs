//! The consumer: a batch of SQS messages in, the directory table up to date, a partial batch
//! response out.
//!
//! It promises that a message is left out of the response's failures only if its event is in
//! the table, and that a message which fails takes no other one with it. Messages may come in
//! any order and more than once.

mod batch;
mod config;
mod fold;
mod handler;
mod record;
mod report;

pub use batch::MAX_CONCURRENT_WRITES;
pub use config::{Config, MissingSettings};
pub use handler::{Consumer, TIME_TO_REPORT};
pub use report::{Failure, MissingMessageId, Report, Settled};
