//! The time of an event.

use core::fmt;
use core::time::Duration;

use ::time::OffsetDateTime;
use ::time::UtcOffset;
use ::time::format_description::well_known::Rfc3339;

/// A point in time in UTC with nanoseconds, between the years 1970 and 9999.
///
/// Its text has a fixed width of 30 bytes, `2026-01-31T09:30:00.000000000Z`, so that the texts
/// sort in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime(OffsetDateTime);

/// The text or number is not a time between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time between the years 1970 and 9999")]
pub struct NotATime;

impl EventTime {
    /// The earliest time.
    pub const UNIX_EPOCH: Self = Self(OffsetDateTime::UNIX_EPOCH);

    /// Parses an RFC 3339 time with any offset. Digits below the nanosecond are dropped, and a leap
    /// second is the last nanosecond before it. The seconds and the colon
    /// of the offset may be left out, and a space may stand for the `T`: producers write all of
    /// these, and nobody can misread them.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let text = completed(text).ok_or(NotATime)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| NotATime)?;
        Self::checked(time.checked_to_offset(UtcOffset::UTC))
    }

    /// The time `millis` milliseconds after the start of 1970.
    pub fn from_unix_millis(millis: u64) -> Result<Self, NotATime> {
        let nanos = i128::from(millis) * 1_000_000;
        Self::checked(OffsetDateTime::from_unix_timestamp_nanos(nanos).ok())
    }

    /// Adds `duration`, up to the last representable time.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let duration = duration.try_into().unwrap_or(::time::Duration::MAX);
        Self(self.0.saturating_add(duration))
    }

    /// Whole milliseconds from `earlier` to this time; negative if this time is the earlier one.
    pub fn millis_since(self, earlier: Self) -> i64 {
        let millis = (self.0 - earlier.0).whole_milliseconds();
        i64::try_from(millis).unwrap_or(i64::MAX)
    }

    fn checked(time: Option<OffsetDateTime>) -> Result<Self, NotATime> {
        match time {
            Some(time) if (1970..=9999).contains(&time.year()) => Ok(Self(time)),
            _ => Err(NotATime),
        }
    }
}

/// The text with a `T` between date and time, with seconds and with a colon in the offset; none if
/// anything but `T`, `t` or a space is between date and time, which the parser would accept.
fn completed(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(DATE.len())?;
    let time = rest.strip_prefix(['T', 't', ' '])?;
    let (minutes, rest) = time.split_at_checked(MINUTES.len())?;
    let has_seconds = !rest.starts_with(['Z', 'z', '+', '-']);
    let seconds = if has_seconds { "" } else { ":00" };
    let (before, offset_minutes) = match rest.as_bytes() {
        [.., b'+' | b'-', hh, h, mm, m] if [hh, h, mm, m].into_iter().all(u8::is_ascii_digit) => {
            rest.split_at_checked(rest.len().checked_sub(2)?)?
        }
        _ => (rest, ""),
    };
    let colon = if offset_minutes.is_empty() { "" } else { ":" };
    Some(format!(
        "{date}T{minutes}{seconds}{before}{colon}{offset_minutes}"
    ))
}

const DATE: &str = "2026-01-31";
const MINUTES: &str = "09:30";

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(t) = self;
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second(),
            t.nanosecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        EventTime::parse(text).map_or_else(|e| e.to_string(), |t| t.to_string())
    }

    #[test]
    fn every_notation_of_one_time_has_the_same_text() {
        for text in [
            "2026-01-31T09:30:00Z",
            "2026-01-31T09:30:00.000Z",
            "2026-01-31T10:30:00+01:00",
            "2026-01-31T04:00:00.0000000000001-05:30",
            "2026-01-31t09:30:00z",
            "2026-01-31T09:30:00-00:00",
            "2026-01-31T09:30Z",
            "2026-01-31 09:30:00Z",
            "2026-01-31 10:30+01:00",
            "2026-01-31t09:30z",
            "2026-01-30T10:30-23:00",
            "2026-01-31T09:30:00+0000",
            "2026-01-31T01:30:00.000-0800",
            "2026-01-31 15:00+0530",
        ] {
            assert_eq!(read(text), "2026-01-31T09:30:00.000000000Z", "{text}");
        }
        assert_eq!(
            read("1970-01-01T00:00:00.123456789Z"),
            "1970-01-01T00:00:00.123456789Z"
        );
    }

    #[test]
    fn anything_but_a_time_from_1970_to_9999_is_refused() {
        for text in [
            "",
            "now",
            "2026-01-31",
            "2026-01-31T09:30:00",
            "2026-02-30T00:00:00Z",
            "2026-01-31T25:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+01:00",
            "1767225600",
            " 2026-01-31T09:30:00Z",
            "2026-01-31  09:30:00Z",
            "2026-01-31T09Z",
            "2026-01-31T09:30",
            "2026-01-31T09:30:Z",
            "2026-01-31T09:30:00 Z",
            "2026-01-31T09:30:00+01",
            "2026-01-31T09:30:00+010",
            "2026-01-31T09:30:00+01000",
            "2026-01-31T09:30:00+2400",
            "2026-01-31T09:30:00+0160",
            "2026-01-31T09:30:00 +0100",
            "2026-01-31T09:30:00 UTC",
            "2026-01-31T09:30:000100",
            "2026-01-31T09:30:00.Z",
            "2026-01-31T09:30:00,5Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T09:30:60Z",
            "20260131T093000Z",
            "2026-01-é1T09:30Z",
        ] {
            assert_eq!(read(text), NotATime.to_string(), "{text}");
        }
        for between in ["0", "9", "-", "_", "\t", "\0", "\n", ".", "Z", "", "\u{a0}"] {
            let text = format!("2026-01-31{between}09:30:00Z");
            assert_eq!(read(&text), NotATime.to_string(), "{text:?}");
        }
        assert!(EventTime::from_unix_millis(u64::MAX).is_err());
    }

    #[test]
    fn a_leap_second_is_the_last_nanosecond_before_it() {
        for text in [
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.25Z",
            "2016-12-31T15:59:60-08:00",
            "2017-01-01 00:59:60+01:00",
        ] {
            assert_eq!(read(text), "2016-12-31T23:59:59.999999999Z", "{text}");
        }
    }

    #[test]
    fn the_difference_of_two_times_is_in_milliseconds() {
        let at = |millis| EventTime::from_unix_millis(millis).unwrap();
        assert_eq!(at(1_500).millis_since(at(400)), 1_100);
        assert_eq!(at(400).millis_since(at(1_500)), -1_100);
        let last = EventTime::parse("9999-12-31T23:59:59.999999999Z").unwrap();
        let millis = last.millis_since(EventTime::UNIX_EPOCH);
        assert_eq!(millis, 253_402_300_799_999);
    }

    #[test]
    fn adding_a_duration_saturates() {
        let last = EventTime::parse("9999-12-31T23:59:59.999999999Z").unwrap();
        assert_eq!(last.saturating_add(Duration::from_nanos(1)), last);
        assert_eq!(last.saturating_add(Duration::MAX), last);
        assert_eq!(
            EventTime::UNIX_EPOCH.saturating_add(Duration::from_millis(1)),
            EventTime::from_unix_millis(1).unwrap()
        );
    }
}
