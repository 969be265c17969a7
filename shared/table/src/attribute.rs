//! The name of every attribute of an item. Other services read the table, so a name does not
//! change once released; what each one means is written in the README, under "Item format".

use roster_domain::Field;

/// Partition key.
pub const PK: &str = "PK";
/// Sort key.
pub const SK: &str = "SK";
/// Partition key of the index. Only present entities have it.
pub const GSI1PK: &str = "GSI1PK";
/// Sort key of the index. Only present entities have it.
pub const GSI1SK: &str = "GSI1SK";

/// `USER`, `ORGANIZATION` or `MEMBERSHIP`.
pub const ENTITY_TYPE: &str = "entityType";
/// The id of the user, on users and memberships.
pub const USER_ID: &str = "userId";
/// The id of the organization, on organizations and memberships.
pub const ORGANIZATION_ID: &str = "organizationId";
/// The name of a user or an organization.
pub const NAME: &str = "name";
/// The email of a user.
pub const EMAIL: &str = "email";
/// The role of a member.
pub const ROLE: &str = "role";
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

/// The attributes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldAttributes {
    /// Holds the value while it shows.
    pub value: &'static str,
    /// Holds the value while the entity is absent and may still get its put.
    pub pending: &'static str,
    /// Holds the clock of the value.
    pub clock: &'static str,
}

/// The names under which a field is stored.
pub const fn of(field: Field) -> FieldAttributes {
    match field {
        Field::Name => FieldAttributes {
            value: NAME,
            pending: "namePending",
            clock: "nameClock",
        },
        Field::Email => FieldAttributes {
            value: EMAIL,
            pending: "emailPending",
            clock: "emailClock",
        },
        Field::Role => FieldAttributes {
            value: ROLE,
            pending: "rolePending",
            clock: "roleClock",
        },
    }
}
