//! What an entity becomes in other orders of its events.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use roster_domain::{Clock, Event, EventTime, Field, State, Status, Value};
use roster_table::Key;
use serde::Serialize;

use super::certainty::Placed;

/// An entity that another order makes something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Uncertain {
    /// Partition key of the entity.
    pub pk: String,
    /// Sort key of the entity.
    pub sk: String,
    /// The lines of the events whose order the producer did not state.
    pub lines: Vec<usize>,
    /// Which of them comes last in the other order.
    pub last: usize,
    /// The attributes that differ, as they are here.
    pub here: BTreeMap<String, Option<String>>,
    /// The same attributes in the other order.
    pub in_other_order: BTreeMap<String, Option<String>>,
}

/// The events of one entity, in the order of their clocks.
pub struct History(Vec<(Placed, Event)>);

/// What readers see of an entity.
type Visible = BTreeMap<String, String>;

impl History {
    /// Reads the events.
    pub fn read(
        events: Vec<Placed>,
        event: &impl Fn(usize) -> Result<Option<Event>>,
    ) -> Result<Self> {
        let read = |placed: Placed| {
            let event = event(placed.line)?.context("an event is not valid any more")?;
            Ok((placed, event))
        };
        events
            .into_iter()
            .map(read)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether it matters which of the undated events, or which event of a tie, comes last. Each
    /// attribute holds what the last event to state it says, so other orders show nothing more.
    pub fn uncertain(&self, ties: &[Vec<Placed>]) -> Result<Vec<Uncertain>> {
        let here = visible(self.0.iter().map(|(_, event)| event))?;
        let lines = |of: &mut dyn Iterator<Item = &Placed>| -> Vec<usize> {
            of.map(|placed| placed.line).collect()
        };
        let undated = lines(&mut self.0.iter().map(|(p, _)| p).filter(|p| p.is_undated));
        let ties = ties.iter().map(|tie| lines(&mut tie.iter()));
        let mut uncertain = Vec::new();
        let groups = [(undated, true)].into_iter();
        for (group, comes_after_all) in groups.chain(ties.map(|tie| (tie, false))) {
            let mut tried = BTreeSet::new();
            let members: BTreeSet<_> = group.iter().copied().collect();
            for &last in &group {
                // Events of the same content lead to the same.
                if !tried.insert(self.content(last)) {
                    continue;
                }
                let found = visible(self.in_order(&members, last, comes_after_all))?;
                if found != here {
                    uncertain.push(self.difference(&group, last, &here, &found));
                    break;
                }
            }
        }
        Ok(uncertain)
    }

    /// The hash of the content of an event.
    fn content(&self, line: usize) -> Option<&str> {
        let is_there = |(placed, _): &&(Placed, Event)| placed.line == line;
        let (placed, _) = self.0.iter().find(is_there)?;
        placed.clock.as_str().rsplit('\t').next()
    }

    /// All events, those of a group with `last` at their end: after everything else, or where the
    /// group is.
    fn in_order(
        &self,
        group: &BTreeSet<usize>,
        last: usize,
        comes_after_all: bool,
    ) -> impl Iterator<Item = &Event> {
        let end = self
            .0
            .iter()
            .rposition(|(placed, _)| group.contains(&placed.line));
        let end = end.unwrap_or_default();
        let mut events: Vec<_> = self.0.iter().enumerate().collect();
        events.sort_by_key(|(place, (placed, _))| {
            let is_in_group = group.contains(&placed.line);
            let is_after = comes_after_all && is_in_group || !comes_after_all && *place > end;
            (is_after, is_in_group && placed.line == last, *place)
        });
        events.into_iter().map(|(_, (_, event))| event)
    }

    fn difference(
        &self,
        group: &[usize],
        last: usize,
        here: &Visible,
        found: &Visible,
    ) -> Uncertain {
        let names = here.keys().chain(found.keys());
        let names: BTreeSet<_> = names
            .filter(|name| here.get(*name) != found.get(*name))
            .collect();
        let values = |visible: &Visible| {
            let value = |name: &&String| ((*name).clone(), visible.get(*name).cloned());
            names.iter().map(value).collect()
        };
        let key = self.0.first().map(|(placed, _)| Key::of(&placed.entity));
        let (pk, sk) = key.map(|key| (key.pk, key.sk)).unwrap_or_default();
        Uncertain {
            pk,
            sk,
            lines: group.to_vec(),
            last,
            here: values(here),
            in_other_order: values(found),
        }
    }
}

/// What readers see after these events in this order.
fn visible<'a>(order: impl Iterator<Item = &'a Event>) -> Result<Visible> {
    let mut state = State::default();
    for (place, event) in (1..).zip(order) {
        state.merge(&moved(event, place)?);
    }
    let mut visible = Visible::new();
    if state.status() == Status::Active {
        visible.insert("status".to_owned(), Status::Active.name().to_owned());
        let contents = |value: &Value| -> Vec<(String, String)> {
            let contents = value.contents();
            contents
                .map(|(attribute, content)| (attribute.name().to_owned(), content.to_string()))
                .collect()
        };
        let fields = state
            .fields()
            .map(|(_, register): (Field, _)| &register.value);
        visible.extend(fields.flat_map(contents));
    }
    Ok(visible)
}

