//! The state of one entity, and the only rule that changes it.

use std::collections::BTreeMap;

use crate::{Change, Clock, Event, Field, Value};

/// The state of one entity: a join-semilattice of registers.
///
/// [`State::merge`] takes the greater of each register, so it is commutative, associative and
/// idempotent, and any arrival order of the same events gives the same state. The registers are
/// always in canonical form: a field older than the life is dropped, and so is a restore older
/// than the newest removal, since no later event can give them effect again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct State(Registers);

/// The registers of a [`State`]. Each holds the value with the greatest clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Registers {
    /// The newest put or remove.
    pub life: Option<Life>,
    /// The newest remove, which is kept after a later put.
    pub removed: Option<Clock>,
    /// The newest restore, unless there is a newer remove.
    pub restored: Option<Restored>,
    /// The values of the fields.
    pub fields: BTreeMap<Field, Register>,
}

/// The greatest clock among puts and removes, and which of the two it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    /// The clock of that event.
    pub clock: Clock,
    /// Whether it was a put or a remove.
    pub kind: LifeKind,
}

/// The kind of event that set the life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LifeKind {
    /// A remove: the entity is absent.
    Remove,
    /// A put: the entity is present.
    Put,
}

/// A put that undid a removal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Restored {
    /// The clock of the restore.
    pub clock: Clock,
    /// The removal in force before the one that was undone, if any. What was stated after it
    /// takes effect again.
    pub floor: Option<Clock>,
}

/// The value of a field with the greatest clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register {
    /// The clock of the event that stated the value.
    pub clock: Clock,
    /// The value.
    pub value: Value,
}

/// The status of an entity for readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Present: the newest put or remove is a put.
    Active,
    /// Absent: the newest put or remove is a remove.
    Removed,
    /// Absent: there are only patches, which wait for a put.
    Pending,
}

/// The effect of a valid event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Outcome {
    /// It changed a register, whether or not readers can see it.
    Applied,
    /// Newer events had already replaced everything it states.
    Stale,
    /// It had already been merged.
    Duplicate,
}

impl State {
    /// The state that an event with these fields states. `floor` belongs to a restore.
    pub(crate) fn delta(
        change: Change,
        clock: &Clock,
        fields: Vec<(Field, Value)>,
        floor: Option<Clock>,
    ) -> Self {
        let life = |kind| Life {
            clock: clock.clone(),
            kind,
        };
        let register = |value| Register {
            clock: clock.clone(),
            value,
        };
        Self(Registers {
            life: match change {
                Change::Put | Change::Restore => Some(life(LifeKind::Put)),
                Change::Remove => Some(life(LifeKind::Remove)),
                Change::Patch => None,
            },
            removed: (change == Change::Remove).then(|| clock.clone()),
            restored: (change == Change::Restore).then(|| Restored {
                clock: clock.clone(),
                floor,
            }),
            fields: fields.into_iter().map(|(f, v)| (f, register(v))).collect(),
        })
    }

    /// Creates a state from stored registers and brings it into canonical form.
    pub fn from_registers(registers: Registers) -> Self {
        let mut state = Self(registers);
        state.drop_what_cannot_count();
        state
    }

    /// Takes the greater of each register. No other rule changes a state.
    pub fn merge(&mut self, other: &Self) {
        let (Self(ours), Self(theirs)) = (&mut *self, other);
        keep_greater(&mut ours.life, &theirs.life);
        keep_greater(&mut ours.removed, &theirs.removed);
        keep_greater(&mut ours.restored, &theirs.restored);
        for (&field, theirs) in &theirs.fields {
            match ours.fields.get_mut(&field) {
                Some(ours) if *ours >= *theirs => {}
                Some(ours) => ours.clone_from(theirs),
                None => {
                    ours.fields.insert(field, theirs.clone());
                }
            }
        }
        self.drop_what_cannot_count();
    }

    /// Merges an event of this entity and returns its outcome.
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

    /// Whether a register holds an event with the same time and id but different content.
    pub fn contradicts(&self, event: &Event) -> bool {
        self.clocks().any(|clock| clock.contradicts(&event.clock))
    }

    /// The status of the entity.
    pub fn status(&self) -> Status {
        match &self.0.life {
            None => Status::Pending,
            Some(life) => match life.kind {
                LifeKind::Put => Status::Active,
                LifeKind::Remove => Status::Removed,
            },
        }
    }

    /// All registers.
    pub const fn registers(&self) -> &Registers {
        &self.0
    }

    /// The newest put or remove.
    pub const fn life(&self) -> Option<&Life> {
        self.0.life.as_ref()
    }

    /// All fields that are kept. Readers see them if the status is [`Status::Active`]; otherwise
    /// they wait for a put.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &Register)> {
        let fields = self.0.fields.iter();
        fields.map(|(field, register)| (*field, register))
    }

    /// The greatest clock of all registers; none if there is no register.
    pub fn newest(&self) -> Option<&Clock> {
        self.clocks().max()
    }

    /// The smallest clock of all registers; none if there is no register.
    pub fn oldest(&self) -> Option<&Clock> {
        self.clocks().min()
    }

    /// The clocks of all registers. The floor of a restore is not among them: it is a value.
    fn clocks(&self) -> impl Iterator<Item = &Clock> {
        let Self(registers) = self;
        let life = registers.life.iter().map(|life| &life.clock);
        let restored = registers.restored.iter().map(|restored| &restored.clock);
        let fields = registers.fields.values().map(|register| &register.clock);
        life.chain(&registers.removed).chain(restored).chain(fields)
    }

    fn drop_what_cannot_count(&mut self) {
        let Self(registers) = self;
        if let Some(life) = &registers.life {
            registers.fields.retain(|_, register| match life.kind {
                LifeKind::Put => register.clock >= life.clock,
                LifeKind::Remove => register.clock > life.clock,
            });
        }
        let removed = &registers.removed;
        let counts = |restored: &Restored| removed.as_ref() < Some(&restored.clock);
        if !registers.restored.as_ref().is_none_or(counts) {
            registers.restored = None;
        }
    }
}

fn keep_greater<T: Clone + Ord>(ours: &mut Option<T>, theirs: &Option<T>) {
    if *ours < *theirs {
        ours.clone_from(theirs);
    }
}

impl Status {
    /// The stable name of the status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Removed => "REMOVED",
            Self::Pending => "PENDING",
        }
    }
}

impl Outcome {
    /// The stable name of the outcome.
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
    fn names_are_stable() {
        let statuses = [Status::Active, Status::Removed, Status::Pending];
        assert_eq!(statuses.map(Status::name), ["ACTIVE", "REMOVED", "PENDING"]);
        let outcomes = [Outcome::Applied, Outcome::Stale, Outcome::Duplicate];
        assert_eq!(
            outcomes.map(Outcome::name),
            ["applied", "stale", "duplicate"]
        );
    }
}
