//! The headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{Quota, Throttle};
use crate::auth::Caller;

/// What callers may ask and in which time.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is left of it.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The name of the policy.
const NAME: &str = "caller";

/// Where the extractor of [`Caller`] leaves who asks, for the headers of the answer.
#[derive(Debug, Clone, Default)]
pub struct IdentifiedCaller(Arc<OnceLock<Caller>>);

/// What a caller may still ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What it may ask at all.
    pub quota: Quota,
    /// The units that are left.
    pub left: u32,
    /// For how long they are all there is.
    pub resets_in: Duration,
}

impl IdentifiedCaller {
    /// The token of the request speaks for that caller.
    pub fn is(&self, caller: &Caller) {
        self.0.get_or_init(|| caller.clone());
    }
}

impl Throttle {
    /// Tells a caller in the headers of its answer what it may still ask.
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

/// A structured field with one item (RFC 9651): a string with numbers as its parameters.
fn item(parameters: &[(&str, u64)]) -> HeaderValue {
    let parameters = parameters.iter();
    let parameters: String = parameters
        .map(|(name, value)| format!(";{name}={value}"))
        .collect();
    let text = format!("\"{NAME}\"{parameters}");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Seconds, rounded up: a client that waits so long does not come too early.
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
