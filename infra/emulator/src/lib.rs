//! DynamoDB- and SQS-compatible servers in this process, and what Lambda's event source does.
//!
//! The servers listen on loopback only. The requests and their meaning are those of AWS; speed and
//! scale are not. This crate knows no function: a test of a shared crate uses it without building
//! one.

pub mod dynamodb;
pub mod event_source;
pub mod sqs;
