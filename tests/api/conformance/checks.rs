//! Counts checks, and collects failures until all checks are done.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;

/// How many of the failures a failing test prints.
const SHOWN: usize = 20;

/// The checks made so far.
#[derive(Debug, Default)]
pub struct Checks {
    made: Cell<usize>,
    failed: RefCell<Vec<String>>,
}

impl Checks {
    /// Checks a condition.
    pub fn holds(&self, holds: bool, what: impl FnOnce() -> String) {
        self.made.set(self.made.get() + 1);
        if !holds {
            self.failed.borrow_mut().push(what());
        }
    }

    /// Checks that a value is as expected.
    pub fn equal<T: PartialEq + Debug>(
        &self,
        found: &T,
        expected: &T,
        what: impl FnOnce() -> String,
    ) {
        self.holds(found == expected, || {
            format!("{}\n  found {found:?}\n  expected {expected:?}", what())
        });
    }

    /// Prints the number of checks, and fails unless all passed.
    #[expect(
        clippy::print_stdout,
        reason = "how many there were is what a reader asks"
    )]
    pub fn finish(&self, name: &str) {
        let (made, failed) = (self.made.get(), self.failed.borrow());
        println!("{name}: {} of {made} checks hold", made - failed.len());
        let shown = failed.iter().take(SHOWN).cloned().collect::<Vec<_>>();
        assert!(
            failed.is_empty(),
            "{name}: {} of {made} checks fail:\n{}",
            failed.len(),
            shown.join("\n")
        );
    }
}
