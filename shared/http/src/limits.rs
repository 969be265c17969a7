//! The limits of requests, each with its source.

use core::ops::RangeInclusive;
use core::time::Duration;

use crate::throttle::Quota;

/// Largest body of a request, in bytes. Roster's own: fifty evaluations with the longest ids are
/// half of it. API Gateway takes 10 MB.
pub const BODY: usize = 64 * 1_024;

/// Most bytes of all headers together, names and values (API Gateway, "Quotas": 10,240).
pub const HEADERS: usize = 10_240;

/// Entities in a page unless the caller asks for fewer or more. Roster's own: what they refer to
/// is read with two `BatchGetItem`.
pub const DEFAULT_PAGE: u16 = 100;

/// Most entities in a page. Roster's own: at 1 KiB each a page stays below the 6 MB that Lambda
/// returns (AWS Lambda, "Quotas").
pub const LONGEST_PAGE: u16 = 1_000;

/// Most keys that a request reads from the table, those included that a list looks at and leaves
/// out; each `Query` counts as one more. Roster's own: twice what the longest page of members
/// takes.
pub const KEYS: usize = 4_000;

/// Longest place in a list, in bytes, with two for its length. Roster's own: three ids at
/// [`ENTITY_ID`](roster_domain::limits::ENTITY_ID) bytes each, a digest, a number and what
/// separates them. Page tokens are padded to it.
pub const PLACE: usize = 880;

/// How long a page token is valid, in seconds. Roster's own: it is for going on, not for keeping.
pub const TOKEN_LIFETIME: u64 = 60 * 60;

/// How long a request may take. Roster's own: below the function's timeout of 10 seconds, so that
/// the caller gets an answer; API Gateway waits for 30 (its "Quotas").
pub const REQUEST: Duration = Duration::from_secs(8);

/// How long the body of a request may take to arrive. Roster's own: it leaves the rest of [`REQUEST`]
/// for the answer. API Gateway hands a body over when it is complete.
pub const BODY_TIME: Duration = Duration::from_secs(4);

/// What a user may ask of one sandbox. Roster's own: a sandbox answers one request after the other,
/// most in some ten milliseconds, so that a user has a tenth of its time, and a page of a user
/// interface that asks for a hundred things at once gets them.
pub const USER: Quota = Quota {
    units: 100,
    window: Duration::from_secs(10),
};

/// What a service may ask of one sandbox. Roster's own: it asks for many users, and leaves half of
/// the sandbox's time to others.
pub const SERVICE: Quota = Quota {
    units: 500,
    window: Duration::from_secs(10),
};

/// Requests without a valid token that one sandbox looks at from one address. Roster's own: to check
/// a signature takes well below a millisecond, so a flood gets one hundredth of the sandbox's time. Who
/// comes with a new token from an address that floods `n` times a second is let in at one of `n` / 10
/// tries.
pub const FAILURES: Quota = Quota {
    units: 100,
    window: Duration::from_secs(10),
};

/// Callers that a sandbox counts for. Roster's own: it cannot answer as many different ones in the
/// two windows after which the bucket of any is full again, so what is forgotten for want of room is a
/// full bucket, which is the same as none. Should it happen, the fullest goes, and whoever
/// emptied its own would have to empty as many others further. Some 700 KiB.
pub const CALLERS: usize = 4_096;

/// Addresses that a sandbox counts failures for; full ones are forgotten first here, too. Roster's
/// own, some 700 KiB.
pub const ADDRESSES: usize = 4_096;

/// Tokens that a sandbox remembers as valid, the last ones. Roster's own, some 700 KiB.
pub const KNOWN_TOKENS: usize = 4_096;

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
