//! The limits of requests, each with its source.

use core::ops::RangeInclusive;
use core::time::Duration;

use crate::throttle::Quota;

/// Maximum size of a request body, in bytes. Roster's own: fifty evaluations with the longest ids
/// take half of it. API Gateway accepts 10 MB.
pub const BODY: usize = 64 * 1_024;

/// Maximum size of all header names and values together, in bytes (API Gateway, "Quotas": 10,240).
pub const HEADERS: usize = 10_240;

/// Default number of entities in a page. Roster's own: two `BatchGetItem` requests read what they
/// refer to.
pub const DEFAULT_PAGE: u16 = 100;

/// Maximum number of entities in a page. Roster's own: at 1 KiB each, a page stays below the 6 MB
/// limit of a Lambda response (AWS Lambda, "Quotas").
pub const LONGEST_PAGE: u16 = 1_000;

/// Maximum number of keys that a request reads from the table, including those that a list reads
/// and filters out; each `Query` counts as one more. Roster's own: twice what the longest page of
/// members takes.
pub const KEYS: usize = 4_000;

/// Maximum size of a position in a list, in bytes, including two bytes for its length. Roster's
/// own: three ids of [`ENTITY_ID`](roster_domain::limits::ENTITY_ID) bytes each, a digest, a number
/// and separators. Page tokens are padded to it.
pub const PLACE: usize = 880;

/// How long a page token is valid, in seconds. Roster's own: it is for fetching the next page, not
/// for storing.
pub const TOKEN_LIFETIME: u64 = 60 * 60;

/// Deadline of a request. Roster's own: below the function's timeout of 10 seconds, so that the
/// caller gets a response; API Gateway's integration timeout is 30 (its "Quotas").
pub const REQUEST: Duration = Duration::from_secs(8);

/// Timeout for receiving a request body. Roster's own: the rest of [`REQUEST`] is for processing.
/// API Gateway passes a body on only when it is complete.
pub const BODY_TIME: Duration = Duration::from_secs(4);

/// Rate limit of a user in one execution environment. Roster's own: an environment handles one
/// request at a time, mostly in about ten milliseconds, so a user gets a tenth of its time, and a
/// web page that sends a hundred requests at once is not limited.
pub const USER: Quota = Quota {
    units: 100,
    window: Duration::from_secs(10),
};

/// Rate limit of a service in one execution environment. Roster's own: a service acts for many
/// users, and leaves half of the environment's time to others.
pub const SERVICE: Quota = Quota {
    units: 500,
    window: Duration::from_secs(10),
};

/// Rate limit of requests without a valid token from one address in one execution environment.
/// Roster's own: verifying a signature takes well below a millisecond, so a flood gets one
/// hundredth of the environment's time. If an address sends `n` invalid tokens a second, a new
/// valid token from it is accepted once in `n` / 10 attempts.
pub const FAILURES: Quota = Quota {
    units: 100,
    window: Duration::from_secs(10),
};

/// Maximum number of callers that an execution environment keeps a bucket for. Roster's own: it
/// cannot serve that many different callers within two windows, after which any bucket is full
/// again, so an evicted bucket is full, which is the same as having none. The fullest bucket is
/// evicted first, so an attacker would have to drain that many other buckets to reset its own.
/// About 700 KiB.
pub const CALLERS: usize = 4_096;

/// Maximum number of addresses that an execution environment keeps a bucket for. The fullest one is
/// evicted first. Roster's own: about 700 KiB.
pub const ADDRESSES: usize = 4_096;

/// Number of recent valid tokens that an execution environment remembers. Roster's own: about 700
/// KiB.
pub const KNOWN_TOKENS: usize = 4_096;

/// Tolerated clock skew of the issuer, in seconds. Roster's own.
pub const LEEWAY: u64 = 60;

/// Maximum size of a token, in bytes. Roster's own: [`HEADERS`] leaves no room for more.
pub const TOKEN: usize = 8_192;

/// Allowed values for the maximum lifetime of a token, in seconds. Roster's own: less than a minute
/// would be less than [`LEEWAY`], and tokens, which cannot be revoked, should not last more than 30
/// days.
pub const TOKEN_LIVES: RangeInclusive<u64> = 60..=30 * 24 * 60 * 60;

/// Age at which the issuer's keys are fetched again, in seconds. Roster's own: while the issuer can
/// be reached, a withdrawn key stops working after this time.
pub const KEYS_AGE: u64 = 60 * 60;

/// Age at which the issuer's keys are no longer used, in seconds; from then on requests with a
/// token return 503 until the keys can be fetched. Roster's own: a withdrawn key stops working
/// after this time even if the issuer cannot be reached.
pub const KEYS_MAX_AGE: u64 = 2 * 60 * 60;

/// Seconds between two attempts to fetch keys that are older than [`KEYS_AGE`]. Roster's own: one
/// request in this time waits for an issuer that does not respond.
pub const KEYS_PAUSE: u64 = 30;

/// Seconds between two attempts to fetch keys while there are no usable ones. Roster's own: more
/// than [`KEYS_TIMEOUT`], so that not every request waits for it.
pub const NO_KEYS_PAUSE: u64 = 5;

/// Seconds between two attempts to fetch keys for a token with an unknown key. Roster's own.
pub const UNKNOWN_KEY_PAUSE: u64 = 5;

/// Burst of fetches for unknown keys, with only that pause between them. Roster's own.
pub const UNKNOWN_KEY_FETCHES: u64 = 5;

/// Seconds after which one more of these fetches is allowed. Roster's own: unauthenticated clients
/// must not control how often the function calls the issuer.
pub const UNKNOWN_KEY_REFILL: u64 = 30;

/// Maximum number of keys with the same id and algorithm that are tried for a token. Roster's own.
pub const KEYS_OF_ONE_ID: usize = 4;

/// Allowed sizes of an RSA key, in bits. The minimum is 2,048 (RFC 7518, 3.3); the maximum is
/// Roster's own, since longer keys take longer to verify with.
pub const RSA_BITS: RangeInclusive<usize> = 2_048..=8_192;

/// Timeout for fetching keys. Roster's own.
pub const KEYS_TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum size of a set of keys, in bytes. Roster's own: about a hundred keys.
pub const KEYS_SIZE: usize = 128 * 1_024;
