//! The state of one entity, and the one rule that changes it.

use std::collections::BTreeMap;

use crate::{Change, Clock, Event, Field, Value};

/// What is known of one entity: a join-semilattice of registers.
///
/// [`State::merge`] takes the greater of each register, so it is commutative, associative
/// and idempotent, and any arrival order of the same events gives the same state. The
/// registers are always in canonical form: a field that is older than the life is dropped,
/// and so is a restore that is older than the newest removal, since no event to come can make
/// them count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct State(Registers);

/// The registers of a [`State`]. Each holds the greatest of what events said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Registers {
    /// The newest put or remove.
    pub life: Option<Life>,
    /// The newest remove, also after a later put.
    pub removed: Option<Clock>,
    /// The newest restore, unless there is a newer remove.
    pub restored: Option<Restored>,
    /// The values of the fields.
    pub fields: BTreeMap<Field, Register>,
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

/// A put that took back a removal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Restored {
    /// When.
    pub clock: Clock,
    /// The removal that counted before the one that was taken back, if there was one. What was
    /// stated after it counts again.
    pub floor: Option<Clock>,
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
    /// Newer events had already replaced all that it says.
    Stale,
    /// It had already been merged.
    Duplicate,
}

impl State {
    /// What an event with these fields says. `floor` is that of a restore.
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

    /// A state from registers that were stored, brought into canonical form.
    pub fn from_registers(registers: Registers) -> Self {
        let mut state = Self(registers);
        state.drop_what_cannot_count();
        state
    }

    /// Takes the greater of each register. This is the only rule that changes a state.
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
        match &self.0.life {
            None => Status::Pending,
            Some(life) => match life.kind {
                LifeKind::Put => Status::Active,
                LifeKind::Remove => Status::Removed,
            },
        }
    }

    /// Every register.
    pub const fn registers(&self) -> &Registers {
        &self.0
    }

    /// The newest put or remove.
    pub const fn life(&self) -> Option<&Life> {
        self.0.life.as_ref()
    }

    /// Every field that is kept. They show if the state is [`Status::Active`], and wait for
    /// a put otherwise.
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

    /// The clocks of all registers. The floor of a restore is none: it is a value.
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
