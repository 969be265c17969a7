//! The event types.

use crate::Kind;

/// A type of event: its name on the wire, the kind of entity it is about and what it does.
#[derive(Debug, PartialEq, Eq)]
pub struct EventType {
    /// The name on the wire.
    pub name: &'static str,
    /// Which kind of entity it is about.
    pub kind: Kind,
    /// What it does to that entity.
    pub change: Change,
}

/// What an event does to its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Makes it present with exactly the fields given.
    Put,
    /// Changes fields if it is present at that moment, and does nothing otherwise.
    Patch,
    /// Makes it absent.
    Remove,
}

/// Every event type there is.
pub static CATALOGUE: [EventType; 5] = [
    EventType {
        name: "UserCreated",
        kind: Kind::User,
        change: Change::Put,
    },
    EventType {
        name: "OrganizationCreated",
        kind: Kind::Organization,
        change: Change::Put,
    },
    EventType {
        name: "OrganizationUserAdded",
        kind: Kind::Membership,
        change: Change::Put,
    },
    EventType {
        name: "OrganizationUserUpdated",
        kind: Kind::Membership,
        change: Change::Patch,
    },
    EventType {
        name: "OrganizationUserRemoved",
        kind: Kind::Membership,
        change: Change::Remove,
    },
];

impl EventType {
    /// The type with that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|event_type| event_type.name == name)
    }
}

impl Change {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Remove => "remove",
        }
    }
}
