//! The rules of the directory: what an event is, and which state a set of events means.
//!
//! The state of an entity is what you get by applying its valid events one at a time in
//! [`Clock`] order. [`State`] reaches it from any arrival order. This crate promises that,
//! and it promises to be pure: no I/O, no async, no logging, no reading of time or of the
//! environment. Its dependencies show it. It does not know how a message is wrapped (see
//! `roster-envelope`) nor how a state is stored (see `roster-table`).

mod catalogue;
mod clock;
mod entity;
mod event;
pub mod json;
pub mod limits;
mod refusal;
mod state;
mod time;
mod value;

pub use catalogue::{CATALOGUE, Change, EventType};
pub use clock::{Clock, MalformedClock};
pub use entity::{Entity, Field, Kind};
pub use event::Event;
pub use refusal::{Found, Reason, Refusal};
pub use state::{Life, LifeKind, Outcome, Register, State, Status};
pub use time::{EventTime, NotATime};
pub use value::{EventId, InvalidText, OrganizationId, Role, UserId};
