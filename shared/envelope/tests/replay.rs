//! Checks the fuzzing invariants for the corpus and for inputs that once failed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use roster_domain::{Attribute, CATALOGUE, EventTime, Kind};
use roster_envelope::{KnownAttributes, Message, decode};

#[path = "../../../tests/fuzz/invariants.rs"]
mod invariants;

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz");

/// Returns the files of a folder; none if it does not exist, since git does not store empty
/// folders.
fn inputs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(FUZZ).join(folder);
    if !folder.exists() {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn failing(inputs: Vec<PathBuf>) -> Vec<PathBuf> {
    let fails = |path: &PathBuf| {
        let input = fs::read(path).unwrap();
        catch_unwind(|| invariants::check(&input)).is_err()
    };
    inputs.into_iter().filter(fails).collect()
}

#[test]
fn the_corpus_satisfies_the_invariants() {
    let corpus = inputs("corpus");
    assert!(!corpus.is_empty());
    assert_eq!(failing(corpus), [""; 0].map(PathBuf::from));
}

#[test]
fn inputs_that_once_failed_satisfy_the_invariants() {
    assert_eq!(failing(inputs("regressions")), [""; 0].map(PathBuf::from));
}

/// The fuzzer hardly ever finds the name of an event type, but quickly varies an event that has
/// one.
#[test]
fn the_corpus_contains_a_valid_event_of_every_type() {
    let valid: BTreeSet<_> = inputs("corpus")
        .into_iter()
        .filter_map(|path| valid_type(&fs::read(path).unwrap()))
        .collect();
    let every: BTreeSet<_> = CATALOGUE.iter().map(|event_type| event_type.name).collect();
    assert_eq!(valid, every);
}

/// Returns the type of the event in the body after the first byte, if it is valid.
fn valid_type(input: &[u8]) -> Option<&'static str> {
    let message = Message {
        body: std::str::from_utf8(input.get(1..)?).ok()?,
        attributes: KnownAttributes::default(),
        sent: EventTime::parse("2026-03-01T12:00:00Z").unwrap(),
    };
    Some(decode(&message).ok()?.event_type.name)
}

#[test]
fn the_dictionary_contains_every_word_of_the_catalogue() {
    let dictionary = fs::read_to_string(Path::new(FUZZ).join("decode.dict")).unwrap();
    let types = CATALOGUE.iter().map(|event_type| event_type.name);
    let ids = Kind::ALL.iter().flat_map(|kind| kind.ids());
    let words = types
        .chain(ids.map(|id| id.payload))
        .chain(Attribute::ALL.map(Attribute::name));
    for word in words {
        assert!(dictionary.contains(&format!("\\\"{word}\\\"")), "{word}");
    }
}
