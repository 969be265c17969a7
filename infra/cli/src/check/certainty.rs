//! Where the order of events is not the one that their producer chose, and whether what an entity
//! becomes, or whether its references count, depends on it.
//!
//! Random orders cannot show it. An event without a time gets one here from its line, so it has a
//! place in every round; on a queue it gets the time at which SQS receives it. Events of one time
//! and sequence have a place by rank, id and content, of which the producer may know nothing.

use std::collections::BTreeMap;

use anyhow::Result;
use roster_domain::{Clock, Entity, Event};
use serde::Serialize;

use super::between::{Histories, between};
use super::uncertain::{History, Uncertain};
use crate::directory::Directory;

/// A valid event, its line and its place in the order.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The number of its line.
    pub line: usize,
    /// The entity it is about.
    pub entity: Entity,
    /// Its place.
    pub clock: Clock,
    /// Whether it states no time.
    pub is_undated: bool,
}

/// What decides the order of two events of the same time and sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Decider {
    /// A creation comes before a change, and a change before a removal.
    Rank,
    /// The event ids, compared as text.
    Id,
    /// A hash of the content: the ids are the same as well.
    Content,
}

/// Two events of one entity with the same time and sequence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tie {
    /// The lines of the events, in the order that is decided.
    pub lines: [usize; 2],
    /// What decides it.
    pub decided_by: Decider,
}

/// Everything about a file that its producer left open.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Certainty {
    /// The lines of the events without a time.
    pub undated: Vec<usize>,
    /// The pairs of events of one time and sequence.
    pub ties: Vec<Tie>,
    /// The entities for which it matters: what they are, and then whether they count.
    pub uncertain: Vec<Uncertain>,
}

impl Certainty {
    /// Looks at all valid events and at what they lead to in clock order. `event` returns the
    /// event in a line.
    pub fn of(
        placed: Vec<Placed>,
        directory: &Directory,
        event: impl Fn(usize) -> Result<Option<Event>>,
    ) -> Result<Self> {
        let undated = placed.iter().filter(|placed| placed.is_undated);
        let mut certainty = Self {
            undated: undated.map(|placed| placed.line).collect(),
            ..Self::default()
        };
        let mut histories = Histories::new();
        for placed in placed {
            let events = histories.entry(placed.entity.clone()).or_default();
            events.push(placed);
        }
        for events in histories.values_mut() {
            events.sort_by(|a, b| a.clock.cmp(&b.clock));
            // The same event once more changes nothing, unless it has no time.
            events.dedup_by(|a, b| a.clock == b.clock);
            let ties = ties(events);
            if events.len() > 1 && (!ties.is_empty() || events.iter().any(|e| e.is_undated)) {
                let history = History::read(events.clone(), &event)?;
                certainty.uncertain.extend(history.uncertain(&ties)?);
            }
            certainty.ties.extend(pairs(&ties));
        }
        certainty.ties.sort();
        let references = between(&histories, directory, &event)?;
        certainty.uncertain.extend(references);
        Ok(certainty)
    }
}

/// The events of one entity with the same time and sequence.
fn ties(events: &[Placed]) -> Vec<Vec<Placed>> {
    let mut groups: BTreeMap<(&str, &str), Vec<Placed>> = BTreeMap::new();
    for placed in events.iter().filter(|placed| !placed.is_undated) {
        let [time, sequence, ..] = parts(&placed.clock);
        groups
            .entry((time, sequence))
            .or_default()
            .push(placed.clone());
    }
    groups.into_values().filter(|tie| tie.len() > 1).collect()
}

/// Each event of a tie and the next one.
fn pairs(ties: &[Vec<Placed>]) -> impl Iterator<Item = Tie> {
    let pairs = ties
        .iter()
        .flat_map(|tie| tie.iter().zip(tie.iter().skip(1)));
    pairs.map(|(first, second)| {
        let [_, _, rank, id] = parts(&first.clock);
        let [_, _, other_rank, other_id] = parts(&second.clock);
        let decided_by = if rank != other_rank {
            Decider::Rank
        } else if id != other_id {
            Decider::Id
        } else {
            Decider::Content
        };
        Tie {
            lines: [first.line, second.line],
            decided_by,
        }
    })
}

