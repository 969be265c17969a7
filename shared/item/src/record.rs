//! An item as readers see it.

use roster_domain::{Attribute, Entity, Statements, Status, Value};

/// An entity as stored in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The entity.
    pub entity: Entity,
    /// Present, removed, or waiting for a put.
    pub status: Status,
    /// The contents of all its fields; empty unless the entity is present.
    pub value: Value,
    /// When it was stated and removed; none unless the entity is present.
    pub statements: Option<Statements>,
    /// Time of the put in force, in the text form of [`EventTime`](roster_domain::EventTime);
    /// none unless the entity is present.
    pub created_at: Option<String>,
    /// Time of the newest visible change; none while the entity waits for its put.
    pub updated_at: Option<String>,
    /// Number of writes of the item.
    pub revision: u64,
}

impl Record {
    /// Whether the entity is present.
    pub fn is_present(&self) -> bool {
        self.status == Status::Active
    }

    /// The text of an attribute.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        self.value.text(attribute)
    }
}
