//! Why an event is refused: the path, what was found and what was expected.

use core::fmt;

use crate::{EventTime, limits};

/// A permanent failure: the event is invalid and a retry cannot succeed.
///
/// Its text gives the path, what was found and what was expected. It never contains a value that
/// can be a person's name or email address, so it is safe to log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: found {found}, expected {expected}")]
pub struct Refusal {
    /// The kind of error.
    pub reason: Reason,
    /// JSON path in the message body (`$.payload.role`), or `messageAttributes.<name>`. A string that
    /// contains JSON counts as an object: the `Message` of an SNS notification
    /// (`$.Message.payload.role`), `data_base64`, and a `detail` that is a string.
    pub path: String,
    /// What was found at the path.
    pub found: Found,
    /// What was expected there.
    pub expected: &'static str,
}

/// The kinds of error, each with a stable code for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The body, or a text inside the envelope, is not JSON.
    NotJson,
    /// A required field is missing or null.
    Missing,
    /// A field has the wrong JSON type.
    WrongType,
    /// A required text is empty.
    Empty,
    /// A text is longer than its limit in [`crate::limits`].
    TooLong,
    /// A text has an invalid format.
    Malformed,
    /// The id belongs to a built-in role or permission, which events cannot change.
    Reserved,
    /// Two fields contradict each other.
    Ambiguous,
    /// The event type is not in the catalogue.
    UnknownType,
    /// The event's time is too far ahead of the time when SQS received it.
    InFuture,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NotJson,
        Self::Missing,
        Self::WrongType,
        Self::Empty,
        Self::TooLong,
        Self::Malformed,
        Self::Reserved,
        Self::Ambiguous,
        Self::UnknownType,
        Self::InFuture,
    ];

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

/// What was found instead of a valid value, described without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The field is missing.
    Nothing,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// An empty string.
    EmptyText,
    /// A string, described by its length in bytes of UTF-8.
    Text(usize),
    /// An array.
    Array,
    /// An object.
    Object,
    /// A string that contains a control character.
    ControlCharacter,
    /// A string that contains an invisible character.
    InvisibleCharacter,
    /// A message attribute of type Binary.
    Binary,
    /// Text that is not JSON, with the position of the error.
    NotJson {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
    },
    /// A string that cannot be personal data, such as a role.
    Quoted(String),
    /// A number that cannot be personal data, such as a time.
    QuotedNumber(String),
    /// A time.
    Time(EventTime),
}

impl Found {
    /// Describes a text in the place of a role. It is quoted if it is made of words for roles, as in
    /// `ORG_OWNER` or `projectManager`; anything else could be a person's name in the wrong field.
    pub fn role(text: &str) -> Self {
        Self::quoted_if(text, is_role)
    }

    /// Describes a text in the place of a version. It is quoted if it consists of digits and dots.
    pub fn version(text: &str) -> Self {
        Self::quoted_if(text, |text| {
            text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
    }

    /// Describes a text in the place of a time. It is quoted if it begins with a year and consists
    /// of what times do, or is a number.
    pub fn time(text: &str) -> Self {
        Self::quoted_if(text, is_like_a_time)
    }

    fn quoted_if(text: &str, is_known: impl Fn(&str) -> bool) -> Self {
        if text.len() <= limits::QUOTED && is_known(text) {
            Self::Quoted(text.to_owned())
        } else {
            Self::Text(text.len())
        }
    }
}

/// The words that names of roles are made of.
const WORDS_OF_ROLES: [&str; 31] = [
    "account",
    "admin",
    "administrator",
    "auditor",
    "basic",
    "collaborator",
    "contributor",
    "developer",
    "editor",
    "external",
    "global",
    "guest",
    "maintainer",
    "manager",
    "member",
    "moderator",
    "none",
    "operator",
    "org",
    "organization",
    "owner",
    "project",
    "reader",
    "standard",
    "super",
    "system",
    "team",
    "tenant",
    "user",
    "viewer",
    "writer",
];

/// Whether every word is one of [`WORDS_OF_ROLES`]. `_`, `-` or a capital after a small letter
/// begins a new word.
fn is_role(text: &str) -> bool {
    let mut words = String::new();
    let mut is_after_small = false;
    for c in text.chars() {
        if is_after_small && c.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
        is_after_small = c.is_ascii_lowercase();
    }
    let mut words = words.split(['_', '-']);
    words.all(|word| WORDS_OF_ROLES.contains(&word))
}

fn is_like_a_time(text: &str) -> bool {
    let is_digit = |b: &u8| b.is_ascii_digit();
    match text.as_bytes() {
        [a, b, c, d, b'-', rest @ ..] if [a, b, c, d].into_iter().all(is_digit) => rest
            .iter()
            .all(|b| is_digit(b) || b"TtZz:+-., /".contains(b)),
        digits => digits.iter().all(is_digit),
    }
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
            Self::InvisibleCharacter => f.write_str("a string with an invisible character"),
            Self::Binary => f.write_str("a binary value"),
            Self::NotJson { line, column } => {
                write!(f, "invalid JSON at line {line}, column {column}")
            }
            Self::Quoted(text) => write!(f, "{text:?}"),
            Self::QuotedNumber(digits) => write!(f, "the number {digits}"),
            Self::Time(time) => time.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_in_the_list_of_all() {
        let place = |reason| match reason {
            Reason::NotJson => 0,
            Reason::Missing => 1,
            Reason::WrongType => 2,
            Reason::Empty => 3,
            Reason::TooLong => 4,
            Reason::Malformed => 5,
            Reason::Reserved => 6,
            Reason::Ambiguous => 7,
            Reason::UnknownType => 8,
            Reason::InFuture => 9,
        };
        let places: Vec<_> = Reason::ALL.into_iter().map(place).collect();
        assert_eq!(places, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_role_is_quoted_only_if_it_is_made_of_words_for_roles() {
        for role in [
            "owner",
            "Owner",
            "ORG_OWNER",
            "org-admin",
            "projectManager",
            "OrgUser",
        ] {
            assert_eq!(Found::role(role), Found::Quoted(role.to_owned()));
        }
        for other in [
            "ada",
            "Ada-Lovelace",
            "owner_ada",
            "adaOwner",
            "owner ",
            "",
            "_",
        ] {
            assert_eq!(Found::role(other), Found::Text(other.len()));
        }
        let long = ["owner"; 25].join("_");
        assert_eq!(Found::role(&long), Found::Text(long.len()));
    }

    #[test]
    fn a_time_is_quoted_only_if_it_begins_with_a_year_or_is_a_number() {
        for time in ["2026-01-31", "2026-01-31T09:30:00", "2026-", "1767225600"] {
            assert_eq!(Found::time(time), Found::Quoted(time.to_owned()));
        }
        for other in [
            "Zz Tt",
            "+49 170 123",
            "01/02/2026",
            "2026-ada",
            "2026x",
            "x",
        ] {
            assert_eq!(Found::time(other), Found::Text(other.len()));
        }
    }

    #[test]
    fn a_version_is_quoted_only_if_it_consists_of_digits_and_dots() {
        assert_eq!(Found::version("0.3"), Found::Quoted("0.3".to_owned()));
        assert_eq!(Found::version("Ada"), Found::Text(3));
    }

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
