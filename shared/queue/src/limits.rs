//! The limits of SQS, and how far Roster goes within them.

/// Most entries of a batch request, and most messages received by one (SQS API reference).
pub const REQUEST_MESSAGES: usize = 10;

/// Most bytes of a request with several messages. SQS took this much until 2025 and emulators
/// still do; now it takes four times as much. A larger message has a request of its own.
pub const REQUEST_BYTES: usize = 256 << 10;

/// Most attributes of a message (SQS developer guide, "Amazon SQS message metadata").
pub const MAX_ATTRIBUTES: usize = 10;

/// Most messages of a queue that can be hidden at the same time (SQS Developer Guide, quotas of
/// standard queues).
pub const MOST_IN_FLIGHT: usize = 120_000;

/// Requests to a queue at the same time. Roster's own: most batches need one or two.
pub const CONCURRENT_REQUESTS: usize = 8;
