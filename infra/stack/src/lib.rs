//! The functions that run on AWS, on the emulator: a loop that does what Lambda's event source
//! does for the consumer, and an HTTP server with an issuer of tokens for the API.

pub mod event_source;
pub mod http_api;
pub mod issuer;
pub mod race;
pub mod serve;
mod stack;

pub use stack::{Options, Stack};
