//! The only file of the API that reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Returns the time since 1970, like the claims of a token. [`std::time::Instant`] may stop while
/// Lambda freezes the execution environment between two requests; this clock does not.
pub fn since_1970() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}
