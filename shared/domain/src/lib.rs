//! The rules of the directory: which events are valid, and which state a set of events leads to.
//!
//! The state of an entity is the result of applying its valid events one at a time in [`Clock`]
//! order. [`State`] reaches it in whatever order the events arrive. The crate is pure, as its
//! dependencies show: it does no I/O, no async and no logging, and it reads neither the clock nor
//! the environment. Message envelopes belong to `roster-envelope`, storage belongs to
//! `roster-table`.

mod access;
mod catalogue;
mod claim;
mod clock;
mod contents;
mod entity;
mod event;
mod field;
mod form;
pub mod json;
pub mod limits;
mod origin;
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
pub use claim::claim_form;
pub use clock::{Clock, MalformedClock};
pub use contents::{Value, is_active};
pub use entity::{Entity, IdName, Kind};
pub use event::{Event, EventContent};
pub use field::{Attribute, Field};
pub use form::{Content, Form};
pub use origin::{Origin, OriginPart};
pub use refusal::{Found, Reason, Refusal};
pub use role::{BuiltInRole, built_in_permissions, is_built_in_permission};
pub use schema::schemas;
pub use snapshot::{
    AssignedRole, Obstacle, Snapshot, Statements, assigned_role, closure, owner, refers_to,
};
pub use state::{Life, LifeKind, Outcome, Register, Registers, Restored, State, Status};
pub use time::{EventTime, NotATime};
pub use value::{
    EntityId, EventId, InvalidText, OrganizationId, PermissionId, ProjectId, RoleId, Sequence,
    TeamId, UserId,
};
