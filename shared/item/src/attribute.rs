//! The name of every attribute of an item. Other services read the table, so a name does not
//! change once released; what each one means is written in the README, under "Item format".
//!
//! The ids and the values that show have the names that [`Kind::ids`](roster_domain::Kind::ids)
//! and [`Attribute::name`] give them.

use roster_domain::{Attribute, Field};

/// Partition key.
pub const PK: &str = "PK";
/// Sort key.
pub const SK: &str = "SK";
/// Partition key of the index. Only present entities have it.
pub const GSI1PK: &str = "GSI1PK";
/// Sort key of the index. Only present entities have it.
pub const GSI1SK: &str = "GSI1SK";

/// The kind of the entity, as [`Kind::code`](roster_domain::Kind::code) writes it.
pub const ENTITY_TYPE: &str = "entityType";
/// `ACTIVE`, `REMOVED` or `PENDING`.
pub const STATUS: &str = "status";
/// Time of the put that holds. Only present entities have it.
pub const CREATED_AT: &str = "createdAt";
/// Time of the newest change that a reader can see.
pub const UPDATED_AT: &str = "updatedAt";

/// Version of the item format, a number.
pub const ITEM_VERSION: &str = "itemVersion";
/// Counts the writes of this item: the one attribute that depends on arrival.
pub const REVISION: &str = "revision";
/// The greatest clock of all registers.
pub const NEWEST_CLOCK: &str = "newestClock";
/// The clock of the newest put or remove.
pub const LIFE_CLOCK: &str = "lifeClock";
/// Which of the two it was: `PUT` or `REMOVE`.
pub const LIFE_KIND: &str = "lifeKind";

/// The clock of the newest remove. A later put leaves it as it is.
pub const REMOVED_CLOCK: &str = "removedClock";
/// The clock of the newest restore, unless there is a newer remove.
pub const RESTORED_CLOCK: &str = "restoredClock";
/// The clock of the remove that counts since that restore, if one does.
pub const RESTORED_FLOOR: &str = "restoredFloor";

/// Holds the clock of a field, as in `emailClock`.
pub fn clock(field: Field) -> String {
    format!("{}Clock", field.name())
}

/// Holds a value while the entity is absent and may still get its put, as in `emailPending`.
pub fn pending(attribute: Attribute) -> String {
    format!("{}Pending", attribute.name())
}
