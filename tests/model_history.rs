//! Is every event in the history before it is in the directory, whatever interleaves, crashes or
//! repeats?
//!
//! All runs of two consumers over a few messages are explored, statement by statement.
//! `ROSTER_MODEL=long` allows one more fault.

#![expect(
    clippy::print_stdout,
    reason = "how much was explored is worth knowing"
)]

use std::collections::BTreeSet;
use std::env;

use roster_tests::recorded::RecordingStep;
use roster_tests::recording::{
    ALL_OVER, APPLIED, IN_HISTORY, NO_FAULT_NO_LETTER, RecordingModel, RecordingProtocol,
};
use stateright::{Checker, Expectation, HasDiscoveries, Model};

fn is_long() -> bool {
    env::var("ROSTER_MODEL").is_ok_and(|length| length == "long")
}

fn model(messages: &[usize], protocol: RecordingProtocol, faults: u8) -> RecordingModel {
    RecordingModel {
        messages: messages.to_vec(),
        protocol,
        consumers: 2,
        faults,
    }
}

#[test]
fn what_is_in_the_directory_is_in_the_history_and_nothing_acknowledged_is_lost() {
    let more = u8::from(is_long());
    // Two events of one entity and one of another; the same with a copy; one event twice.
    for (messages, faults) in [
        (&[0, 1, 2][..], 2 + more),
        (&[0, 0, 1, 2], 2 + more),
        (&[0, 0], 3 + more),
    ] {
        let model = model(messages, RecordingProtocol::Real, faults);
        let checker = model.checker().spawn_bfs().join();
        let states = checker.unique_state_count();
        println!("events {messages:?}, at most {faults} faults: {states} states");
        assert!(checker.discovery(ALL_OVER).is_some(), "there is no end");
        for property in checker.model().properties() {
            let path = checker.discovery(property.name);
            match property.expectation {
                Expectation::Sometimes if messages.len() < 3 => {}
                Expectation::Sometimes => {
                    assert!(path.is_some(), "too tame: never {}", property.name);
                }
                _ => {
                    if let Some(path) = path {
                        panic!("{messages:?}: not always: {}\n{path}", property.name);
                    }
                }
            }
        }
    }
}

/// The shortest run in which a wrong protocol breaks this property.
fn catch(
    protocol: RecordingProtocol,
    messages: &[usize],
    faults: u8,
    property: &'static str,
) -> Option<Vec<RecordingStep>> {
    let end = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = model(messages, protocol, faults).checker();
    let checker = checker.finish_when(end).spawn_bfs().join();
    let steps = checker.discovery(property)?.into_actions();
    println!("{protocol:?}: not always: {property}: {steps:?}");
    Some(steps)
}

#[test]
fn taking_the_success_of_a_request_for_that_of_each_statement_is_caught() {
    let protocol = RecordingProtocol::TrustsRequests;
    assert!(catch(protocol, &[0, 1, 2], 0, IN_HISTORY).is_none());
    let steps = catch(protocol, &[0, 1, 2], 1, IN_HISTORY);
    let fails = |step: &RecordingStep| {
        matches!(
            step,
            RecordingStep::StatementFails(..) | RecordingStep::StatementConflicts(..)
        )
    };
    assert!(steps.is_some_and(|steps| steps.iter().any(fails)));
}

#[test]
fn taking_an_event_in_the_history_for_applied_is_caught() {
    let protocol = RecordingProtocol::SkipsDuplicates;
    assert!(catch(protocol, &[0, 1, 2], 1, APPLIED).is_some());
}

#[test]
fn sending_copies_of_an_event_in_one_request_is_caught() {
    let protocol = RecordingProtocol::SendsCopies;
    assert!(catch(protocol, &[0, 0], 0, NO_FAULT_NO_LETTER).is_some());
}

#[test]
fn applying_before_recording_is_caught() {
    let protocol = RecordingProtocol::DirectoryFirst;
    assert!(catch(protocol, &[0], 0, IN_HISTORY).is_some());
}
