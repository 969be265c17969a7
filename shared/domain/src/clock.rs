//! The total order of events, as one string that compares the same in Rust and in DynamoDB.

use core::fmt;

use crate::{Change, EventId, EventTime, Sequence};

/// Separates the parts of a clock. It is smaller than every character that a sequence or an event
/// id may contain, so comparing two clocks as strings compares them part by part.
const SEPARATOR: char = '\t';

/// Hexadecimal digits of the content hash: 128 bits.
pub(crate) const HASH_WIDTH: usize = 32;

/// The position of an event in the order of all events: its time, its sequence (empty if it has
/// none), the [rank](Change::rank) of its change, its id, and a hash of the validated content, so
/// that two different events never have the same clock.
///
/// It is one string, ordered by its UTF-8 bytes, in Rust and in DynamoDB alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(String);

/// The string is not a valid clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a clock: expected time, sequence, rank, event id and hash with tabs between them")]
pub struct MalformedClock;

impl Clock {
    pub(crate) fn new(
        time: EventTime,
        sequence: Option<&Sequence>,
        change: Change,
        id: &EventId,
        hash: &str,
    ) -> Self {
        debug_assert_eq!(hash.len(), HASH_WIDTH);
        let sequence = sequence.map_or("", Sequence::as_str);
        let rank = change.rank();
        Self(format!(
            "{time}{SEPARATOR}{sequence}{SEPARATOR}{rank}{SEPARATOR}{id}{SEPARATOR}{hash}"
        ))
    }

    /// Parses a stored clock.
    pub fn parse(text: &str) -> Result<Self, MalformedClock> {
        let parts: Vec<_> = text.split(SEPARATOR).collect();
        let &[time, sequence, rank, id, hash] = &*parts else {
            return Err(MalformedClock);
        };
        let is_time = EventTime::parse(time).is_ok_and(|t| t.to_string() == time);
        let is_sequence = sequence.is_empty() || Sequence::parse(sequence).is_ok();
        let is_rank = Change::ALL
            .iter()
            .any(|change| change.rank().to_string() == rank);
        let is_hash = hash.len() == HASH_WIDTH && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if is_time && is_sequence && is_rank && EventId::parse(id).is_ok() && is_hash {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedClock)
        }
    }

    /// The clock as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its time, in the text form of [`EventTime`].
    pub fn time(&self) -> &str {
        self.0.split(SEPARATOR).next().unwrap_or_default()
    }

    /// Whether both clocks have the same time and event id but differ in content. That is a bug
    /// in the producer: an event must not change once it has an id.
    pub fn contradicts(&self, other: &Self) -> bool {
        self != other && self.time() == other.time() && self.id() == other.id()
    }

    fn id(&self) -> Option<&str> {
        self.0.split(SEPARATOR).nth(3)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Parts = (u64, Option<&'static str>, Change, String, u8);

    fn clock(millis: u64, sequence: Option<&str>, change: Change, id: &str, hash: u8) -> Clock {
        let time = EventTime::from_unix_millis(millis).unwrap();
        let sequence = sequence.map(|text| Sequence::parse(text).unwrap());
        let id = EventId::parse(id).unwrap();
        Clock::new(
            time,
            sequence.as_ref(),
            change,
            &id,
            &format!("{hash:032x}"),
        )
    }

    fn parts() -> impl Strategy<Value = Parts> {
        (
            0u64..3,
            prop::sample::select(vec![
                None,
                Some(" "),
                Some("1"),
                Some("10"),
                Some("9"),
                Some("é"),
            ]),
            prop::sample::select(Change::ALL.to_vec()),
            "[ !\u{7e}a0é\u{10000}]{1,3}",
            0u8..3,
        )
    }

    fn clock_of((millis, sequence, change, id, hash): &Parts) -> Clock {
        clock(*millis, *sequence, *change, id, *hash)
    }

    /// Compares part by part: an empty sequence sorts first, and changes sort by rank.
    fn compare(a: &Parts, b: &Parts) -> core::cmp::Ordering {
        let key = |p: &Parts| (p.0, p.1, p.2.rank(), p.3.clone(), p.4);
        key(a).cmp(&key(b))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_the_strings_is_the_order_of_the_parts(a in parts(), b in parts()) {
            let (left, right) = (clock_of(&a), clock_of(&b));
            let order = compare(&a, &b);
            prop_assert_eq!(left.as_str().as_bytes().cmp(right.as_str().as_bytes()), order);
            prop_assert_eq!(left.cmp(&right), order);
        }

        #[test]
        fn a_clock_reads_back_as_itself(
            millis in 0u64..4_000_000_000_000,
            sequence in prop::option::of("\\PC{1,30}"),
            change in prop::sample::select(Change::ALL.to_vec()),
            id in "\\PC{1,40}",
        ) {
            let clock = clock(millis, sequence.as_deref(), change, &id, 7);
            prop_assert_eq!(Clock::parse(clock.as_str()), Ok(clock.clone()));
            prop_assert_eq!(clock.to_string(), clock.as_str());
            prop_assert_eq!(clock.time(), EventTime::from_unix_millis(millis).unwrap().to_string());
            prop_assert_eq!(clock.id(), Some(&*id));
        }
    }

    #[test]
    fn an_invalid_clock_is_refused() {
        let hash = "0".repeat(HASH_WIDTH);
        let time = "2026-01-31T09:30:00.000000000Z";
        for text in [
            format!("{time}\t\t0\tid\t{hash}"),
            format!("{time}\t0007\t2\tid\t{hash}"),
        ] {
            assert!(Clock::parse(&text).is_ok(), "{text}");
        }
        for text in [
            String::new(),
            format!("{time}\tid\t{hash}"),
            format!("{time}\t\t0\tid"),
            format!("{time}\t\t0\tid\t{hash}\t"),
            format!("2026-01-31T09:30:00Z\t\t0\tid\t{hash}"),
            format!("{time}\t\u{85}\t0\tid\t{hash}"),
            format!("{time}\t{}\t0\tid\t{hash}", "0".repeat(129)),
            format!("{time}\t\t\tid\t{hash}"),
            format!("{time}\t\t3\tid\t{hash}"),
            format!("{time}\t\t00\tid\t{hash}"),
            format!("{time}\t\t0\t\t{hash}"),
            format!("{time}\t\t0\tid\t0{hash}"),
            format!("{time}\t\t0\tid\t{}", "x".repeat(HASH_WIDTH)),
        ] {
            assert_eq!(Clock::parse(&text), Err(MalformedClock), "{text}");
        }
    }

    #[test]
    fn clocks_with_the_same_time_and_id_contradict_if_anything_else_differs() {
        let one = clock(1, None, Change::Put, "a", 1);
        assert!(!one.contradicts(&one.clone()));
        for other in [
            clock(1, None, Change::Put, "a", 2),
            clock(1, None, Change::Remove, "a", 1),
            clock(1, Some("1"), Change::Put, "a", 1),
        ] {
            assert!(
                one.contradicts(&other) && other.contradicts(&one),
                "{other}"
            );
        }
        assert!(!one.contradicts(&clock(1, None, Change::Put, "b", 1)));
        assert!(!one.contradicts(&clock(2, None, Change::Put, "a", 2)));
    }
}