/// What the event states at another place of the order.
fn moved(event: &Event, place: u64) -> Result<State> {
    let (_, rest) = event
        .clock
        .as_str()
        .split_once('\t')
        .context("a clock has parts")?;
    let time = EventTime::from_unix_millis(place)?;
    let clock = Clock::parse(&format!("{time}\t{rest}"))?;
    let mut registers = event.delta.registers().clone();
    let clocks = registers.life.iter_mut().map(|life| &mut life.clock);
    let clocks = clocks.chain(registers.removed.as_mut());
    let clocks = clocks.chain(
        registers
            .restored
            .iter_mut()
            .map(|restored| &mut restored.clock),
    );
    for stated in clocks.chain(
        registers
            .fields
            .values_mut()
            .map(|register| &mut register.clock),
    ) {
        *stated = clock.clone();
    }
    Ok(State::from_registers(registers))
}

#[cfg(test)]
mod tests {
    use roster_envelope::{KnownAttributes, Message, decode};
    use serde_json::json;

    use super::*;

    const CHANGES: [(&str, &str); 5] = [
        ("Added", "admin"),
        ("Added", "reader"),
        ("Updated", "admin"),
        ("Updated", "reader"),
        ("Removed", "reader"),
    ];

    /// An undated event of a membership in a line.
    fn undated(line: usize, (change, role): (&str, &str)) -> (Placed, Event) {
        let body = json!({"eventId": format!("e{line}"), "type": format!("OrganizationUser{change}"),
            "payload": {"organizationId": "acme", "userId": "ada", "role": role}});
        let millis = 1_700_000_000_000 + u64::try_from(line).unwrap();
        let sent = EventTime::from_unix_millis(millis).unwrap();
        let message = Message {
            body: &body.to_string(),
            attributes: KnownAttributes::default(),
            sent,
        };
        let event = decode(&message).unwrap();
        let placed = Placed {
            line,
            entity: event.entity.clone(),
            clock: event.clock.clone(),
            is_undated: true,
        };
        (placed, event)
    }

    fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
        let Some((first, rest)) = items.split_first() else {
            return vec![Vec::new()];
        };
        let shorter = permutations(rest);
        let longer = shorter.iter().flat_map(|order| {
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, *first);
                longer
            })
        });
        longer.collect()
    }

    #[test]
    fn trying_each_event_as_the_last_finds_what_trying_all_orders_finds() {
        let mut uncertain = 0;
        for number in 0..CHANGES.len().pow(4) {
            let change = |line| CHANGES[number / CHANGES.len().pow(line) % CHANGES.len()];
            let events = (0..4).map(|line| undated(line as usize, change(line)));
            let history = History(events.collect());
            let states = permutations(&[0, 1, 2, 3]).into_iter().map(|order| {
                let order = order.iter().map(|place| &history.0[*place].1);
                visible(order).unwrap()
            });
            let states: BTreeSet<_> = states.collect();
            let found = history.uncertain(&[]).unwrap();
            assert_eq!(found.is_empty(), states.len() == 1, "{:?}", history.0);
            uncertain += found.len();
        }
        assert!(uncertain > 100 && uncertain < 625, "{uncertain}");
    }
}
