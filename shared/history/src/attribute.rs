//! The names of the attributes that only an entry of the history has. A name does not change once
//! released. `shared/history/README.md` documents each.
//!
//! The keys and the kind of the entity have the names of
//! [`roster_item::attribute`], and ids, values and the parts of an origin those of the domain.

pub use roster_item::attribute::{ENTITY_TYPE, PK, SK};

/// Version of the format, a number.
pub const HISTORY_VERSION: &str = "historyVersion";
/// The type of the event.
pub const EVENT_TYPE: &str = "eventType";
/// The id that the producer gave the event.
pub const EVENT_ID: &str = "eventId";
/// When the event was accepted.
pub const RECORDED_AT: &str = "recordedAt";
/// The names of the fields that a patch clears.
pub const CLEARED: &str = "cleared";
/// The clock of the removal in force after a restore.
pub const FLOOR: &str = "floor";
/// The envelope in which the event arrived.
pub const ENVELOPE: &str = "envelope";
