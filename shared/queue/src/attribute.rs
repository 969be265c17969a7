//! The message attributes of dead letters.

/// The attribute with the stable error code.
pub const ERROR_CODE: &str = "ErrorCode";

/// The attribute with the error message. It contains no names or email addresses.
pub const ERROR_MESSAGE: &str = "ErrorMessage";

/// The attribute with the path of the error in the message, if it has one.
pub const ERROR_PATH: &str = "ErrorPath";

/// The attribute with the version of the function that rejected the event: the package version, a
/// plus sign and the Lambda function version (`0.1.0+$LATEST`).
pub const FUNCTION_VERSION: &str = "FunctionVersion";

/// The attributes with the reason why a message is a dead letter. They replace a producer's
/// attributes of the same name.
pub const REASON_ATTRIBUTES: [&str; 4] = [ERROR_CODE, ERROR_MESSAGE, ERROR_PATH, FUNCTION_VERSION];

/// The names that only earlier versions wrote: none yet. Move a name here instead of deleting it.
/// Old dead letters may still have it, so a redrive removes it, and it must not be reused with
/// another meaning.
pub const RETIRED_ATTRIBUTES: [&str; 0] = [];

/// Returns whether this or an earlier version adds an attribute of this name to dead letters. It is
/// not part of the producer's message.
pub fn is_reason_attribute(name: &str) -> bool {
    REASON_ATTRIBUTES.contains(&name) || RETIRED_ATTRIBUTES.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::limits::MAX_ATTRIBUTES;

    /// Dead letters with these names may be on a queue, so a name that is changed must be retired.
    const EVER_WRITTEN: [&str; 4] = ["ErrorCode", "ErrorMessage", "ErrorPath", "FunctionVersion"];

    #[test]
    fn every_name_ever_written_is_current_or_retired() {
        let names = REASON_ATTRIBUTES.iter().chain(&RETIRED_ATTRIBUTES);
        let names: Vec<_> = names.copied().collect();
        let distinct: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(distinct, BTreeSet::from(EVER_WRITTEN));
        assert_eq!(distinct.len(), names.len(), "a retired name is reused");
        assert!(names.into_iter().all(is_reason_attribute));
        assert!(!is_reason_attribute("Trace") && !is_reason_attribute("errorcode"));
    }

    #[test]
    fn a_dead_letter_has_room_for_the_event_time() {
        assert!(REASON_ATTRIBUTES.len() < MAX_ATTRIBUTES);
    }
}
