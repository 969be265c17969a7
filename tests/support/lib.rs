//! What the test targets share: random histories, the reference they are compared with, and
//! the servers they run against.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

pub mod history;
pub mod naive;
pub mod proxy;
pub mod records;
pub mod reference;
