//! The headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{Quota, Throttle};
use crate::auth::Caller;

/// The header with the rate limit and its window.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The header with the remaining units.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The name of the policy.
const NAME: &str = "caller";

/// Passes the caller from its extractor to the middleware that adds the headers.
#[derive(Debug, Clone, Default)]
pub struct IdentifiedCaller(Arc<OnceLock<Caller>>);

/// The remaining quota of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The whole quota.
    pub quota: Quota,
    /// The remaining units.
    pub left: u32,
    /// The time for which these units have to last.
    pub resets_in: Duration,
}

impl IdentifiedCaller {
    /// Stores the authenticated caller.
    pub fn is(&self, caller: &Caller) {
        self.0.get_or_init(|| caller.clone());
    }
}

impl Throttle {
    /// Adds the rate limit headers to the response to a caller.
    pub fn tell(&self, asker: &IdentifiedCaller, headers: &mut HeaderMap, now: Duration) {
        if let Some(caller) = asker.0.get() {
            let standing = self.standing(caller, now);
            headers.insert(POLICY, standing.policy());
            headers.insert(LIMIT, standing.limit());
        }
    }
}

impl Standing {
    fn policy(&self) -> HeaderValue {
        let Quota { units, window } = self.quota;
        item(&[("q", units.into()), ("w", whole_seconds(window))])
    }

    fn limit(&self) -> HeaderValue {
        let resets_in = whole_seconds(self.resets_in);
        item(&[("r", self.left.into()), ("t", resets_in)])
    }
}

/// Formats a structured field with one item (RFC 9651): a string with numeric parameters.
fn item(parameters: &[(&str, u64)]) -> HeaderValue {
    let parameters = parameters.iter();
    let parameters: String = parameters
        .map(|(name, value)| format!(";{name}={value}"))
        .collect();
    let text = format!("\"{NAME}\"{parameters}");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Rounds up to whole seconds, so that a client does not retry too early.
pub fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_have_the_syntax_of_the_draft() {
        let standing = Standing {
            quota: Quota {
                units: 100,
                window: Duration::from_secs(10),
            },
            left: 42,
            resets_in: Duration::from_millis(2_001),
        };
        assert_eq!(standing.policy(), r#""caller";q=100;w=10"#);
        assert_eq!(standing.limit(), r#""caller";r=42;t=3"#);
    }
}
