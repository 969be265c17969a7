//! Every limit of the API, with its source.

use core::ops::RangeInclusive;
use core::time::Duration;

/// Largest body of a request, in bytes. Roster's own: fifty evaluations with the longest ids are
/// half of it. API Gateway takes 10 MB.
pub const BODY: usize = 64 * 1_024;

/// Most bytes of all headers together, names and values (API Gateway, "Quotas": 10,240).
pub const HEADERS: usize = 10_240;

/// Entities in a page unless the caller asks for fewer or more. Roster's own: what they refer to
/// is read with two `BatchGetItem`.
pub const PAGE: u16 = 100;

/// Most entities in a page. Roster's own: at 1 KiB each a page stays below the 6 MB that Lambda
/// returns (AWS Lambda, "Quotas").
pub const LONGEST_PAGE: u16 = 1_000;

/// Most evaluations in a request. Roster's own: each takes up to six requests to the table.
pub const EVALUATIONS: usize = 50;

/// Evaluations of one request that are decided at the same time. Roster's own.
pub const EVALUATIONS_AT_ONCE: usize = 10;

/// Most projects that one request of a search decides on. Roster's own: the teams of each take
/// a `Query`.
pub const PROJECTS_AT_ONCE: u16 = 25;

/// Most keys that one request of a search for the users of a project reads for its candidates:
/// four for each of them and each team of the project. Roster's own.
pub const SEARCH_KEYS: usize = 4_000;

/// Most lists that one request of a search looks into before it answers with what it has. Roster's
/// own.
pub const SEARCH_STEPS: usize = 8;

/// Most permissions that one request looks at to answer what a user may do. Roster's own: 10
/// `BatchGetItem` side by side.
pub const PERMISSIONS: usize = 1_000;

/// How long a request may take. Roster's own: below the function's timeout of 10 seconds, so that
/// the caller gets an answer; API Gateway waits for 30 (its "Quotas").
pub const REQUEST: Duration = Duration::from_secs(8);

/// How far the clock of the issuer may be ahead or behind, in seconds. Roster's own.
pub const LEEWAY: u64 = 60;

/// Longest token, in bytes. Roster's own: [`HEADERS`] leaves no room for more.
pub const TOKEN: usize = 8_192;

/// Seconds that may be set as the longest life of a token. Roster's own: less than a minute is no more
/// than [`LEEWAY`], and nobody can revoke what lives for more than 30 days.
pub const TOKEN_LIVES: RangeInclusive<u64> = 60..=30 * 24 * 60 * 60;

/// Age of the issuer's keys, in seconds, from which on they are fetched again. Roster's own: while the
/// issuer answers, a key that it withdraws is of no use after this.
pub const KEYS_AGE: u64 = 60 * 60;

/// Age of the issuer's keys, in seconds, from which on they are not used, and tokens are answered with
/// 503 until the issuer answers. Roster's own: a key that the issuer withdraws is of no use after
/// this, even if the issuer cannot be reached.
pub const KEYS_MAX_AGE: u64 = 2 * 60 * 60;

/// Seconds between two tries to fetch keys that are older than [`KEYS_AGE`]. Roster's own: one request
/// in this time waits for an issuer that does not answer.
pub const KEYS_PAUSE: u64 = 30;

/// Seconds between two tries to fetch keys while there are none that may be used. Roster's own: more
/// than [`KEYS_TIMEOUT`], so that not every request waits for it.
pub const NO_KEYS_PAUSE: u64 = 5;

/// Seconds between two tries to fetch keys for a token that names an unknown one. Roster's own.
pub const UNKNOWN_KEY_PAUSE: u64 = 5;

/// Fetches for unknown keys that may follow each other after that pause alone. Roster's own.
pub const UNKNOWN_KEY_FETCHES: u64 = 5;

/// Seconds after which one more of them may follow. Roster's own: what strangers send must not make
/// the function call the issuer at their pace.
pub const UNKNOWN_KEY_REFILL: u64 = 30;

/// Keys of one id and algorithm that are tried on a token. Roster's own.
pub const KEYS_OF_ONE_ID: usize = 4;

/// Sizes of an RSA key, in bits. A token's has at least 2,048 (RFC 7518, 3.3); the upper end is
/// Roster's own, since verifying takes longer the longer the key is.
pub const RSA_BITS: RangeInclusive<usize> = 2_048..=8_192;

/// How long fetching keys may take. Roster's own.
pub const KEYS_TIMEOUT: Duration = Duration::from_secs(3);

/// Largest set of keys, in bytes. Roster's own: about a hundred keys.
pub const KEYS_SIZE: usize = 128 * 1_024;
