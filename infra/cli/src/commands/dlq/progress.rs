//! Showing how far a walk through the dead letters is.

use std::cell::Cell;

use indicatif::ProgressBar;

use super::letters;
use crate::commands::output;
use crate::dlq::{HIDDEN, WalkProgress};

/// After how many letters a line is written where there is no terminal for a bar. Roster's own: the
/// most that SQS hides are twelve lines.
const LINE_EVERY: usize = 10_000;

/// A bar on a terminal; elsewhere a line for every 10,000 letters.
pub struct Progress {
    bar: ProgressBar,
    told: Cell<usize>,
}

impl Progress {
    pub fn new() -> Self {
        let bar = output::bar("{bar:30} {human_pos}/{human_len} {msg}");
        let told = Cell::new(0);
        Self { bar, told }
    }

    /// Shows what the walk has just done.
    pub fn show(&self, progress: WalkProgress) {
        match progress {
            WalkProgress::Begun(counts) => {
                self.bar.set_length(counts.visible);
                if counts.hidden > 0 {
                    self.bar.suspend(|| output::note(&warning(counts.hidden)));
                }
            }
            WalkProgress::Received(count) => {
                let most = self.bar.length().unwrap_or_default().max(count as u64);
                self.bar.set_length(most);
                self.set(count, "received");
            }
            WalkProgress::Sent(count) => self.set(count, "sent"),
            WalkProgress::Shown { done, of } => {
                self.bar.set_length(of as u64);
                self.set(done, "made visible again");
            }
        }
    }

    fn set(&self, count: usize, what: &'static str) {
        self.bar.set_message(what);
        self.bar.set_position(count as u64);
        if self.bar.is_hidden() && self.is_due(count) {
            output::note(&format!("{} {what}", letters(count)));
        }
    }

    /// Whether another 10,000 letters are done. What counts anew begins anew.
    fn is_due(&self, count: usize) -> bool {
        let steps = count / LINE_EVERY;
        self.told.replace(steps) < steps
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Two readers do no harm to each other, but neither sees everything.
fn warning(hidden: u64) -> String {
    format!(
        "warning: another reader holds {}, which this command cannot see; a `roster dlq` that was \
         killed holds what it saw for up to {} minutes",
        about(hidden),
        HIDDEN.as_secs() / 60
    )
}

/// "about 1 dead letter", since the counts of SQS lag.
pub fn about(hidden: u64) -> String {
    format!("about {}", letters(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_after_each_ten_thousand_letters() {
        let progress = Progress::new();
        let due = |counts: &[usize]| {
            let due = counts.iter().filter(|count| progress.is_due(**count));
            due.copied().collect::<Vec<_>>()
        };
        let received: Vec<_> = (0..35_000).step_by(7).collect();
        assert_eq!(due(&received), [10_003, 20_006, 30_002]);
        let shown: Vec<_> = (10..=20_000).step_by(10).collect();
        assert_eq!(due(&shown), [10_000, 20_000]);
    }
}
