//! A few messages about one membership, and what each set of them means.

#![expect(
    clippy::indexing_slicing,
    reason = "a set of messages is made by the scenario that is asked about it"
)]

use std::fmt;

use roster_domain::{Change, Event, Field, State, Status};
use serde_json::json;

use crate::reference;

/// What a message says: a change, a role, and where it stands in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// What it does.
    pub change: Change,
    /// Its time, in seconds.
    pub second: usize,
    /// Its event id.
    pub id: &'static str,
    /// The role in its payload.
    pub role: &'static str,
}

/// A set of the messages of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Messages(u8);

/// Messages on a queue.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What they say, in a line.
    pub name: String,
    events: Vec<Event>,
    folds: Vec<State>,
    role: Option<String>,
}

impl Scenario {
    /// The messages that say those facts, one each.
    ///
    /// Whatever the order in which a batch is folded, its delta is the same; that is checked
    /// here, so that a model needs sets of messages only.
    pub fn new(facts: &[Fact]) -> Self {
        let bodies: Vec<_> = facts.iter().map(Fact::body).collect();
        let events: Vec<_> = bodies
            .iter()
            .map(|body| reference::event(body).unwrap())
            .collect();
        let scenario = Self {
            name: facts
                .iter()
                .map(Fact::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            folds: Messages::all(events.len())
                .subsets()
                .map(|set| fold(&events, set))
                .collect(),
            role: reference::directory(&bodies)
                .memberships
                .pop()
                .map(|m| m.role),
            events,
        };
        for left in scenario.all().subsets() {
            for right in scenario.all().subsets() {
                let both = merged(scenario.fold(left), scenario.fold(right));
                assert_eq!(both, *scenario.fold(left.with(right)), "{}", scenario.name);
            }
        }
        scenario
    }

    /// All messages.
    pub fn all(&self) -> Messages {
        Messages::all(self.events.len())
    }

    /// The delta of a batch of those messages.
    pub fn fold(&self, messages: Messages) -> &State {
        &self.folds[usize::from(messages.0)]
    }

    /// Whether it is the fold of some of the messages.
    pub fn means(&self, state: &State) -> bool {
        self.folds.contains(state)
    }

    /// Whether a reader sees in it what applying the events one at a time in clock order
    /// leads to.
    pub fn shows(&self, state: &State) -> bool {
        let present = state.status() == Status::Active;
        let role = state.fields().find(|(field, _)| *field == Field::Role);
        let shown = role.filter(|_| present).map(|(_, role)| &role.value);
        shown == self.role.as_ref()
    }
}

/// The two states merged.
pub fn merged(left: &State, right: &State) -> State {
    let mut both = left.clone();
    both.merge(right);
    both
}

fn fold(events: &[Event], messages: Messages) -> State {
    let folded = (0..events.len()).filter(|&message| messages.0 & (1 << message) != 0);
    folded.fold(State::default(), |state, message| {
        merged(&state, &events[message].delta)
    })
}

impl Messages {
    fn all(count: usize) -> Self {
        Self(u8::MAX >> (8 - count))
    }

    /// Whether it holds none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in either.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in the other.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Every set of these messages, the empty one first.
    pub fn subsets(self) -> impl Iterator<Item = Self> {
        (0..=self.0).filter(move |set| set & !self.0 == 0).map(Self)
    }
}

impl Fact {
    fn body(&self) -> String {
        let event_type = match self.change {
            Change::Put => "OrganizationUserAdded",
            Change::Patch => "OrganizationUserUpdated",
            Change::Remove => "OrganizationUserRemoved",
        };
        let payload = json!({"organizationId": "o", "userId": "u", "role": self.role});
        let time = format!("2026-02-01T00:00:{:02}Z", self.second);
        json!({"eventId": self.id, "type": event_type, "timestamp": time, "payload": payload})
            .to_string()
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}{}", self.change.name(), self.second, self.id)
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (0..u8::BITS).filter(|number| self.0 & (1 << number) != 0);
        f.debug_set().entries(numbers).finish()
    }
}
