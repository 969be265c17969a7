//! Selecting dead letters.

use std::time::{Duration, SystemTime};

use consumer::Failure;

use super::letter::{Letter, MAX_RECEIVES};

/// Selects the dead letters that all of it is true of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Why they are here.
    pub reason: Option<String>,
    /// What they call the type of their event, known or not.
    pub event_type: Option<String>,
    /// They were sent at least that long ago.
    pub older_than: Option<Duration>,
    /// They were sent less long ago than that.
    pub newer_than: Option<Duration>,
}

/// The reasons that a dead letter may have.
pub fn known_reasons() -> impl Iterator<Item = &'static str> {
    Failure::permanent_codes().chain([MAX_RECEIVES])
}

impl Filter {
    /// Whether that letter is selected. One that came after `now` never is: it may be one that was
    /// just sent again and failed again, and a redrive would go round in circles.
    pub fn selects(&self, letter: &Letter, now: SystemTime) -> bool {
        letter.sent <= now && self.matches(letter, now)
    }

    /// Whether all of it is true of that letter at `now`, whenever the letter came.
    pub fn matches(&self, letter: &Letter, now: SystemTime) -> bool {
        let age = letter.age(now);
        self.reason.as_deref().is_none_or(|r| r == letter.reason())
            && self.older_than.is_none_or(|least| age >= least)
            && self.newer_than.is_none_or(|most| age < most)
            && self
                .event_type
                .as_deref()
                .is_none_or(|name| letter.event_type().as_deref() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(sent: SystemTime) -> Letter {
        Letter {
            id: String::new(),
            body: r#"{"type":"UserRenamed"}"#.to_owned(),
            attributes: crate::dlq::letter::MessageAttributes::new(),
            sent,
        }
    }

    #[test]
    fn every_part_of_a_filter_must_be_true() {
        let now = SystemTime::now();
        let hour = Duration::from_secs(3_600);
        let selects = |filter: &Filter| filter.selects(&letter(now - hour), now);
        let all = Filter {
            reason: Some("max_receives".to_owned()),
            event_type: Some("UserRenamed".to_owned()),
            older_than: Some(hour),
            newer_than: Some(hour + Duration::from_millis(1)),
        };
        assert!(selects(&all) && selects(&Filter::default()));
        for change in [
            |f: &mut Filter| f.reason = Some("not_json".to_owned()),
            |f: &mut Filter| f.event_type = Some("UserCreated".to_owned()),
            |f: &mut Filter| f.older_than = Some(Duration::from_secs(3_601)),
            |f: &mut Filter| f.newer_than = Some(Duration::from_secs(3_600)),
        ] {
            let mut other = all.clone();
            change(&mut other);
            assert!(!selects(&other), "{other:?}");
        }
    }

    #[test]
    fn what_came_later_is_not_selected() {
        let now = SystemTime::now();
        let later = letter(now + Duration::from_millis(1));
        assert!(!Filter::default().selects(&later, now));
        assert!(Filter::default().matches(&later, now), "a list shows it");
    }
}
