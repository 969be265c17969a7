//! The total order of events, as one string that Rust and DynamoDB compare alike.

use core::fmt;

use crate::{EventId, EventTime};

/// Stands between the parts of a clock. It is smaller than every character that an event id
/// may hold, so comparing two clocks as strings compares them part by part.
const SEPARATOR: char = '\t';

/// Hexadecimal digits of the content hash: 128 bits.
pub(crate) const HASH_WIDTH: usize = 32;

/// The position of an event in the order of all events: time, then event id, then a hash of
/// the validated content, so that two different events never share one.
///
/// It is one string, and its order is the order of its UTF-8 bytes, in Rust as in DynamoDB.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(String);

/// A string that no clock has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a clock: expected time, event id and hash with tabs between them")]
pub struct MalformedClock;

impl Clock {
    pub(crate) fn new(time: EventTime, id: &EventId, hash: &str) -> Self {
        debug_assert_eq!(hash.len(), HASH_WIDTH);
        Self(format!("{time}{SEPARATOR}{id}{SEPARATOR}{hash}"))
    }

    /// Reads a clock back from its string.
    pub fn parse(text: &str) -> Result<Self, MalformedClock> {
        let mut parts = text.split(SEPARATOR);
        let (Some(time), Some(id), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedClock);
        };
        let is_time = EventTime::parse(time).is_ok_and(|t| t.to_string() == time);
        let is_hash = hash.len() == HASH_WIDTH && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if is_time && EventId::parse(id).is_ok() && is_hash {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedClock)
        }
    }

    /// The clock as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time in it, in the text form of [`EventTime`].
    pub fn time(&self) -> &str {
        self.0.split(SEPARATOR).next().unwrap_or_default()
    }

    /// Whether the two name the same event (time and id) with different content. That is a
    /// producer's mistake: an event must not change once it has an id.
    pub fn contradicts(&self, other: &Self) -> bool {
        self != other && self.time_and_id() == other.time_and_id()
    }

    fn time_and_id(&self) -> Option<&str> {
        Some(self.0.rsplit_once(SEPARATOR)?.0)
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

    fn clock(millis: u64, id: &str, hash: u8) -> Clock {
        let time = EventTime::from_unix_millis(millis).unwrap();
        Clock::new(time, &EventId::parse(id).unwrap(), &format!("{hash:032x}"))
    }

    proptest! {
        #[test]
        fn the_order_of_the_strings_is_the_order_of_the_parts(
            a in (0u64..3, "[ !\u{7e}a0é\u{10000}]{1,3}", 0u8..3),
            b in (0u64..3, "[ !\u{7e}a0é\u{10000}]{1,3}", 0u8..3),
        ) {
            let (left, right) = (clock(a.0, &a.1, a.2), clock(b.0, &b.1, b.2));
            prop_assert_eq!(left.as_str().as_bytes().cmp(right.as_str().as_bytes()), a.cmp(&b));
            prop_assert_eq!(left.cmp(&right), a.cmp(&b));
        }

        #[test]
        fn a_clock_reads_back_as_itself(millis in 0u64..4_000_000_000_000, id in "\\PC{1,40}") {
            let clock = clock(millis, &id, 7);
            prop_assert_eq!(Clock::parse(clock.as_str()), Ok(clock.clone()));
            prop_assert_eq!(clock.to_string(), clock.as_str());
            prop_assert_eq!(clock.time(), EventTime::from_unix_millis(millis).unwrap().to_string());
        }
    }

    #[test]
    fn what_is_not_a_clock_is_refused() {
        let hash = "0".repeat(HASH_WIDTH);
        let time = "2026-01-31T09:30:00.000000000Z";
        assert!(Clock::parse(&format!("{time}\tid\t{hash}")).is_ok());
        for text in [
            String::new(),
            format!("{time}\tid"),
            format!("{time}\tid\t{hash}\t"),
            format!("2026-01-31T09:30:00Z\tid\t{hash}"),
            format!("{time}\t\t{hash}"),
            format!("{time}\tid\t0{hash}"),
            format!("{time}\tid\t{}", "x".repeat(HASH_WIDTH)),
        ] {
            assert_eq!(Clock::parse(&text), Err(MalformedClock), "{text}");
        }
    }

    #[test]
    fn only_the_same_event_with_other_content_contradicts() {
        let one = clock(1, "a", 1);
        assert!(one.contradicts(&clock(1, "a", 2)));
        assert!(!one.contradicts(&one.clone()));
        assert!(!one.contradicts(&clock(1, "b", 1)));
        assert!(!one.contradicts(&clock(2, "a", 2)));
    }
}
