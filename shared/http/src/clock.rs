//! The only file of this function that reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since 1970, from which the claims of a token count. [`std::time::Instant`] may stand
/// still while Lambda has the sandbox frozen between two requests; this clock does not.
pub fn since_1970() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}
