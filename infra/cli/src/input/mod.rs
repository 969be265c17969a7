//! Events as people have them: one a line, or an array of them, in a file, on standard input, plain
//! or as gzip.
//!
//! Input is never held in memory as a whole. What is clearly something else (CSV, an object that
//! spans lines, UTF-16) is refused with a reason that names it.

mod array;
mod form;
mod lines;
mod source;

pub use lines::{LineError, Lines};
