//! Typed ids, and the validation of all texts in events. Parsing is the only way to create an id,
//! so every value of these types is valid.

use core::fmt;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::limits;
use crate::{Found, Reason};

/// A text that is invalid for its use: a [`crate::Refusal`] without a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found {found}, expected {expected}")]
pub struct InvalidText {
    /// The kind of error.
    pub reason: Reason,
    /// What was found.
    pub found: Found,
    /// What was expected.
    pub expected: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses the text. It is kept unchanged: case and spaces are significant.
            pub fn parse(text: &str) -> Result<Self, InvalidText> {
                sized(text, $limit, $expected)?;
                if text.chars().any(char::is_control) {
                    return Err(InvalidText {
                        reason: Reason::Malformed,
                        found: Found::ControlCharacter,
                        expected: $expected,
                    });
                }
                Ok(Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// The id of an event. It has no control characters (CloudEvents 1.0.2, type String).
    EventId,
    limits::EVENT_ID,
    "1 to 512 bytes without control characters"
);
id!(
    /// The position of an event among those with the same time, assigned by the producer.
    /// Sequences are compared as text, so numbers must be padded: `0009` comes before `0010`.
    Sequence,
    limits::SEQUENCE,
    "1 to 128 bytes without control characters"
);
id!(
    /// The id of an entity of any kind.
    EntityId,
    limits::ENTITY_ID,
    "1 to 256 bytes without control characters"
);

macro_rules! entity_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(EntityId);

        impl $name {
            /// Parses an id. It is kept unchanged: case and spaces are significant.
            pub fn parse(text: &str) -> Result<Self, InvalidText> {
                EntityId::parse(text).map(Self)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl From<EntityId> for $name {
            fn from(id: EntityId) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

entity_id!(
    /// The id of a user.
    UserId
);
entity_id!(
    /// The id of an organization.
    OrganizationId
);
entity_id!(
    /// The id of a team, which is unique within its organization.
    TeamId
);
entity_id!(
    /// The id of a project.
    ProjectId
);
entity_id!(
    /// The id of a custom role.
    RoleId
);
entity_id!(
    /// The id of a permission.
    PermissionId
);

/// Accepts what the pattern `^[^\s@]+@[^\s@]+\.[^\s@]+$` matches, up to [`limits::EMAIL`] bytes,
/// without control characters and invisible ones: two emails that look the same should not differ
/// in what nobody sees.
pub(crate) fn check_email(text: &str) -> Result<(), InvalidText> {
    const EXPECTED: &str = "an email address like name@example.com, of at most 320 bytes";
    sized(text, limits::EMAIL, EXPECTED)?;
    let has_form = text.split_once('@').is_some_and(|(local, domain)| {
        let mut inner = domain.chars();
        let ends = (inner.next(), inner.next_back());
        !local.is_empty()
            && ends.0.is_some()
            && ends.1.is_some()
            && inner.as_str().contains('.')
            && !domain.contains('@')
    });
    let found = if !has_form || text.contains(char::is_whitespace) {
        Found::Text(text.len())
    } else if text.contains(char::is_control) {
        Found::ControlCharacter
    } else if text.contains(is_invisible) {
        Found::InvisibleCharacter
    } else {
        return Ok(());
    };
    Err(InvalidText {
        reason: Reason::Malformed,
        found,
        expected: EXPECTED,
    })
}

/// Whether a character is a format character (general category Cf) or is shown as nothing where it
/// is not supported.
fn is_invisible(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new();
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    !character.is_ascii()
        && (category.get(character) == GeneralCategory::Format || ignorable.contains(character))
}

/// Checks that a text has from 1 to `limit` bytes.
pub(crate) fn sized(text: &str, limit: usize, expected: &'static str) -> Result<(), InvalidText> {
    let (reason, found) = match text.len() {
        0 => (Reason::Empty, Found::EmptyText),
        length if length > limit => (Reason::TooLong, Found::Text(length)),
        _ => return Ok(()),
    };
    Err(InvalidText {
        reason,
        found,
        expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_valid_if_the_pattern_matches() {
        for text in ["a@b.c", "a.b+c@d.e.f", "é@ü.ö", "a@b..c", "a@..b", "a@b.c."] {
            assert_eq!(check_email(text), Ok(()), "{text}");
        }
        for text in [
            "a",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a@b.",
            "a@.b",
            "a@.",
            "a@..",
            "a@b@c.d",
            "a@@b.c",
            "a b@c.d",
            "a@b.c ",
            " a@b.c",
            "a@b\n.c",
            "a@b.c\u{a0}",
        ] {
            let refused = check_email(text).unwrap_err();
            assert_eq!(refused.reason, Reason::Malformed, "{text}");
        }
        assert_eq!(check_email("").unwrap_err().reason, Reason::Empty);
    }

    #[test]
    fn an_email_has_no_control_and_no_invisible_characters() {
        for character in ['\0', '\u{1b}', '\u{7f}', '\u{80}', '\u{9f}'] {
            let refused = check_email(&format!("a{character}@b.c")).unwrap_err();
            assert_eq!(refused.found, Found::ControlCharacter, "{character:?}");
        }
        for character in [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{600}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            for text in [format!("a{character}@b.c"), format!("a@b.{character}c")] {
                let refused = check_email(&text).unwrap_err();
                assert_eq!(refused.found, Found::InvisibleCharacter, "{character:?}");
                assert_eq!(refused.reason, Reason::Malformed);
            }
        }
        for text in [
            "νικος.παπας@example.gr",
            "用户@例子.广告",
            "a\u{301}@b.c",
            "😀@b.c",
        ] {
            assert_eq!(check_email(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_text_as_long_as_its_limit_is_accepted_and_a_longer_one_is_refused() {
        let id = "x".repeat(limits::ENTITY_ID);
        assert!(UserId::parse(&id).is_ok());
        assert!(OrganizationId::parse(&id).is_ok());
        let longer = UserId::parse(&format!("{id}x")).unwrap_err();
        assert_eq!(
            (longer.reason, longer.found),
            (Reason::TooLong, Found::Text(257))
        );
        assert!(EventId::parse(&"x".repeat(limits::EVENT_ID)).is_ok());
        assert!(EventId::parse(&"x".repeat(limits::EVENT_ID + 1)).is_err());
        assert!(Sequence::parse(&"x".repeat(limits::SEQUENCE)).is_ok());
        assert!(Sequence::parse(&"x".repeat(limits::SEQUENCE + 1)).is_err());

        let email = format!("{}@b.c", "a".repeat(limits::EMAIL - 4));
        assert_eq!(check_email(&email), Ok(()));
        assert_eq!(
            check_email(&format!("a{email}")).unwrap_err().reason,
            Reason::TooLong
        );
    }

    #[test]
    fn an_id_keeps_case_and_spaces_and_has_no_control_characters() {
        assert_eq!(UserId::parse(" Ab#c ").unwrap().as_str(), " Ab#c ");
        for text in ["a\tb", "\0", "a\u{7f}", "\u{85}"] {
            assert_eq!(EventId::parse(text).unwrap_err().reason, Reason::Malformed);
            assert_eq!(Sequence::parse(text).unwrap_err().reason, Reason::Malformed);
        }
    }

    #[test]
    fn the_expected_text_of_a_refusal_states_the_limit() {
        let expected = |invalid: InvalidText| invalid.expected;
        for (expected, limit) in [
            (expected(EventId::parse("").unwrap_err()), limits::EVENT_ID),
            (expected(Sequence::parse("").unwrap_err()), limits::SEQUENCE),
            (expected(UserId::parse("").unwrap_err()), limits::ENTITY_ID),
            (
                expected(OrganizationId::parse("").unwrap_err()),
                limits::ENTITY_ID,
            ),
            (expected(check_email("").unwrap_err()), limits::EMAIL),
        ] {
            assert!(expected.contains(&format!("{limit} bytes")), "{expected}");
        }
    }
}
