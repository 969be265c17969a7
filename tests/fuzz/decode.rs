//! Is there a message that breaks a promise of the decoder? `tests/fuzz.sh` runs it.

#![no_main]

mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::check(input));
