//! Numbers with their nouns.

use std::fmt;

/// A number of things, as in "1 event" and "2 events".
pub fn counted<N: PartialEq + From<u8> + fmt::Display>(count: N, thing: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_singular_and_any_other_number_plural() {
        let told = [0_usize, 1, 2, 21].map(|count| counted(count, "event"));
        assert_eq!(told, ["0 events", "1 event", "2 events", "21 events"]);
    }
}
