//! Stopping gracefully.

use anyhow::{Context, Result};

use crate::commands::{exit, output};
use crate::dlq::Stop;

/// Ctrl-C, SIGTERM and the end of the terminal stop the command gracefully, so that hidden messages
/// become visible again. A second one does not wait for that.
pub fn stop_on_signals() -> Result<Stop> {
    let stop = Stop::default();
    let asked = stop.clone();
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    tokio::spawn(async move {
        while signals.next().await {
            if asked.is_asked() {
                std::process::exit(exit::INTERRUPTED);
            }
            asked.ask();
            output::note("stopping: making dead letters visible again");
        }
    });
    Ok(stop)
}

struct Signals {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ];
        Ok(Self { signals })
    }

    /// Waits for one; false if none can come any more.
    async fn next(&mut self) -> bool {
        let [interrupt, terminate, hangup] = &mut self.signals;
        let signal = tokio::select! {
            signal = interrupt.recv() => signal,
            signal = terminate.recv() => signal,
            signal = hangup.recv() => signal,
        };
        signal.is_some()
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
