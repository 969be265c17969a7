//! Embedded DynamoDB- and SQS-compatible servers, and a replacement for Lambda's event source
//! mapping.
//!
//! The servers listen on loopback only. They behave like AWS, but not at its speed and scale. This
//! crate does not depend on any function, so tests of shared crates can use it without building
//! one.

pub mod dynamodb;
pub mod event_source;
pub mod sqs;
