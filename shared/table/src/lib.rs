//! The DynamoDB table: its keys, its item format, and how events are folded into it and read.
//!
//! After [`Table::apply`] has returned `Ok`, the item of the entity contains at least those
//! events. Any order of arrival, repetition, concurrency or crash leads to the same item, except
//! for its revision. No other crate inspects SDK errors of DynamoDB. This crate does not create
//! tables and never scans.

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
pub use read::{
    Cursor, ForeignCursor, LISTS_AT_ONCE, List, NameList, NamePlace, Names, Page, Part, Reader,
    Slice,
};
pub use roster_item::{Key, Record, UnreadableItem, attribute};
pub use sdk::{Item, SdkItem, record, value_of};
pub use usage::{Meter, Usage};

/// Connection timeout. Roster's own: connecting within a region takes milliseconds.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long one try of a request may take before the SDK tries again. Roster's own: the SDK
/// has no limit, and a stalled connection would use up the whole invocation.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The name of the index, which finds a relationship from its other end.
pub const INDEX: &str = "GSI1";

/// The name of the index of all users and all organizations by name. It holds keys only, so a write
/// that does not change the name does not write to it.
pub const NAMES_INDEX: &str = "GSI2";

/// A table and the client to reach it.
#[derive(Debug, Clone)]
pub struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
    meter: Meter,
}

impl Table {
    /// Creates a table of this name, reached with the SDK settings in `config`.
    pub fn new(
        config: impl Into<aws_sdk_dynamodb::config::Builder>,
        name: impl Into<String>,
    ) -> Self {
        let meter = Meter::default();
        Self {
            client: client(config, &meter),
            name: name.into(),
            meter,
        }
    }

    /// What this table and its clones have sent so far.
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }
}

/// Creates a client with the timeouts of every client of Roster, which `meter` counts.
pub fn client(
    config: impl Into<aws_sdk_dynamodb::config::Builder>,
    meter: &Meter,
) -> aws_sdk_dynamodb::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT);
    let config = config
        .into()
        .timeout_config(timeouts.build())
        // It applies to streamed bodies. These are in memory, and each attempt has a timeout.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .interceptor(meter.clone());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}
