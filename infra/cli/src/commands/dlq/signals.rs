//! Stopping gracefully.

use anyhow::{Context, Result};

use crate::commands::signals::Signals;
use crate::commands::{exit, output};
use crate::dlq::Stop;

/// Ctrl-C, SIGTERM and the end of the terminal stop the command gracefully, so that hidden messages
/// become visible again. A second one does not wait for that.
pub fn stop_on_signals() -> Result<Stop> {
    let stop = Stop::default();
    let asked = stop.clone();
    let signals = Signals::listen().and_then(Signals::with_hangup);
    let mut signals = signals.context("cannot listen for signals")?;
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
