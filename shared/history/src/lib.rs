//! The history: every valid event that was ever accepted, one item for each.
//!
//! An event is accepted once it is in the history, and it is applied to the directory only after
//! that. The history is a set that only grows: the same event again changes nothing, and the first
//! `recordedAt` stays. This crate does not apply events, does not read the clock and does not create
//! tables.

pub mod attribute;
mod entry;
mod insert;
pub mod protocol;

pub use entry::{Entry, HISTORY_VERSION, attributes, key_of};
pub use insert::{CONCURRENT_REQUESTS, HistoryTable, INSERT_ATTEMPTS, RecordError};
