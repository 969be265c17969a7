//! The directory over HTTP: who belongs where, and who may do what.
//!
//! It promises that nobody is told of what they may not see, or that it exists; that a page says
//! whether it is complete and current; and that an error says what to do and nothing of what is
//! inside. It reads the table and never writes it.

mod api;
mod authzen;
mod body;
mod caller;
mod clock;
mod config;
mod cursor;
mod document;
mod etag;
pub mod gateway;
mod ids;
mod jwks;
pub mod limits;
mod page;
mod path;
mod problem;
mod query;
mod request;
mod routes;
mod sight;
mod token;
mod view;

pub use api::Api;
pub use config::{Config, MissingSettings};
pub use jwks::{InvalidAddress, Jwks};
pub use problem::Kind;
pub use routes::{openapi, router};
pub use token::{ALGORITHMS, SCOPE, Tokens};
