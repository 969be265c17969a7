//! The write protocol: which write brings a delta into the table, and under which condition.
//!
//! It is complete and has no I/O. One request is enough in the usual case. If its condition
//! fails, the response contains the item, the merge happens here, and the second write is
//! conditional on the item being unchanged since that read.

use roster_domain::{Clock, Registers, State, Status};
pub use roster_item::Stored;

/// A conditional write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Write {
    /// Its effect.
    pub effect: Effect,
    /// Its condition.
    pub condition: Condition,
}

/// The effect of a write on the item. Every write increments the revision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Sets everything in the state and removes every other field, value and index key. A state
    /// without a removal keeps that of the item, and one with neither removal nor restore keeps the
    /// item's restore, so that a put needs no read to keep them. A removal ends a restore.
    Replace(State),
    /// Sets the fields in the state and keeps all others.
    Patch(State),
}

/// The condition of a write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// There is no item, or all its registers are older: nothing in force is overwritten.
    AllOlder(Clock),
    /// The entity is present and all its registers are older: the fields become visible.
    PresentAndAllOlder(Clock),
    /// The item is unchanged since it was read.
    Unchanged {
        /// The revision that was read.
        revision: u64,
        /// The greatest clock that was read.
        newest: Clock,
    },
    /// There is still no item.
    NoItem,
}

impl Write {
    /// The first write to try. A state without registers needs none.
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

    /// The write to try after one whose condition failed, given the item that was found. None if
    /// the item already contains all of the delta.
    pub fn after(delta: &State, found: Option<&Stored>) -> Option<Self> {
        let mut merged = found.map(|stored| stored.state.clone()).unwrap_or_default();
        merged.merge(delta);
        let condition = match found.map(|stored| (stored, stored.state.newest())) {
            Some((stored, _)) if stored.state == merged => return None,
            Some((stored, Some(newest))) => Condition::Unchanged {
                revision: stored.revision,
                newest: newest.clone(),
            },
            Some((_, None)) | None => Condition::NoItem,
        };
        Some(Self {
            effect: Effect::Replace(merged),
            condition,
        })
    }

    /// The item after this write, or none if its condition fails. DynamoDB does the same with the
    /// expressions of this write; this lets a model checker work without DynamoDB.
    pub fn on(&self, stored: Option<&Stored>) -> Option<Stored> {
        if !self.condition.holds(stored) {
            return None;
        }
        let revision = stored.map_or(0, |stored| stored.revision) + 1;
        let before = stored.map(|stored| stored.state.registers().clone());
        let mut registers = before.unwrap_or_default();
        match &self.effect {
            Effect::Replace(state) => {
                let Registers {
                    life,
                    removed,
                    restored,
                    fields,
                } = state.registers().clone();
                if removed.is_some() || restored.is_some() {
                    registers.restored = restored;
                }
                registers.removed = removed.or(registers.removed);
                (registers.life, registers.fields) = (life, fields);
            }
            Effect::Patch(patch) => {
                let fields = patch.registers().fields.clone();
                registers.fields.extend(fields);
            }
        }
        let state = State::from_registers(registers);
        Some(Stored { revision, state })
    }
}

impl Condition {
    fn holds(&self, stored: Option<&Stored>) -> bool {
        let older = |stored: &Stored, clock: &Clock| stored.state.newest() < Some(clock);
        match (self, stored) {
            (Self::NoItem, stored) => stored.is_none(),
            (Self::AllOlder(_), None) => true,
            (Self::AllOlder(clock), Some(stored)) => older(stored, clock),
            (Self::PresentAndAllOlder(clock), Some(stored)) => {
                stored.state.status() == Status::Active && older(stored, clock)
            }
            (Self::Unchanged { revision, newest }, Some(stored)) => {
                stored.revision == *revision && stored.state.newest() == Some(newest)
            }
            (Self::PresentAndAllOlder(_) | Self::Unchanged { .. }, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use roster_domain::json::Object;
    use roster_domain::{Event, EventId, EventTime, EventType};

    use super::*;

    fn delta(change: &str, millis: u64) -> State {
        let payload = r#"{"organizationId":"o","userId":"u","role":"reader"}"#;
        let event = Event::validate(
            EventType::named(&format!("OrganizationUser{change}")).unwrap(),
            EventId::parse("e").unwrap(),
            EventTime::from_unix_millis(millis).unwrap(),
            None,
            &Object::parse(payload, "$").unwrap(),
        );
        event.unwrap().delta
    }

    fn stored(state: State) -> Stored {
        Stored { revision: 7, state }
    }

    #[test]
    fn the_first_write_is_conditional_on_the_oldest_clock_of_the_delta() {
        let mut both = delta("Added", 1);
        both.merge(&delta("Updated", 2));
        let first = Write::first(&both).unwrap();
        let oldest = both.oldest().unwrap().clone();
        assert_eq!(first.condition, Condition::AllOlder(oldest));
        assert_eq!(first.effect, Effect::Replace(both));
        let patch = delta("Updated", 2);
        let first = Write::first(&patch).unwrap();
        let oldest = patch.oldest().unwrap().clone();
        assert_eq!(first.condition, Condition::PresentAndAllOlder(oldest));
        assert_eq!(first.effect, Effect::Patch(patch));
        assert_eq!(Write::first(&State::default()), None);
    }

    #[test]
    fn the_oldest_clock_of_a_delta_may_be_that_of_its_removal() {
        let removed = delta("Removed", 1);
        let mut both = delta("Added", 2);
        both.merge(&removed);
        let first = Write::first(&both).unwrap();
        let removal = removed.newest().unwrap().clone();
        assert_eq!(first.condition, Condition::AllOlder(removal));
    }

    #[test]
    fn a_put_keeps_the_newest_removal() {
        let removed = stored(delta("Removed", 1));
        let added = delta("Added", 2);
        let written = Write::first(&added).unwrap().on(Some(&removed)).unwrap();
        let mut merged = added;
        merged.merge(&removed.state);
        assert_eq!(written.state, merged);
        assert!(written.state.registers().removed.is_some());
    }

    #[test]
    fn the_second_write_is_the_merge_conditional_on_an_unchanged_item() {
        let (late, found) = (delta("Added", 1), stored(delta("Updated", 2)));
        let back = Write::after(&late, Some(&found)).unwrap();
        let newest = found.state.newest().unwrap().clone();
        assert_eq!(
            back.condition,
            Condition::Unchanged {
                revision: 7,
                newest
            }
        );
        let mut merged = late.clone();
        merged.merge(&found.state);
        assert_eq!(back.effect, Effect::Replace(merged.clone()));
        assert_eq!(Write::after(&late, Some(&stored(merged))), None);
        let new = Write::after(&late, None).unwrap();
        assert_eq!(new.condition, Condition::NoItem);
        assert_eq!(new.effect, Effect::Replace(late));
    }
}
