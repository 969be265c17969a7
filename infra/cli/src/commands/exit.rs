//! What the command exits with.

use std::error::Error;
use std::fmt;

/// The answer is no.
pub const NO: u8 = 1;

/// A wrong call or a failure, as clap exits with after wrong arguments.
pub const FAILED: u8 = 2;

/// See [`NothingFound`].
pub const NOT_FOUND: u8 = 3;

/// What ends a process that a second Ctrl-C or SIGTERM does not let finish, as a shell reports it.
pub const INTERRUPTED: i32 = 130;

/// The exit codes, for the help.
pub const HELP: &str = "\
Exit codes:
  0    it is done; `may`: yes
  1    `may`: no; `check` finds fault; or not all events went through
  2    a wrong call or a failure; the last line on standard error says why
  3    what `get` or `dlq` was asked for is not there
  130  `dlq` was interrupted twice and did not finish";

/// What was asked for is not there.
#[derive(Debug)]
pub struct NothingFound(pub String);

impl fmt::Display for NothingFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NothingFound {}

/// What the command exits with after this error.
pub fn code(error: &anyhow::Error) -> u8 {
    if error.is::<NothingFound>() {
        NOT_FOUND
    } else {
        FAILED
    }
}
