//! The cached keys of a token issuer, which are fetched by the rules of [`crate::auth::refresh`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use jsonwebtoken::Algorithm;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::auth::fetch::FetchError;
use crate::auth::keys::VerificationKey;
use crate::auth::refresh::Refresh;
use crate::limits;

type Fetch = dyn Fn() -> BoxFuture<'static, Result<Vec<VerificationKey>, FetchError>> + Send + Sync;

/// The cached keys of an issuer.
pub struct Jwks {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    fetch: Box<Fetch>,
    state: Mutex<CachedKeys>,
}

#[derive(Default)]
struct CachedKeys {
    keys: Vec<VerificationKey>,
    refresh: Refresh,
    /// Closes when the fetch in progress ends.
    fetching: Option<watch::Receiver<()>>,
}

/// There are no usable keys, so no token can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKeys;

impl std::fmt::Debug for Jwks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwks").finish_non_exhaustive()
    }
}

impl Jwks {
    /// Returns the keys of an issuer that a closure fetches when they are first needed. The log names
    /// the issuer.
    pub fn fetched_by(
        issuer: &str,
        fetch: impl Fn() -> BoxFuture<'static, Result<Vec<VerificationKey>, FetchError>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                issuer: issuer.to_owned(),
                fetch: Box::new(fetch),
                state: Mutex::default(),
            }),
        }
    }

    /// Returns the keys with an id and for an algorithm: none if the issuer has no such key, and up
    /// to [`limits::KEYS_OF_ONE_ID`] if the issuer uses the id for several. `now` is in seconds
    /// since 1970.
    ///
    /// It waits for a fetch only if it has no such key yet, or if it starts the fetch itself.
    pub async fn named(
        &self,
        id: &str,
        algorithm: Algorithm,
        now: u64,
    ) -> Result<Vec<VerificationKey>, NoKeys> {
        if let Some(mut fetching) = self.shared.to_wait_for(id, algorithm, now) {
            // Nothing is ever sent: the channel closes, which is an error.
            fetching.changed().await.ok();
        }
        self.shared.state().named(id, algorithm, now)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, CachedKeys> {
        // A panic cannot leave the state half updated.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the fetch to wait for, if any, and starts one if it is due.
    fn to_wait_for(
        self: &Arc<Self>,
        id: &str,
        algorithm: Algorithm,
        now: u64,
    ) -> Option<watch::Receiver<()>> {
        let mut state = self.state();
        let found = state.named(id, algorithm, now);
        let has_key = found.is_ok_and(|keys| !keys.is_empty());
        if let Some(fetching) = state.fetching() {
            return (!has_key).then_some(fetching);
        }
        if !state.refresh.begins(has_key, now) {
            return None;
        }
        let (running, fetching) = watch::channel(());
        let shared = Arc::clone(self);
        // A separate task, so that a caller that disconnects does not cancel it.
        tokio::spawn(async move {
            shared.fetch(now).await;
            drop(running);
        });
        state.fetching = Some(fetching.clone());
        Some(fetching)
    }

    async fn fetch(&self, now: u64) {
        let issuer = self.issuer.as_str();
        match timeout(limits::KEYS_TIMEOUT, (self.fetch)()).await {
            Ok(Ok(keys)) => {
                tracing::info!(issuer, keys = keys.len(), "fetched the issuer's keys");
                let mut state = self.state();
                state.keys = keys;
                state.refresh.succeeded(now);
            }
            Ok(Err(error)) => tracing::warn!(issuer, error, "cannot fetch the issuer's keys"),
            Err(_) => tracing::warn!(issuer, "timed out fetching the issuer's keys"),
        }
    }
}

impl CachedKeys {
    fn named(
        &self,
        id: &str,
        algorithm: Algorithm,
        now: u64,
    ) -> Result<Vec<VerificationKey>, NoKeys> {
        if !self.refresh.usable(now) {
            return Err(NoKeys);
        }
        let named = self.keys.iter().filter(|key| key.is(id, algorithm));
        Ok(named.take(limits::KEYS_OF_ONE_ID).cloned().collect())
    }

    /// Returns the fetch in progress.
    fn fetching(&self) -> Option<watch::Receiver<()>> {
        let fetching = self.fetching.as_ref();
        let under_way = fetching.filter(|fetching| fetching.has_changed().is_ok());
        under_way.cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use futures::FutureExt;
    use tokio::sync::Notify;

    use super::*;
    use crate::auth::mint::SigningKey;
    use crate::limits::{
        KEYS_AGE, KEYS_MAX_AGE, KEYS_PAUSE, NO_KEYS_PAUSE, UNKNOWN_KEY_FETCHES, UNKNOWN_KEY_PAUSE,
        UNKNOWN_KEY_REFILL,
    };

    const START: u64 = 1_800_000_000;

    const ALGORITHM: Algorithm = Algorithm::ES256;

    /// An issuer that counts requests.
    #[derive(Default)]
    struct FakeIssuer {
        keys: Mutex<Vec<VerificationKey>>,
        fails: AtomicBool,
        hangs: AtomicBool,
        goes_on: Notify,
        asked: AtomicUsize,
    }

    impl FakeIssuer {
        /// Returns an issuer with a key named `old`, and its cache.
        fn new() -> (Arc<Self>, Jwks) {
            let issuer = Arc::new(Self::default());
            issuer.publish("old");
            let asked = Arc::clone(&issuer);
            let jwks = Jwks::fetched_by("i", move || Box::pin(Arc::clone(&asked).answer()));
            (issuer, jwks)
        }

        fn publish(&self, id: &str) {
            let key = VerificationKey::read(&SigningKey::ec().jwk(id)).unwrap();
            self.keys.lock().unwrap().push(key);
        }

        async fn answer(self: Arc<Self>) -> Result<Vec<VerificationKey>, FetchError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.hangs.load(Ordering::Relaxed) {
                self.goes_on.notified().await;
            }
            if self.fails.load(Ordering::Relaxed) {
                return Err("no".into());
            }
            Ok(self.keys.lock().unwrap().clone())
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    /// Returns the number of keys with an id.
    async fn count(jwks: &Jwks, id: &str, now: u64) -> Result<usize, NoKeys> {
        let keys = jwks.named(id, ALGORITHM, now).await;
        keys.map(|keys| keys.len())
    }

    #[tokio::test]
    async fn keys_are_fetched_once_until_they_are_stale() {
        let (issuer, jwks) = FakeIssuer::new();
        for now in START..START + KEYS_AGE {
            assert_eq!(count(&jwks, "old", now).await, Ok(1));
        }
        assert_eq!(issuer.asked(), 1);
        assert_eq!(count(&jwks, "old", START + KEYS_AGE).await, Ok(1));
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test]
    async fn a_withdrawn_key_is_dropped_with_the_next_refresh() {
        let (issuer, jwks) = FakeIssuer::new();
        assert_eq!(count(&jwks, "old", START).await, Ok(1));
        issuer.keys.lock().unwrap().clear();
        assert_eq!(count(&jwks, "old", START + KEYS_AGE).await, Ok(0));
    }

    #[tokio::test]
    async fn no_key_is_used_past_its_maximum_age_while_the_issuer_is_unreachable() {
        let (issuer, jwks) = FakeIssuer::new();
        assert_eq!(count(&jwks, "old", START).await, Ok(1));
        issuer.fails.store(true, Ordering::Relaxed);
        let last = START + KEYS_MAX_AGE - 1;
        assert_eq!(count(&jwks, "old", last).await, Ok(1));
        for later in [last + 1, last + KEYS_PAUSE, START + 30 * 24 * 3_600] {
            assert_eq!(count(&jwks, "old", later).await, Err(NoKeys));
        }
        issuer.fails.store(false, Ordering::Relaxed);
        let later = START + 30 * 24 * 3_600 + NO_KEYS_PAUSE;
        assert_eq!(count(&jwks, "old", later).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn with_stale_keys_one_request_per_pause_waits_for_an_issuer_that_hangs() {
        let (issuer, jwks) = FakeIssuer::new();
        assert_eq!(count(&jwks, "old", START).await, Ok(1));
        issuer.hangs.store(true, Ordering::Relaxed);
        let began = tokio::time::Instant::now();
        let old = START + KEYS_AGE;
        for now in old..old + 2 * KEYS_PAUSE {
            assert_eq!(count(&jwks, "old", now).await, Ok(1));
        }
        assert_eq!(issuer.asked(), 3);
        assert_eq!(began.elapsed(), 2 * limits::KEYS_TIMEOUT);
    }

    #[tokio::test]
    async fn only_requests_with_an_unknown_key_wait_for_a_fetch_in_progress() {
        let (issuer, jwks) = FakeIssuer::new();
        assert_eq!(count(&jwks, "old", START).await, Ok(1));
        issuer.hangs.store(true, Ordering::Relaxed);
        issuer.publish("new");
        let now = START + UNKNOWN_KEY_PAUSE;
        let (first, second) = (count(&jwks, "new", now), count(&jwks, "new", now));
        futures::pin_mut!(first, second);
        assert_eq!(first.as_mut().now_or_never(), None);
        assert_eq!(second.as_mut().now_or_never(), None);
        assert_eq!(count(&jwks, "old", now).now_or_never(), Some(Ok(1)));
        issuer.goes_on.notify_one();
        assert_eq!(futures::join!(first, second), (Ok(1), Ok(1)));
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test]
    async fn a_caller_that_disconnects_does_not_cancel_the_fetch() {
        let (issuer, jwks) = FakeIssuer::new();
        issuer.hangs.store(true, Ordering::Relaxed);
        assert_eq!(count(&jwks, "old", START).now_or_never(), None);
        issuer.goes_on.notify_one();
        assert_eq!(count(&jwks, "old", START).await, Ok(1));
        assert_eq!(issuer.asked(), 1);
    }

    #[tokio::test]
    async fn a_fetch_that_panics_counts_as_failed() {
        let jwks = Jwks::fetched_by("i", || {
            Box::pin(async { std::panic::resume_unwind(Box::new(())) })
        });
        for now in [START, START + 1, START + NO_KEYS_PAUSE] {
            assert_eq!(count(&jwks, "old", now).await, Err(NoKeys));
        }
    }

    #[tokio::test]
    async fn without_keys_fetches_are_retried_with_a_pause() {
        let (issuer, jwks) = FakeIssuer::new();
        issuer.fails.store(true, Ordering::Relaxed);
        for now in START..START + 3 * NO_KEYS_PAUSE {
            assert_eq!(count(&jwks, "old", now).await, Err(NoKeys));
        }
        assert_eq!(issuer.asked(), 3);
    }

    #[tokio::test]
    async fn a_key_published_just_after_a_fetch_is_found_within_seconds() {
        let (issuer, jwks) = FakeIssuer::new();
        assert_eq!(count(&jwks, "new", START).await, Ok(0));
        issuer.publish("new");
        let found = START + UNKNOWN_KEY_PAUSE;
        assert_eq!(count(&jwks, "new", found - 1).await, Ok(0));
        assert_eq!(count(&jwks, "new", found).await, Ok(1));
        assert_eq!(issuer.asked(), 2);
    }

    /// An attacker sends an unknown key ten times a second for an hour. Every minute and a half a
    /// key is published, and its owner sends two requests a second.
    #[tokio::test]
    async fn a_flood_of_unknown_keys_neither_exceeds_the_fetch_budget_nor_delays_a_new_key() {
        let (issuer, jwks) = FakeIssuer::new();
        let mut published = 0;
        for tenth in 0..36_000 {
            let now = START + tenth / 10;
            assert_eq!(count(&jwks, "stranger", now).await, Ok(0));
            if tenth % 901 == 0 {
                issuer.publish(&format!("new {tenth}"));
                published = tenth;
            }
            let found =
                tenth % 5 == 0 && count(&jwks, &format!("new {published}"), now).await == Ok(1);
            let waited = (tenth - published) / 10;
            assert!(
                found || tenth % 5 != 0 || waited <= UNKNOWN_KEY_REFILL,
                "{waited}"
            );
        }
        let asked = u64::try_from(issuer.asked()).unwrap();
        let most = 1 + UNKNOWN_KEY_FETCHES + 3_600 / UNKNOWN_KEY_REFILL;
        assert!(asked <= most, "{asked} of {most}");
        assert!(
            asked >= most - 2,
            "{asked} of {most}: the budget is not used up"
        );
    }

    #[tokio::test]
    async fn several_keys_may_share_an_id_up_to_a_limit() {
        let (issuer, jwks) = FakeIssuer::new();
        for _ in 0..limits::KEYS_OF_ONE_ID {
            issuer.publish("old");
        }
        assert_eq!(count(&jwks, "old", START).await, Ok(limits::KEYS_OF_ONE_ID));
        let other = jwks.named("old", Algorithm::RS256, START).await;
        assert_eq!(other.unwrap().len(), 0, "they are for another algorithm");
    }
}
