//! Roster on one machine: DynamoDB- and SQS-compatible servers in this process, and a loop
//! that does what Lambda's event source does, around the consumer that runs on AWS.
//!
//! Everything listens on loopback only. What is embedded here stands in for AWS in speed and
//! scale in no way; the requests and their meaning are the same.

pub mod check;
pub mod commands;
pub mod directory;
pub mod dlq;
pub mod dynamodb;
pub mod event_source;
pub mod http_api;
pub mod ingest;
pub mod issuer;
pub mod race;
pub mod serve;
pub mod sqs;
pub mod stack;
