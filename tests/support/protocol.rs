//! The write protocol and plausible mistakes in it, which tests must catch.

use roster_domain::State;
use roster_table::protocol::{Condition, Effect, Stored, Write};

/// How a consumer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Roster's own protocol.
    Real,
    /// The second write checks the newest clock, but not the revision.
    IgnoresRevision,
    /// The first write compares the newest clock of its delta, not the oldest.
    ComparesNewest,
    /// A newer delta replaces the item, and an older one is dropped.
    NewestWins,
    /// A batch is acknowledged when it is received.
    AcknowledgesFirst,
    /// A put replaces the newest removal along with everything else.
    ForgetsRemoval,
    /// The first write compares the oldest clock of its delta without that of the kept removal.
    OverlooksRemoval,
}

impl Protocol {
    /// See [`Write::first`].
    pub fn first(self, delta: &State) -> Option<Write> {
        let mut write = Write::first(delta)?;
        let newest = delta.newest()?.clone();
        match self {
            Self::Real | Self::IgnoresRevision | Self::AcknowledgesFirst | Self::ForgetsRemoval => {
            }
            Self::OverlooksRemoval => {
                if let (Condition::AllOlder(clock), Some(life)) =
                    (&mut write.condition, delta.life())
                {
                    clock.clone_from(&life.clock);
                }
            }
            Self::ComparesNewest => match &mut write.condition {
                Condition::AllOlder(clock) | Condition::PresentAndAllOlder(clock) => {
                    *clock = newest;
                }
                Condition::Unchanged { .. } | Condition::NoItem => {}
            },
            Self::NewestWins => {
                write = Write {
                    effect: Effect::Replace(delta.clone()),
                    condition: Condition::AllOlder(newest),
                };
            }
        }
        Some(write)
    }

    /// See [`Write::after`].
    pub fn after(self, delta: &State, found: Option<&Stored>) -> Option<Write> {
        match self {
            Self::NewestWins => None,
            _ => Write::after(delta, found),
        }
    }

    /// See [`Write::on`].
    pub fn on(self, write: &Write, item: Option<&Stored>) -> Option<Stored> {
        if let (Self::IgnoresRevision, Condition::Unchanged { newest, .. }, Some(stored)) =
            (self, &write.condition, item)
        {
            let condition = Condition::Unchanged {
                revision: stored.revision,
                newest: newest.clone(),
            };
            let effect = write.effect.clone();
            return Write { effect, condition }.on(item);
        }
        let mut written = write.on(item)?;
        if let (Self::ForgetsRemoval, Effect::Replace(state)) = (self, &write.effect) {
            written.state.clone_from(state);
        }
        Some(written)
    }
}
