//! Ctrl-C, SIGTERM and the end of the terminal.

use std::io::Result;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask a process to stop.
pub struct Signals {
    #[cfg(unix)]
    asked: [Signal; 2],
    #[cfg(unix)]
    hangup: Option<Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Catches Ctrl-C and SIGTERM from now on. The end of the terminal stays with the system, so that
    /// `nohup` works.
    pub fn listen() -> Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self {
            asked: [interrupt, terminate],
            hangup: None,
        })
    }

    /// Catches the end of the terminal as well.
    pub fn with_hangup(self) -> Result<Self> {
        let hangup = Some(signal(SignalKind::hangup())?);
        Ok(Self { hangup, ..self })
    }

    /// Waits for one; false if none can come any more.
    pub async fn next(&mut self) -> bool {
        let [interrupt, terminate] = &mut self.asked;
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let signal = tokio::select! {
            signal = interrupt.recv() => signal,
            signal = terminate.recv() => signal,
            signal = hangup => signal,
        };
        signal.is_some()
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Catches Ctrl-C from now on.
    pub fn listen() -> Result<Self> {
        Ok(Self {})
    }

    /// There is no such signal here.
    pub fn with_hangup(self) -> Result<Self> {
        Ok(self)
    }

    /// Waits for one; false if none can come any more.
    pub async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
