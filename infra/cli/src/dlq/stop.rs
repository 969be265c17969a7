//! Asking a walk to end.

use tokio::sync::watch;

/// Tells a walk to end after the request it is waiting for, so that it can give back what it
/// holds.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Requests it.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was requested.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is requested.
    pub async fn asked(&self) {
        let mut asked = self.0.subscribe();
        // This holds a sender, so the only way out of waiting is the value.
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
