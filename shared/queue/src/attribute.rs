//! The message attributes that say why a message is a dead letter.

/// The attribute with the stable code of the failure.
pub const ERROR_CODE: &str = "ErrorCode";

/// The attribute with the whole reason in words. It repeats no name and no email.
pub const ERROR_MESSAGE: &str = "ErrorMessage";

/// The attribute with the place of the mistake, if it has one.
pub const ERROR_PATH: &str = "ErrorPath";

/// The attribute with the version of the function that refused the event: that of its package,
/// a plus sign, and Lambda's own (`0.1.0+$LATEST`).
pub const FUNCTION_VERSION: &str = "FunctionVersion";

/// The attributes that say why a message is a dead letter. They replace a producer's of the
/// same name.
pub const REASON_ATTRIBUTES: [&str; 4] = [ERROR_CODE, ERROR_MESSAGE, ERROR_PATH, FUNCTION_VERSION];

/// Names that an earlier version wrote and this one does not: none yet. Move a name here instead of
/// deleting it. Dead letters of the earlier version may still have it, so a redrive removes it, and
/// it must never be used again with another meaning.
pub const RETIRED_ATTRIBUTES: [&str; 0] = [];

/// Whether an attribute of that name says why a message is a dead letter, by this version or by an
/// earlier one. It does not belong to the producer's message.
pub fn is_reason_attribute(name: &str) -> bool {
    REASON_ATTRIBUTES.contains(&name) || RETIRED_ATTRIBUTES.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::limits::MAX_ATTRIBUTES;

    /// Dead letters with these names may be on a queue: whoever renames one must retire it.
    const EVER_WRITTEN: [&str; 4] = ["ErrorCode", "ErrorMessage", "ErrorPath", "FunctionVersion"];

    #[test]
    fn every_name_that_was_ever_written_is_written_or_retired() {
        let names = REASON_ATTRIBUTES.iter().chain(&RETIRED_ATTRIBUTES);
        let names: Vec<_> = names.copied().collect();
        let distinct: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(distinct, BTreeSet::from(EVER_WRITTEN));
        assert_eq!(distinct.len(), names.len(), "a retired name is used again");
        assert!(names.into_iter().all(is_reason_attribute));
        assert!(!is_reason_attribute("Trace") && !is_reason_attribute("errorcode"));
    }

    #[test]
    fn a_dead_letter_has_room_for_its_time() {
        assert!(REASON_ATTRIBUTES.len() < MAX_ATTRIBUTES);
    }
}
