//! Which write brings a delta into the table, and when it may take effect.
//!
//! This is the whole write protocol, without I/O. One request does in the usual case; if its
//! condition fails, the reply holds the item, the merge happens here, and the write back is
//! conditional on the item being as it was read.

use roster_domain::{Clock, State};

/// What the table holds of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stored {
    /// Counts the writes of the item.
    pub revision: u64,
    /// Its registers.
    pub state: State,
}

/// A conditional write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Write {
    pub effect: Effect,
    pub condition: Condition,
}

/// What a write does to the item. Each one counts the revision up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// Sets everything in the state and removes every other register, value and index key.
    Replace(State),
    /// Sets the fields in the state and leaves the rest.
    Patch(State),
}

/// When a write takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    /// There is no item, or all its registers are older: nothing that counts is overwritten.
    AllOlder(Clock),
    /// The entity is present and all its registers are older: the fields will show.
    PresentAndAllOlder(Clock),
    /// The item is the one that was read: nobody wrote in between.
    Unchanged { revision: u64, newest: Clock },
    /// There is no item, as was read.
    NoItem,
}

impl Write {
    /// The write to try first. A state without registers needs none.
    pub fn first(delta: &State) -> Option<Self> {
        let oldest = delta.oldest()?.clone();
        Some(if delta.life().is_some() {
            Self {
                effect: Effect::Replace(delta.clone()),
                condition: Condition::AllOlder(oldest),
            }
        } else {
            Self {
                effect: Effect::Patch(delta.clone()),
                condition: Condition::PresentAndAllOlder(oldest),
            }
        })
    }

    /// The write to try after one whose condition failed, when this was found. Nothing is to
    /// be written if the item already holds all of the delta.
    pub fn after(delta: &State, found: Option<&Stored>) -> Option<Self> {
        let mut merged = found.map(|stored| stored.state.clone()).unwrap_or_default();
        merged.merge(delta);
        let condition = match found {
            Some(stored) if stored.state == merged => return None,
            Some(stored) => Condition::Unchanged {
                revision: stored.revision,
                newest: stored.state.newest()?.clone(),
            },
            None => Condition::NoItem,
        };
        Some(Self {
            effect: Effect::Replace(merged),
            condition,
        })
    }
}
