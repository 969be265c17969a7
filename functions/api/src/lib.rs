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
mod etag;
mod filter;
mod ids;
mod jwks;
pub mod limits;
mod page;
mod problem;
mod query;
mod request;
mod routes;
mod seal;
mod team;
mod token;
mod view;
mod viewer;

pub use api::Api;
pub use config::{Config, MissingSettings, PageTokenKey};
pub use jwks::{InvalidAddress, Jwks};
pub use problem::Kind;
pub use routes::{openapi, router};
pub use seal::{NoRandomness, Sealer};
pub use token::{ALGORITHMS, SCOPE, Tokens};
