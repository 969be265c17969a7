//! The dead-letter queue of a stack, deployed or local: what is there, why, and back to the queue.
//!
//! SQS cannot look at a message without receiving it, so everything here is a [`Walk`]: it
//! receives each message once and gives back, visible at once, what it does not delete. A
//! process that is killed gives nothing back; what it held shows again after [`HIDDEN`].

mod filter;
mod fix;
mod letter;
mod list;
mod purge;
mod queue;
mod redrive;
mod stop;
mod walk;

pub use filter::{Filter, known_reasons};
pub use fix::{Fixed, fix};
pub use letter::{Letter, MAX_RECEIVES, MessageAttributes, event_time};
pub use list::{DeadLetterList, ListedLetter, ReasonCount, find, list};
pub use purge::{Chosen, Purged, SelectedLetters, count, purge};
pub use queue::DeadLetterQueue;
pub use redrive::{Foretold, Redriven, redrive};
pub use stop::Stop;
pub use walk::{HIDDEN, Walk, WalkProgress};
