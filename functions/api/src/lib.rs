//! The directory over HTTP: who belongs where, and who may do what.
//!
//! It promises that nobody is told of what they may not see, or that it exists; that a page says
//! whether it is complete and current; and that an error says what to do and nothing of what is
//! inside. It reads the table and never writes it.

mod api;
mod authzen;
mod body;
mod caller;
mod claims;
mod clock;
mod config;
mod cursor;
mod etag;
mod fetch;
mod ids;
mod jwks;
mod keys;
pub mod limits;
#[cfg(test)]
mod mint;
mod page;
mod problem;
mod query;
mod refresh;
mod request;
mod routes;
mod sight;
mod token;
mod unique;
mod view;

pub use api::Api;
pub use config::{Config, InvalidSettings, MissingSettings};
pub use fetch::InvalidAddress;
pub use jwks::Jwks;
pub use problem::Kind;
pub use routes::{openapi, router};
pub use token::{ALGORITHMS, SCOPE, Tokens};
