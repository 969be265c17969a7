//! Does any message break an invariant of the decoder? `tests/fuzz.sh` runs this target.

#![no_main]

mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::check(input));
