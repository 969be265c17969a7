//! DynamoDB- and SQS-compatible servers in this process, for the tests and for the local stack.
//!
//! They listen on loopback only. The requests and their meaning are those of AWS; speed and scale
//! are not. This crate knows no function, so that a test of a shared crate can use it without
//! building one.

pub mod dynamodb;
pub mod sqs;
