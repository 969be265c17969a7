//! Can any interleaving, crash or repetition lose an event?
//!
//! All runs of a few consumers over a few messages are explored, request by request: each
//! batching, each order of arrival and of requests, and each position for a bounded number of
//! faults. `ROSTER_MODEL=long` allows one more fault.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and how much was explored is worth knowing"
)]

use std::collections::BTreeSet;
use std::env;
use std::sync::Arc;
use std::time::Instant;

use roster_domain::Change::{self, Patch, Put, Remove, Restore};
use roster_domain::{CATALOGUE, Kind};
use roster_tests::protocol::Protocol;
use roster_tests::race::{RIGHT_AT_THE_END, RaceModel, Step, THE_END};
use roster_tests::scenario::{Fact, Scenario};
use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// A change, its time, its event id and the index of its content.
type Told = (Change, usize, &'static str, usize);

/// How facts are ordered: by their times, or by sequences with all times equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Times,
    Sequences,
}

/// Scenarios that are checked with more faults and more consumers.
const HARD: [[Told; 4]; 7] = [
    // An update before its add, then a late removal and a late add.
    [
        (Patch, 3, "a", 0),
        (Put, 2, "a", 1),
        (Remove, 1, "a", 2),
        (Put, 0, "a", 2),
    ],
    // An add that was sent twice.
    [
        (Put, 0, "a", 0),
        (Patch, 1, "a", 1),
        (Remove, 2, "a", 2),
        (Put, 0, "a", 0),
    ],
    // An update that was sent twice, and a removal before its add.
    [
        (Put, 0, "a", 0),
        (Patch, 2, "a", 1),
        (Remove, 1, "a", 2),
        (Patch, 2, "a", 1),
    ],
    // The same time and id with different content, so that rank and hash decide.
    [
        (Put, 0, "a", 0),
        (Patch, 0, "a", 1),
        (Remove, 0, "a", 2),
        (Patch, 0, "a", 2),
    ],
    // The same with two adds, and a removal at the same time under another id.
    [
        (Put, 0, "a", 0),
        (Put, 0, "a", 1),
        (Remove, 0, "b", 2),
        (Patch, 0, "a", 2),
    ],
    // A late removal, and its restore, delivered twice.
    [
        (Put, 0, "a", 0),
        (Remove, 1, "a", 0),
        (Restore, 2, "a", 1),
        (Restore, 2, "a", 1),
    ],
    // A restore between two removals.
    [
        (Remove, 0, "a", 0),
        (Restore, 1, "a", 1),
        (Remove, 2, "a", 0),
        (Put, 3, "a", 1),
    ],
];

fn is_long() -> bool {
    env::var("ROSTER_MODEL").is_ok_and(|length| length == "long")
}

fn scenario(kind: Kind, told: &[Told], order: Order) -> Arc<Scenario> {
    let fact = |&(change, place, id, content): &Told| Fact {
        change,
        second: if order == Order::Times { place } else { 0 },
        sequence: (order == Order::Sequences).then_some(place),
        id,
        content,
    };
    let facts: Vec<_> = told.iter().map(fact).collect();
    Arc::new(Scenario::new(kind, &facts))
}

/// The changes that this kind has event types for.
fn changes(kind: Kind) -> Vec<Change> {
    let of_kind = CATALOGUE.iter().filter(|of| of.kind == kind);
    of_kind.map(|event_type| event_type.change).collect()
}

/// All sequences of `length` of these changes of a kind in clock order. The clock is a total
/// order, so how it arises does not matter; in every other sequence, the times are equal and the
/// sequences decide.
fn sequences(kind: Kind, changes: &[Change], length: u32) -> Vec<Arc<Scenario>> {
    let places = [(0, "d", 0), (1, "c", 1), (2, "b", 2), (3, "a", 0)];
    let nth = |n: usize| {
        let mut rest = n;
        let places = places.iter().take(length as usize);
        let told = places.map(|&(place, id, content)| {
            let change = changes[rest % changes.len()];
            rest /= changes.len();
            (change, place, id, content)
        });
        let order = if n.is_multiple_of(2) {
            Order::Times
        } else {
            Order::Sequences
        };
        scenario(kind, &told.collect::<Vec<_>>(), order)
    };
    (0..changes.len().pow(length)).map(nth).collect()
}

#[derive(Debug, Default)]
struct Explored {
    scenarios: usize,
    unique: usize,
    total: usize,
    reached: BTreeSet<&'static str>,
    reachable: BTreeSet<&'static str>,
}

