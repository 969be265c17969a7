//! Cursors as callers see them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use roster_table::{Cursor, List};

use crate::problem::{Kind, Problem};

/// Stands between the question and the place. It is in no id and in no key.
const SEPARATOR: char = '\u{1}';

/// A cursor as opaque text, bound to the question that it answers a part of.
pub fn seal(question: &str, place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{question}{SEPARATOR}{place}"))
}

/// Reads back what [`seal`] gave for the same question.
pub fn open(question: &str, text: &str) -> Result<String, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign())?;
    let text = String::from_utf8(bytes).map_err(|_| foreign())?;
    match text.split_once(SEPARATOR) {
        Some((of, place)) if of == question => Ok(place.to_owned()),
        _ => Err(foreign()),
    }
}

/// Reads a place in a list. One outside of the list's partition is none.
pub fn place(list: &List, text: &str) -> Result<Cursor, Problem> {
    Cursor::parse(text, list).map_err(|_| foreign())
}

/// The cursor belongs to another question.
pub fn foreign() -> Problem {
    let detail = "It was not given for this question.";
    Problem {
        field: Some("cursor".to_owned()),
        ..Problem::new(Kind::ForeignCursor, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_own_question_only() {
        let text = seal("/organizations/acme/users", "USER#ada");
        let opened = open("/organizations/acme/users", &text).unwrap();
        assert_eq!(opened, "USER#ada");
        for (question, text) in [
            ("/organizations/other/users", text.as_str()),
            ("/organizations/acme/users", "VVNFUiNhZGE"),
            ("/organizations/acme/users", "not base64!"),
            ("/organizations/acme/users", ""),
        ] {
            assert_eq!(open(question, text), Err(foreign()));
        }
    }
}
