//! The directory over HTTP: who belongs where, and who may do what.
//!
//! It promises that nobody is told of what they may not see, or that it exists; that a page says
//! whether it is complete and current; and that an error says what to do and nothing of what is
//! inside. It reads the table and never writes it.

mod api;
mod authzen;
mod config;
mod document;
mod filter;
pub mod limits;
mod page;
mod routes;
mod team;
pub mod view;
mod viewer;

pub use api::Api;
pub use config::{Config, PageTokenKey};
pub use routes::{openapi, router};