impl Explored {
    fn explore(&mut self, race: RaceModel) {
        let (consumers, faults) = (race.consumers, race.faults);
        let name = race.scenario.name.clone();
        let checker = race.checker().spawn_bfs().join();
        assert!(checker.discovery(THE_END).is_some(), "{name} has no end");
        for property in checker.model().properties() {
            let path = checker.discovery(property.name);
            if property.expectation == Expectation::Sometimes {
                self.reachable.insert(property.name);
                self.reached.extend(path.map(|_| property.name));
            } else if let Some(path) = path {
                panic!("{name}: not always: {}\n{path}", property.name);
            }
        }
        let (unique, total) = (checker.unique_state_count(), checker.state_count());
        println!(
            "{name}, {consumers} consumers, at most {faults} faults: {unique} states ({total} visits)"
        );
        self.scenarios += 1;
        self.unique += unique;
        self.total += total;
    }
}

#[test]
fn no_interleaving_crash_or_repetition_loses_an_event() {
    let start = Instant::now();
    let mut explored = Explored::default();
    let mut explore = |scenario: &Arc<Scenario>, consumers, faults| {
        explored.explore(RaceModel {
            scenario: Arc::clone(scenario),
            protocol: Protocol::Real,
            consumers,
            faults,
        });
    };
    let more = u8::from(is_long());
    for kind in Kind::ALL {
        let mut changes = changes(kind);
        if kind == Kind::Membership {
            for scenario in sequences(kind, &changes, 4) {
                explore(&scenario, 2, 1 + more);
            }
        }
        changes.push(Restore);
        for scenario in sequences(kind, &changes, 3) {
            explore(&scenario, 2, 1 + more);
        }
    }
    for scenario in HARD.map(|told| scenario(Kind::Membership, &told, Order::Times)) {
        explore(&scenario, 2, 2 + more);
        explore(&scenario, 3, 1 + more);
    }
    println!(
        "{} scenarios: {} states ({} visits) in {:?}",
        explored.scenarios,
        explored.unique,
        explored.total,
        start.elapsed()
    );
    assert_eq!(
        explored.reached, explored.reachable,
        "the model is too tame"
    );
}

/// Searches every sequence for wrong results and prints the shortest path to one.
fn catch(protocol: Protocol, faults: u8) -> Option<Vec<Step>> {
    let end = HasDiscoveries::AnyOf(BTreeSet::from([RIGHT_AT_THE_END]));
    let mut caught = Vec::new();
    for scenario in sequences(Kind::Membership, &changes(Kind::Membership), 4) {
        let race = RaceModel {
            scenario: Arc::clone(&scenario),
            protocol,
            consumers: 2,
            faults,
        };
        let checker = race.checker().finish_when(end.clone()).spawn_bfs().join();
        if let Some(path) = checker.discovery(RIGHT_AT_THE_END) {
            caught.push((path.into_actions(), scenario.name.clone()));
        }
    }
    let count = caught.len();
    let (steps, name) = caught.into_iter().min_by_key(|(steps, _)| steps.len())?;
    println!("{protocol:?} is wrong in {count} of 81 sequences, soonest in {name}: {steps:?}");
    Some(steps)
}

#[test]
fn a_second_write_that_ignores_the_revision_is_caught() {
    assert!(catch(Protocol::IgnoresRevision, 0).is_some());
}

#[test]
fn a_first_write_that_compares_the_newest_clock_is_caught() {
    assert!(catch(Protocol::ComparesNewest, 0).is_some());
}

#[test]
fn newest_wins_is_caught() {
    assert!(catch(Protocol::NewestWins, 0).is_some());
}

#[test]
fn acknowledging_before_writing_is_caught_by_a_crash() {
    assert!(catch(Protocol::AcknowledgesFirst, 0).is_none());
    let steps = catch(Protocol::AcknowledgesFirst, 1);
    let crash = |step: &Step| matches!(step, Step::Crash(_));
    assert!(steps.is_some_and(|steps| steps.iter().any(crash)));
}

#[test]
fn forgetting_the_removal_before_a_put_is_caught() {
    assert!(catch(Protocol::ForgetsRemoval, 0).is_some());
}

#[test]
fn a_first_write_that_overlooks_the_removal_in_its_delta_is_caught() {
    assert!(catch(Protocol::OverlooksRemoval, 0).is_some());
}
