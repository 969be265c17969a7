//! The `roster` command: Roster on one machine, and a look at a stack that is deployed.

pub mod check;
pub mod commands;
pub mod directory;
pub mod dlq;
pub mod ingest;
pub mod input;
pub mod send;
pub mod words;