/// Time, sequence, rank and id.
pub(super) fn parts(clock: &Clock) -> [&str; 4] {
    let mut parts = clock.as_str().split('\t');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use roster_domain::EventTime;
    use roster_envelope::{AttributeText, KnownAttributes, Message, carries_time, decode};
    use serde_json::{Value as Json, json};

    use super::*;

    fn event(line: usize, body: &str) -> Event {
        let sent = EventTime::from_unix_millis(1_800_000_000_000).unwrap();
        let stamp = EventTime::from_unix_millis(1_700_000_000_000 + line as u64).unwrap();
        let stamp = stamp.to_string();
        let event_time = (!carries_time(body)).then_some(AttributeText::Text(&stamp));
        decode(&Message {
            body,
            attributes: KnownAttributes::with_time(event_time),
            sent,
        })
        .unwrap()
    }

    fn certainty(lines: &[Json]) -> Certainty {
        let lines: Vec<_> = lines.iter().map(Json::to_string).collect();
        let placed = (1..).zip(&lines).map(|(line, body)| {
            let Event { entity, clock, .. } = event(line, body);
            let is_undated = !carries_time(body);
            Placed {
                line,
                entity,
                clock,
                is_undated,
            }
        });
        let read = |line: usize| Ok(Some(event(line, &lines[line - 1])));
        Certainty::of(placed.collect(), &Directory::default(), read).unwrap()
    }

    /// A membership of that user at that second, or without a time.
    fn member(change: &str, id: &str, user: &str, role: &str, second: Option<u32>) -> Json {
        let mut event = json!({"eventId": id, "type": format!("OrganizationUser{change}"),
            "payload": {"organizationId": "acme", "userId": user, "role": role}});
        if let Some(second) = second {
            event["timestamp"] = json!(format!("2026-06-01T00:00:{second:02}Z"));
        }
        event
    }

    fn lines_and_last(certainty: &Certainty) -> Vec<(Vec<usize>, usize)> {
        let uncertain = certainty.uncertain.iter();
        uncertain.map(|one| (one.lines.clone(), one.last)).collect()
    }

    #[test]
    fn events_of_different_times_are_certain() {
        let lines = [
            member("Added", "a", "ada", "admin", Some(1)),
            member("Removed", "b", "ada", "admin", Some(2)),
            member("Added", "a", "ada", "admin", Some(1)),
            member("Added", "c", "bob", "admin", Some(1)),
        ];
        assert_eq!(certainty(&lines), Certainty::default());
    }

    #[test]
    fn undated_events_are_uncertain_if_their_order_changes_what_is_seen() {
        let lines = [
            member("Added", "a", "ada", "admin", None),
            member("Removed", "b", "ada", "admin", None),
            member("Added", "c", "bob", "admin", None),
            member("Added", "d", "eve", "admin", None),
            member("Added", "e", "eve", "admin", None),
        ];
        let found = certainty(&lines);
        assert_eq!(found.undated, [1, 2, 3, 4, 5]);
        assert_eq!(lines_and_last(&found), [(vec![1, 2], 1)]);
        let one = &found.uncertain[0];
        assert_eq!(one.here["role"], None);
        assert_eq!(one.in_other_order["role"].as_deref(), Some("admin"));
        assert_eq!(one.in_other_order["status"].as_deref(), Some("ACTIVE"));
    }

    #[test]
    fn an_undated_event_among_dated_ones_counts_as_sent_after_them() {
        let lines = [
            member("Added", "a", "ada", "reader", None),
            member("Updated", "b", "ada", "admin", Some(5)),
            member("Added", "c", "bob", "admin", Some(5)),
            member("Removed", "d", "bob", "admin", None),
        ];
        assert_eq!(
            lines_and_last(&certainty(&lines)),
            [(vec![1], 1), (vec![4], 4)]
        );
    }

    #[test]
    fn a_tie_names_what_decides_it_and_whether_it_matters() {
        let rank = [
            member("Removed", "a", "ada", "admin", Some(1)),
            member("Added", "b", "ada", "admin", Some(1)),
        ];
        let found = certainty(&rank);
        let tie = |lines, decided_by| Tie { lines, decided_by };
        assert_eq!(found.ties, [tie([2, 1], Decider::Rank)]);
        assert_eq!(lines_and_last(&found), [(vec![2, 1], 2)]);

        let id = [
            member("Updated", "b", "ada", "admin", Some(2)),
            member("Updated", "a", "ada", "reader", Some(2)),
            member("Added", "z", "ada", "writer", Some(1)),
        ];
        let found = certainty(&id);
        assert_eq!(found.ties, [tie([2, 1], Decider::Id)]);
        assert_eq!(found.uncertain[0].here["role"].as_deref(), Some("admin"));
        assert_eq!(
            found.uncertain[0].in_other_order["role"].as_deref(),
            Some("reader")
        );

        let content = [
            member("Added", "a", "ada", "admin", Some(1)),
            member("Added", "a", "ada", "reader", Some(1)),
        ];
        assert_eq!(certainty(&content).ties[0].decided_by, Decider::Content);
    }

    #[test]
    fn a_tie_that_a_later_event_settles_is_told_but_does_not_matter() {
        let lines = [
            member("Updated", "a", "ada", "admin", Some(1)),
            member("Updated", "b", "ada", "reader", Some(1)),
            member("Added", "c", "ada", "writer", Some(2)),
        ];
        let found = certainty(&lines);
        assert_eq!((found.ties.len(), found.uncertain.len()), (1, 0));
    }

    #[test]
    fn a_sequence_orders_events_of_one_time() {
        let mut lines = [
            member("Updated", "a", "ada", "admin", Some(1)),
            member("Updated", "b", "ada", "reader", Some(1)),
            member("Added", "c", "ada", "reader", Some(0)),
        ];
        lines[0]["sequence"] = json!("1");
        lines[1]["sequence"] = json!("2");
        assert_eq!(certainty(&lines), Certainty::default());
    }
}
