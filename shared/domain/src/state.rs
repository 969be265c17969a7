//! The state of one entity, and the one rule that changes it.

use std::collections::BTreeMap;

use crate::{Change, Clock, Event, Field, Value};

/// What is known of one entity: a join-semilattice of registers.
///
/// [`State::merge`] takes the greater of each register, so it is commutative, associative
/// and idempotent, and any arrival order of the same events gives the same state. The
/// registers are always in canonical form: a field that is older than the life is dropped,
/// since no event to come can make it show.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct State {
    life: Option<Life>,
    fields: BTreeMap<Field, Register>,
}

/// The greatest clock among puts and removes, and which of the two it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    /// When.
    pub clock: Clock,
    /// What.
    pub kind: LifeKind,
}

/// What a life began or ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LifeKind {
    /// The entity is absent.
    Remove,
    /// The entity is present.
    Put,
}

/// The value of a field with the greatest clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register {
    /// When the value was stated.
    pub clock: Clock,
    /// The value.
    pub value: Value,
}

/// What a reader is told of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Present: the newest of its puts and removes is a put.
    Active,
    /// Absent: the newest of its puts and removes is a remove.
    Removed,
    /// Absent: only patches are known, which wait for their put.
    Pending,
}

/// What became of a valid event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Outcome {
    /// It changed a register, visible or not.
    Applied,
    /// A newer event had already replaced all that it says.
    Stale,
    /// It had already been merged.
    Duplicate,
}

impl State {
    pub(crate) fn delta(change: Change, clock: &Clock, fields: Vec<(Field, Value)>) -> Self {
        let life = |kind| Life {
            clock: clock.clone(),
            kind,
        };
        let register = |value| Register {
            clock: clock.clone(),
            value,
        };
        Self {
            life: match change {
                Change::Put => Some(life(LifeKind::Put)),
                Change::Remove => Some(life(LifeKind::Remove)),
                Change::Patch => None,
            },
            fields: fields.into_iter().map(|(f, v)| (f, register(v))).collect(),
        }
    }

    /// A state from registers that were stored, brought into canonical form.
    pub fn from_registers(life: Option<Life>, fields: BTreeMap<Field, Register>) -> Self {
        let mut state = Self { life, fields };
        state.drop_what_cannot_show();
        state
    }

    /// Takes the greater of each register. This is the only rule that changes a state.
    pub fn merge(&mut self, other: &Self) {
        if self.life < other.life {
            self.life.clone_from(&other.life);
        }
        for (&field, theirs) in &other.fields {
            match self.fields.get_mut(&field) {
                Some(ours) if *ours >= *theirs => {}
                Some(ours) => ours.clone_from(theirs),
                None => {
                    self.fields.insert(field, theirs.clone());
                }
            }
        }
        self.drop_what_cannot_show();
    }

    /// Merges an event of this entity and says what became of it.
    pub fn apply(&mut self, event: &Event) -> Outcome {
        let mut merged = self.clone();
        merged.merge(&event.delta);
        if merged != *self {
            *self = merged;
            Outcome::Applied
        } else if self.clocks().any(|clock| *clock == event.clock) {
            Outcome::Duplicate
        } else {
            Outcome::Stale
        }
    }

    /// Whether a register holds an event with the same time and id but other content.
    pub fn contradicts(&self, event: &Event) -> bool {
        self.clocks().any(|clock| clock.contradicts(&event.clock))
    }

    /// Present, removed, or waiting for a put.
    pub fn status(&self) -> Status {
        match &self.life {
            None => Status::Pending,
            Some(life) => match life.kind {
                LifeKind::Put => Status::Active,
                LifeKind::Remove => Status::Removed,
            },
        }
    }

    /// The newest put or remove.
    pub fn life(&self) -> Option<&Life> {
        self.life.as_ref()
    }

    /// Every field that is kept. They show if the state is [`Status::Active`], and wait for
    /// a put otherwise.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &Register)> {
        self.fields
            .iter()
            .map(|(field, register)| (*field, register))
    }

    /// The greatest clock of all registers; none if there is no register.
    pub fn newest(&self) -> Option<&Clock> {
        self.clocks().max()
    }

    /// The smallest clock of all registers; none if there is no register.
    pub fn oldest(&self) -> Option<&Clock> {
        self.clocks().min()
    }

    fn clocks(&self) -> impl Iterator<Item = &Clock> {
        let life = self.life.iter().map(|life| &life.clock);
        life.chain(self.fields.values().map(|register| &register.clock))
    }

    fn drop_what_cannot_show(&mut self) {
        if let Some(life) = &self.life {
            self.fields.retain(|_, register| match life.kind {
                LifeKind::Put => register.clock >= life.clock,
                LifeKind::Remove => register.clock > life.clock,
            });
        }
    }
}

impl Status {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Removed => "REMOVED",
            Self::Pending => "PENDING",
        }
    }
}

impl Outcome {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Stale => "stale",
            Self::Duplicate => "duplicate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_stable() {
        let statuses = [Status::Active, Status::Removed, Status::Pending];
        assert_eq!(statuses.map(Status::name), ["ACTIVE", "REMOVED", "PENDING"]);
        let outcomes = [Outcome::Applied, Outcome::Stale, Outcome::Duplicate];
        assert_eq!(
            outcomes.map(Outcome::name),
            ["applied", "stale", "duplicate"]
        );
    }
}
