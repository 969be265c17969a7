//! The names of all attributes of an item. Other services read the table, so a name does not
//! change once released. The README documents each attribute under "Item format".
//!
//! Ids and visible values are named by [`Kind::ids`](roster_domain::Kind::ids) and
//! [`Attribute::name`].

use roster_domain::{Attribute, Field};

/// Partition key.
pub const PK: &str = "PK";
/// Sort key.
pub const SK: &str = "SK";
/// Partition key of the index. Only present entities have it.
pub const GSI1PK: &str = "GSI1PK";
/// Sort key of the index. Only present entities have it.
pub const GSI1SK: &str = "GSI1SK";

/// Partition key of the index of names. Only present users and organizations have it.
pub const GSI2PK: &str = "GSI2PK";
/// Sort key of the index of names. Only present users and organizations have it.
pub const GSI2SK: &str = "GSI2SK";

/// The kind of the entity, as [`Kind::code`](roster_domain::Kind::code) writes it.
pub const ENTITY_TYPE: &str = "entityType";
/// `ACTIVE`, `REMOVED` or `PENDING`.
pub const STATUS: &str = "status";
/// Time of the put in force. Only present entities have it.
pub const CREATED_AT: &str = "createdAt";
/// Time of the newest change that is visible to readers.
pub const UPDATED_AT: &str = "updatedAt";

/// Version of the item format, a number.
pub const ITEM_VERSION: &str = "itemVersion";
/// Number of writes of this item: the only attribute that depends on the order of arrival.
pub const REVISION: &str = "revision";
/// The greatest clock of all registers.
pub const NEWEST_CLOCK: &str = "newestClock";
/// The clock of the newest put or remove.
pub const LIFE_CLOCK: &str = "lifeClock";
/// The kind of that event: `PUT` or `REMOVE`.
pub const LIFE_KIND: &str = "lifeKind";

/// The clock of the newest remove. A later put keeps it.
pub const REMOVED_CLOCK: &str = "removedClock";
/// The clock of the newest restore, unless there is a newer remove.
pub const RESTORED_CLOCK: &str = "restoredClock";
/// The clock of the remove that is in force after that restore, if there is one.
pub const RESTORED_FLOOR: &str = "restoredFloor";

/// The attribute with the clock of a field, such as `emailClock`.
pub fn clock(field: Field) -> String {
    format!("{}Clock", field.name())
}

/// The attribute with a value that waits for a put while the entity is absent, such as
/// `emailPending`.
pub fn pending(attribute: Attribute) -> String {
    format!("{}Pending", attribute.name())
}
