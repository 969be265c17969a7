//! The rules of the directory: what an event is, and which state a set of events means.
//!
//! The state of an entity is what you get by applying its valid events one at a time in
//! [`Clock`] order. [`State`] reaches it from any arrival order. This crate promises that,
//! and it promises to be pure: no I/O, no async, no logging, no reading of time or of the
//! environment. Its dependencies show it. It does not know how a message is wrapped (see
//! `roster-envelope`) nor how a state is stored (see `roster-table`).

mod access;
mod catalogue;
mod clock;
mod entity;
mod event;
mod field;
mod form;
pub mod json;
pub mod limits;
mod refusal;
mod role;
mod rows;
mod schema;
mod snapshot;
mod state;
mod time;
mod value;

pub use access::{Decision, Denial, Grant, Resource};
pub use catalogue::{CATALOGUE, Change, EventType};
pub use clock::{Clock, MalformedClock};
pub use entity::{Entity, IdName, Kind};
pub use event::Event;
pub use field::{Attribute, Field, Value};
pub use form::{Content, Form};
pub use refusal::{Found, Reason, Refusal};
pub use role::{BuiltInRole, built_in_permissions, is_built_in_permission};
pub use schema::schemas;
pub use snapshot::{AssignedRole, Snapshot, assigned_role, closure, owner, refers_to};
pub use state::{Life, LifeKind, Outcome, Register, Registers, Restored, State, Status};
pub use time::{EventTime, NotATime};
pub use value::{
    EntityId, EventId, InvalidText, OrganizationId, PermissionId, ProjectId, RoleId, Sequence,
    TeamId, UserId,
};
