//! The one DynamoDB table: its keys, its item format, how events are folded into it and how
//! it is read.
//!
//! This crate promises that after [`Table::apply`] has returned `Ok`, the item of an entity
//! holds at least those events, and that any arrival order, repetition, concurrency or crash
//! leads to the same item, but for its revision. It is the only place that knows an attribute
//! name or looks into an SDK error. It does not create tables and it never scans.

mod access;
mod apply;
pub mod attribute;
mod cursor;
mod error;
mod evidence;
mod expression;
mod item;
mod key;
mod list;
mod load;
mod preview;
pub mod protocol;
mod reader;
mod record;
mod usage;

use std::time::Duration;

use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

pub use access::DECISION_KEYS;
pub use apply::{Applied, ApplyError, LostRaces, WRITE_ATTEMPTS};
pub use cursor::{Cursor, ForeignCursor};
pub use error::{ServiceError, ServiceErrorKind, causes};
pub use evidence::{Ask, TeamSide, membership, rounds};
pub use item::{Item, UnreadableItem};
pub use key::Key;
pub use list::{List, Page, Part, Slice};
pub use load::ReadError;
pub use preview::Preview;
pub use reader::{LISTS_AT_ONCE, Reader};
pub use record::Record;
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
