//! The limits of SQS, and Roster's own limits.

/// Maximum number of entries in a batch request, and of messages received by one (SQS API
/// reference).
pub const REQUEST_MESSAGES: usize = 10;

/// Maximum size of a request with several messages, in bytes. SQS had this limit until 2025, and
/// emulators still have it; now SQS accepts four times as much. A larger message is sent in a
/// request of its own.
pub const REQUEST_BYTES: usize = 256 << 10;

/// Maximum size of a message, in bytes (SQS Developer Guide, message quotas).
pub const MOST_BYTES: usize = 1 << 20;

/// Maximum number of attributes of a message (SQS Developer Guide, "Amazon SQS message metadata").
pub const MAX_ATTRIBUTES: usize = 10;

/// Maximum number of in-flight messages of a queue (SQS Developer Guide, quotas of standard
/// queues).
pub const MOST_IN_FLIGHT: usize = 120_000;

/// Maximum number of concurrent requests to a queue. Roster's own: most batches need one or two.
pub const CONCURRENT_REQUESTS: usize = 8;
