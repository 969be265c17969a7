//! A few messages about one entity, and the state that each set of them leads to.

#![expect(
    clippy::indexing_slicing,
    reason = "a set of messages is made by the scenario that is asked about it"
)]

use std::fmt;

use roster_domain::json::Object;
use roster_domain::{
    CATALOGUE, Change, Event, EventId, EventTime, EventType, Kind, Sequence, State,
};

use crate::meaning::Meaning;
use crate::{payload, restore};

/// The content of a message: a change, its values, and its position in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// What it does.
    pub change: Change,
    /// Its time, in seconds.
    pub second: usize,
    /// Its sequence, if it has one.
    pub sequence: Option<usize>,
    /// Its event id.
    pub id: &'static str,
    /// The index of the content of its payload.
    pub content: usize,
}

/// A set of the messages of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MessageSet(u8);

/// Messages on a queue.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// A summary of the messages in one line.
    pub name: String,
    events: Vec<Event>,
    folds: Vec<State>,
    meaning: Meaning,
}

impl Scenario {
    /// One message for each of these facts of an entity of this kind.
    ///
    /// The delta of a batch is the same in every order of folding, which is checked here, so that
    /// a model needs only sets of messages.
    pub fn new(kind: Kind, facts: &[Fact]) -> Self {
        let events: Vec<_> = facts.iter().map(|fact| fact.event(kind)).collect();
        let scenario = Self {
            name: facts
                .iter()
                .map(Fact::to_string)
                .fold(format!("{kind:?}"), |name, fact| name + " " + &fact),
            folds: MessageSet::all(events.len())
                .subsets()
                .map(|set| fold(&events, set))
                .collect(),
            meaning: Meaning::of_events(&events),
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
    pub fn all(&self) -> MessageSet {
        MessageSet::all(self.events.len())
    }

    /// The delta of a batch of these messages.
    pub fn fold(&self, messages: MessageSet) -> &State {
        &self.folds[usize::from(messages.0)]
    }

    /// Whether the state is the fold of some of the messages.
    pub fn means(&self, state: &State) -> bool {
        self.folds.contains(state)
    }

    /// Whether readers see in the state what applying the events one at a time in clock order
    /// leads to.
    pub fn shows(&self, state: &State) -> bool {
        Meaning::of_state(state) == self.meaning
    }
}

/// Merges two states.
pub fn merged(left: &State, right: &State) -> State {
    let mut both = left.clone();
    both.merge(right);
    both
}

fn fold(events: &[Event], messages: MessageSet) -> State {
    let folded = (0..events.len()).filter(|&message| messages.0 & (1 << message) != 0);
    folded.fold(State::default(), |state, message| {
        merged(&state, &events[message].delta)
    })
}

impl MessageSet {
    fn all(count: usize) -> Self {
        Self(u8::MAX >> (8 - count))
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The union of both sets.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The messages that are not in the other set.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// All subsets, the empty one first.
    pub fn subsets(self) -> impl Iterator<Item = Self> {
        (0..=self.0).filter(move |set| set & !self.0 == 0).map(Self)
    }
}

impl Fact {
    fn event(&self, kind: Kind) -> Event {
        let ids = payload::ids(kind, "", &mut |_| 0);
        let choose = &mut |of| self.content % of;
        let (event_type, payload) = if self.change == Change::Restore {
            let payload = restore::payload(kind, &ids, "", choose);
            (restore::event_type(kind), payload)
        } else {
            let has_change = |t: &&EventType| t.kind == kind && t.change == self.change;
            let event_type = CATALOGUE.iter().find(has_change).unwrap();
            (event_type, payload::payload(event_type, &ids, "", choose))
        };
        let time = format!("2026-02-01T00:00:{:02}Z", self.second);
        let sequence = self.sequence.map(|sequence| sequence.to_string());
        let sequence = sequence.map(|text| Sequence::parse(&text).unwrap());
        Event::validate(
            event_type,
            EventId::parse(self.id).unwrap(),
            EventTime::parse(&time).unwrap(),
            sequence.as_ref(),
            &Object::parse(&payload.to_string(), "$").unwrap(),
        )
        .unwrap()
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.change.name(), self.second)?;
        if let Some(sequence) = self.sequence {
            write!(f, ".{sequence}")?;
        }
        f.write_str(self.id)
    }
}

impl fmt::Debug for MessageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (0..u8::BITS).filter(|number| self.0 & (1 << number) != 0);
        f.debug_set().entries(numbers).finish()
    }
}
