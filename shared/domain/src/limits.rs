//! All limits on events, each with its source. Sizes are bytes of UTF-8.
//!
//! Together they guarantee that the result of any valid events fits a DynamoDB item (400 KiB), a
//! partition key (2,048 bytes) and a sort key (1,024 bytes), in the table and in its index. The
//! test target `limits` writes the largest of each.

use core::time::Duration;

/// Longest event id. Roster's own: a clock holds the id and is a sort key of the index, so 30 bytes
/// of time, the sequence, 1 of rank, the id, 32 of hash and four separators must stay below 1,024.
pub const EVENT_ID: usize = 512;

/// Longest sequence. Roster's own: the numbers and sortable ids that producers use have at most
/// some dozens of bytes.
pub const SEQUENCE: usize = 128;

/// Longest id of an entity. Roster's own: `USER#<id>` is a sort key, and keys that hold two
/// ids must stay below 1,024 as well.
pub const ENTITY_ID: usize = 256;

/// Longest name. Roster's own: a long line.
pub const NAME: usize = 1_024;

/// Longest form in which a claim is compared. With a prefix it is a partition key of the index, and
/// folding can take three times as many bytes (U+1D160 has 4, its form 12).
pub const CLAIM_FORM: usize = 2_000;

/// Longest first or last name: both, joined by a space, fit a [`NAME`].
pub const PART_OF_NAME: usize = 511;

/// Longest email: 64 for the local part, `@`, 255 for the domain (RFC 5321, 4.5.3.1).
pub const EMAIL: usize = 320;

/// Longest description. Roster's own: a few paragraphs.
pub const DESCRIPTION: usize = 4_096;

/// Most permissions in a role, duplicates included. Roster's own: at [`ENTITY_ID`] bytes each
/// they take a sixth of an item, and reading them takes three requests.
pub const PERMISSIONS: usize = 250;

/// Longest source, actor, correlation id or traceparent of an event. Roster's own: like an id.
pub const ORIGIN: usize = 256;

/// Longest text that a refusal quotes. A longer one is described by its length.
pub const QUOTED: usize = 128;

/// How far the time of an event may be ahead of the time when SQS received it. Roster's own:
/// clocks synchronized by NTP are accurate to well below a second, and an event from the far
/// future would block changes to its entity until that time.
pub const CLOCK_AHEAD: Duration = Duration::from_secs(5 * 60);
