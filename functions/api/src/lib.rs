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
mod cors;
mod document;
mod edge;
mod etag;
mod fetch;
mod filter;
pub mod gateway;
mod ids;
mod json;
mod jwks;
mod keys;
pub mod limits;
#[cfg(test)]
mod mint;
mod page;
mod path;
mod peer;
mod problem;
mod public_url;
mod query;
mod refresh;
mod request;
mod routes;
mod seal;
mod team;
mod throttle;
mod token;
mod view;
mod viewer;

pub use api::Api;
pub use config::{Config, InvalidSettings, PageTokenKey};
pub use cors::{Cors, InvalidOrigin};
pub use fetch::InvalidAddress;
pub use jwks::Jwks;
pub use peer::Peer;
pub use problem::Kind;
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use routes::{openapi, router};
pub use seal::{NoRandomness, Sealer};
pub use throttle::{Limits, Quota};
pub use token::{ALGORITHMS, SCOPE, Tokens};
