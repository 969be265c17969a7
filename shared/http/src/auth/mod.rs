//! Authenticates the caller, a user or a service, by a signed token.

mod caller;
mod claims;
mod fetch;
mod jwks;
mod keys;
#[cfg(test)]
pub mod mint;
mod refresh;
mod token;

pub use caller::Caller;
pub use fetch::InvalidAddress;
pub use jwks::Jwks;
pub use token::{ALGORITHMS, SCOPE, Tokens};
