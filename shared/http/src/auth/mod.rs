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
mod trusted;

pub use caller::Caller;
pub use fetch::InvalidAddress;
pub use token::{ALGORITHMS, Tokens};
pub use trusted::{SCOPE, TrustedIssuer};
