//! Does every input that fuzzing starts from, or once failed on, keep the promises?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../../../tests/fuzz/invariants.rs"]
mod invariants;

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz");

/// The files of a folder; none if there is no such folder, as git keeps no empty one.
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
fn every_input_of_the_corpus_keeps_the_promises() {
    let corpus = inputs("corpus");
    assert!(!corpus.is_empty());
    assert_eq!(failing(corpus), [""; 0].map(PathBuf::from));
}

#[test]
fn no_input_that_once_failed_fails_again() {
    assert_eq!(failing(inputs("regressions")), [""; 0].map(PathBuf::from));
}
