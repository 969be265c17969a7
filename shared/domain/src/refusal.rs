//! Why an event is refused: where, what was found, what was expected.

use core::fmt;

use crate::EventTime;

/// A permanent failure: the event is invalid and retrying cannot help.
///
/// Its text names the place, what was found and what was expected. It never repeats a value
/// that can be somebody's name or email, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: found {found}, expected {expected}")]
pub struct Refusal {
    /// What kind of mistake it is.
    pub reason: Reason,
    /// JSON path in the message body (`$.payload.role`), or `messageAttributes.<name>`. The
    /// path goes through an SNS `Message` as if it were an object: `$.Message.payload.role`.
    pub path: String,
    /// What stood there.
    pub found: Found,
    /// What should have stood there.
    pub expected: &'static str,
}

/// The kinds of mistake, each with a stable code for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The body, or what an envelope holds as text, is not JSON.
    NotJson,
    /// A required field is missing or null.
    Missing,
    /// A field has another JSON type.
    WrongType,
    /// A required text is empty.
    Empty,
    /// A text is longer than its limit in [`crate::limits`].
    TooLong,
    /// A text has the right type but not the right form.
    Malformed,
    /// The id is that of a built-in role or permission, which no event changes.
    Reserved,
    /// Two fields contradict each other.
    Ambiguous,
    /// The event type is not in the catalogue.
    UnknownType,
    /// The event's time is too far ahead of the moment SQS got it.
    InFuture,
}

impl Reason {
    /// The code, in snake case. It does not change once released.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Missing => "missing",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::Reserved => "reserved",
            Self::Ambiguous => "ambiguous",
            Self::UnknownType => "unknown_type",
            Self::InFuture => "in_future",
        }
    }
}

/// What stood in the place of something valid, told without repeating personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The field is not there.
    Nothing,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string with nothing in it.
    EmptyText,
    /// A string, told by its length in bytes of UTF-8.
    Text(usize),
    /// An array.
    Array,
    /// An object.
    Object,
    /// A string with a control character in it.
    ControlCharacter,
    /// A message attribute of type Binary.
    Binary,
    /// Something that is not JSON, with the parser's position in it.
    NotJson {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
    },
    /// An event type, which is a word of the producer's program.
    Type(String),
    /// A time.
    Time(EventTime),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Null => f.write_str("null"),
            Self::Boolean => f.write_str("a boolean"),
            Self::Number => f.write_str("a number"),
            Self::EmptyText => f.write_str("an empty string"),
            Self::Text(1) => f.write_str("a string of 1 byte"),
            Self::Text(bytes) => write!(f, "a string of {bytes} bytes"),
            Self::Array => f.write_str("an array"),
            Self::Object => f.write_str("an object"),
            Self::ControlCharacter => f.write_str("a string with a control character"),
            Self::Binary => f.write_str("a binary value"),
            Self::NotJson { line, column } => {
                write!(f, "no JSON from column {column} of line {line} on")
            }
            Self::Type(name) => write!(f, "{name:?}"),
            Self::Time(time) => time.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable() {
        for (reason, code) in [
            (Reason::NotJson, "not_json"),
            (Reason::Missing, "missing"),
            (Reason::WrongType, "wrong_type"),
            (Reason::Empty, "empty"),
            (Reason::TooLong, "too_long"),
            (Reason::Malformed, "malformed"),
            (Reason::Reserved, "reserved"),
            (Reason::Ambiguous, "ambiguous"),
            (Reason::UnknownType, "unknown_type"),
            (Reason::InFuture, "in_future"),
        ] {
            assert_eq!(reason.code(), code);
        }
    }
}
