//! The one DynamoDB table: its keys, its item format, how events are folded into it and how
//! it is read.
//!
//! This crate promises that after [`Table::apply`] has returned `Ok`, the item of an entity
//! holds at least those events, and that any arrival order, repetition, concurrency or crash
//! leads to the same item, but for its revision. It is the only place that knows an attribute
//! name or looks into an SDK error. It does not create tables and it never scans.

mod apply;
pub mod attribute;
mod error;
mod expression;
mod item;
mod key;
pub mod protocol;
mod read;

use std::time::Duration;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

pub use apply::{Applied, ApplyError, LostRaces, WRITE_ATTEMPTS};
pub use error::{ServiceError, ServiceErrorKind};
pub use item::{Item, UnreadableItem};
pub use key::Key;
pub use read::{Cursor, Member, Membership, Organization, Page, Place, ReadError, User};

/// How long a connection may take. Roster's own: within a region it takes milliseconds.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long one try of a request may take before the SDK tries again. Roster's own: the SDK
/// has no limit, and a stalled connection would use up the whole invocation.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The name of the index that answers from the other end of a relationship.
pub const INDEX: &str = "GSI1";

/// A table with a client to reach it.
#[derive(Debug, Clone)]
pub struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
}

impl Table {
    /// The table of that name, reached with the SDK's settings in `config`.
    pub fn new(
        config: impl Into<aws_sdk_dynamodb::config::Builder>,
        name: impl Into<String>,
    ) -> Self {
        let config = config.into().timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        );
        Self {
            client: aws_sdk_dynamodb::Client::from_conf(config.build()),
            name: name.into(),
        }
    }
}
