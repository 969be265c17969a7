//! Where an event comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::limits;
use crate::rows::rows;
use crate::value::sized;
use crate::{Found, InvalidText, Reason};

rows! {
    /// A part of an [`Origin`].
    pub enum OriginPart: &'static str {
        /// The system in which the change happened.
        Source = "source",
        /// Who caused the change: the id of a user or of a service.
        Actor = "actor",
        /// What the events of one operation have in common.
        CorrelationId = "correlationId",
        /// The position of the change in a distributed trace (W3C Trace Context, `traceparent`).
        TraceParent = "traceparent",
    }
}

/// What a message states about where its event comes from. The history keeps it; it decides nothing
/// about the state, and it is no part of the event's content: the same event may arrive once with
/// it and once without.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The parts that are stated.
    parts: BTreeMap<OriginPart, String>,
    envelope: Cow<'static, str>,
}

impl OriginPart {
    /// The name of the part, in plain events and in the history.
    pub const fn name(self) -> &'static str {
        self.row()
    }

    /// Validates a value of this part.
    ///
    /// # Errors
    ///
    /// The value is empty, longer than [`limits::ORIGIN`] bytes, has a control character, or is no
    /// `traceparent`.
    pub fn check(self, text: &str) -> Result<(), InvalidText> {
        const EXPECTED: &str = "1 to 256 bytes without control characters";
        sized(text, limits::ORIGIN, EXPECTED)?;
        if text.contains(char::is_control) {
            return Err(InvalidText {
                reason: Reason::Malformed,
                found: Found::ControlCharacter,
                expected: EXPECTED,
            });
        }
        if self == Self::TraceParent && !is_trace_parent(text) {
            let expected = "a traceparent of W3C Trace Context, such as \
                            \"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"";
            return Err(InvalidText {
                reason: Reason::Malformed,
                found: Found::Text(text.len()),
                expected,
            });
        }
        Ok(())
    }
}

impl Origin {
    /// The origin of an event in an envelope of this name that states no part.
    pub fn of_envelope(envelope: impl Into<Cow<'static, str>>) -> Self {
        let (parts, envelope) = (BTreeMap::new(), envelope.into());
        Self { parts, envelope }
    }

    /// The name of the envelope, such as `CloudEvents`; empty if the event was not in a message.
    pub fn envelope(&self) -> &str {
        &self.envelope
    }

    /// Sets a part to a value.
    ///
    /// # Errors
    ///
    /// See [`OriginPart::check`].
    pub fn set(&mut self, part: OriginPart, text: &str) -> Result<(), InvalidText> {
        part.check(text)?;
        self.parts.insert(part, text.to_owned());
        Ok(())
    }

    /// The value of a part, if it is stated.
    pub fn get(&self, part: OriginPart) -> Option<&str> {
        self.parts.get(&part).map(String::as_str)
    }

    /// The parts that are stated, with their values.
    pub fn stated(&self) -> impl Iterator<Item = (OriginPart, &str)> {
        let parts = self.parts.iter();
        parts.map(|(part, text)| (*part, text.as_str()))
    }
}

/// Whether a text is a `traceparent` (W3C Trace Context, 3.2): version, trace id, parent id and
/// flags in lower-case hexadecimal. A version after 00 may be followed by more.
fn is_trace_parent(text: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |part: &str| part.bytes().all(|b| b == b'0');
    let parts: Vec<_> = text.splitn(5, '-').collect();
    let (&[version, trace, parent, flags], more) = (match &*parts {
        [head @ .., _] if parts.len() == 5 => (head, true),
        all => (all, false),
    }) else {
        return false;
    };
    let lengths = [version, trace, parent, flags].map(str::len);
    lengths == [2, 32, 16, 2]
        && [version, trace, parent, flags].into_iter().all(is_hex)
        && version != "ff"
        && !is_zero(trace)
        && !is_zero(parent)
        && (!more || version != "00")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_part_is_a_short_text_without_control_characters() {
        for part in [
            OriginPart::Source,
            OriginPart::Actor,
            OriginPart::CorrelationId,
        ] {
            assert_eq!(part.check("/hr/people"), Ok(()));
            assert_eq!(part.check(&"x".repeat(limits::ORIGIN)), Ok(()));
            let reason = |text: &str| part.check(text).unwrap_err().reason;
            assert_eq!(reason(""), Reason::Empty);
            assert_eq!(reason("a\nb"), Reason::Malformed);
            assert_eq!(reason(&"x".repeat(limits::ORIGIN + 1)), Reason::TooLong);
        }
        let refused = OriginPart::Actor.check("").unwrap_err();
        assert!(refused.expected.contains(&limits::ORIGIN.to_string()));
    }

    #[test]
    fn a_traceparent_has_the_form_of_trace_context() {
        for valid in [
            TRACE,
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-later",
        ] {
            assert_eq!(OriginPart::TraceParent.check(valid), Ok(()), "{valid}");
        }
        for invalid in [
            "x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            let refused = OriginPart::TraceParent.check(invalid).unwrap_err();
            assert_eq!(refused.reason, Reason::Malformed, "{invalid}");
        }
    }

    #[test]
    fn an_origin_keeps_what_is_stated() {
        let mut origin = Origin::default();
        assert_eq!(origin.stated().count(), 0);
        origin.set(OriginPart::Actor, "ada").unwrap();
        origin.set(OriginPart::TraceParent, TRACE).unwrap();
        assert!(origin.set(OriginPart::Source, "").is_err());
        assert_eq!(origin.get(OriginPart::Actor), Some("ada"));
        let stated: Vec<_> = origin.stated().collect();
        let expected = [(OriginPart::Actor, "ada"), (OriginPart::TraceParent, TRACE)];
        assert_eq!(stated, expected);
    }
}
