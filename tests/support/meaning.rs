//! The definition of the state of an entity without registers: valid events applied one at a time
//! in clock order.

use std::collections::BTreeMap;

use roster_domain::{Change, Clock, Event, Field, Registers, State, Status, Value};

/// The state that a set of events of one entity leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    /// The visible values, if the entity is present.
    pub present: Option<BTreeMap<Field, Value>>,
    /// The newest remove.
    pub removed: Option<Clock>,
    /// The remove in force for entities that refer to this one.
    pub counting: Option<Clock>,
}

impl Meaning {
    /// The state after these events, given in any order.
    pub fn of_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut events: Vec<_> = events.into_iter().collect();
        events.sort_by_key(|event| &event.clock);
        let mut meaning = Self::default();
        for event in events {
            meaning.change(event);
        }
        meaning
    }

    fn change(&mut self, event: &Event) {
        let fields = event.delta.fields().map(|(f, r)| (f, r.value.clone()));
        match event.event_type.change {
            Change::Put => self.present = Some(fields.collect()),
            Change::Patch => {
                if let Some(shown) = &mut self.present {
                    shown.extend(fields);
                }
            }
            Change::Remove => {
                self.present = None;
                self.removed = Some(event.clock.clone());
                self.counting = self.removed.clone();
            }
            Change::Restore => {
                self.present = Some(fields.collect());
                let restored = event.delta.registers().restored.as_ref();
                self.counting = restored.unwrap().floor.clone();
            }
        }
    }

    /// The meaning of a state.
    pub fn of_state(state: &State) -> Self {
        let Registers {
            removed, restored, ..
        } = state.registers().clone();
        let fields = || state.fields().map(|(f, r)| (f, r.value.clone())).collect();
        Self {
            present: (state.status() == Status::Active).then(fields),
            counting: match restored {
                Some(restored) => restored.floor,
                None => removed.clone(),
            },
            removed,
        }
    }
}
