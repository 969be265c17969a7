//! Asking on the terminal.

use std::io::{self, Write};
use std::thread;

use anyhow::{Result, bail};
use tokio::sync::oneshot;

use super::Context;
use crate::commands::output;

/// Asks a question, whose answer is no unless it is yes. A thread of its own reads the answer, so
/// that Ctrl-C can end the process without one.
pub async fn is_confirmed(context: &Context, question: &str) -> Result<bool> {
    let mut out = io::stderr();
    write!(out, "{} [y/N] ", output::printable(question))?;
    out.flush()?;
    let (sender, answer) = oneshot::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).map(|_| line);
        // Nobody waits any more after Ctrl-C.
        sender.send(read).ok();
    });
    tokio::select! {
        () = context.stop.asked() => bail!("interrupted"),
        answer = answer => {
            let answer = answer??;
            Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
        }
    }
}
