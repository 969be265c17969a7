//! Runs the functions on the emulator: the consumer behind a replacement for Lambda's event source
//! mapping, and the API behind an HTTP server with a token issuer.

pub mod event_source;
pub mod http_api;
pub mod issuer;
pub mod race;
pub mod serve;
mod stack;

pub use stack::{Options, Stack};
