//! An item as a reader sees it.

use roster_domain::{Attribute, Entity, Status, Value};

/// An entity as the table holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which entity it is.
    pub entity: Entity,
    /// Present, removed, or waiting for a put.
    pub status: Status,
    /// The contents of all its fields. Only a present entity has some.
    pub value: Value,
    /// Time of the put that holds, in the text form of
    /// [`EventTime`](roster_domain::EventTime). Only a present entity has one.
    pub created_at: Option<String>,
    /// Time of the newest change that shows. One that waits for its put has none.
    pub updated_at: Option<String>,
    /// Counts the writes of the item.
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
