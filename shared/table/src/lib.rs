//! The one DynamoDB table: its keys, its item format, how events are folded into it and how
//! it is read.
//!
//! This crate promises that after [`Table::apply`] has returned `Ok`, the item of an entity
//! holds at least those events, and that any arrival order, repetition, concurrency or crash
//! leads to the same item, but for its revision. It is the only place that knows an attribute
//! name or looks into an SDK error. It does not create tables and it never scans.

mod apply;
mod decide;
mod error;
mod expression;
mod preview;
pub mod protocol;
mod read;
mod sdk;
mod usage;

use std::time::Duration;

use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

pub use apply::{Applied, WRITE_ATTEMPTS};
pub use decide::{Ask, DECISION_KEYS, TeamSide, membership, rounds};
pub use error::{ApplyError, LostRaces, ReadError, ServiceError, ServiceErrorKind, causes};
pub use preview::Preview;
pub use read::{Cursor, ForeignCursor, LISTS_AT_ONCE, List, Page, Part, Reader, Slice};
pub use roster_item::{Key, Record, UnreadableItem, attribute};
pub use sdk::{Item, record};
pub use usage::Usage;

use usage::Meter;

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
    meter: Meter,
}

impl Table {
    /// The table of that name, reached with the SDK's settings in `config`.
    pub fn new(
        config: impl Into<aws_sdk_dynamodb::config::Builder>,
        name: impl Into<String>,
    ) -> Self {
        let meter = Meter::default();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let config = config
            .into()
            .timeout_config(timeouts.build())
            // It watches bodies that are streamed. These are in memory, and each try has a limit.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .interceptor(meter.clone());
        Self {
            client: aws_sdk_dynamodb::Client::from_conf(config.build()),
            name: name.into(),
            meter,
        }
    }

    /// What this table and its clones have sent so far.
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }
}
