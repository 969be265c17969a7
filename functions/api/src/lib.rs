//! The HTTP API of the directory: who belongs where, and who may do what.
//!
//! It guarantees that callers cannot see, or learn the existence of, entities they have no access
//! to; that every page states whether it is complete and consistent; and that errors tell callers
//! what to do without exposing internals. It reads the table and never writes to it.

mod api;
mod authzen;
mod config;
mod document;
mod filter;
mod former;
pub mod limits;
mod names;
mod page;
mod routes;
mod team;
pub mod view;
mod viewer;

pub use api::Api;
pub use authzen::reason::of as reason;
pub use config::{Config, PageTokenKey};
pub use routes::{openapi, router};
