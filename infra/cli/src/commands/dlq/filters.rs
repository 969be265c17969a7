//! The options that select dead letters.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use humantime::{DurationError, parse_duration};
use roster_domain::{CATALOGUE, EventType, Reason};

use crate::dlq::{Filter, known_reasons};

/// Which dead letters to select; all of them without a filter.
#[derive(Debug, Args)]
#[group(id = "filters")]
pub struct Filters {
    /// Only those that are there for this reason, as `list` shows it.
    #[arg(long, value_name = "CODE", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(known_reasons()))]
    reason: Option<String>,
    /// Only events of this type; with `--reason unknown_type`, of any word that producers call one.
    #[arg(long = "type", value_name = "EVENT_TYPE")]
    event_type: Option<String>,
    /// Only those sent at least this long ago, as in 2h or "1day 6h".
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    older_than: Option<Duration>,
    /// Only those sent less than this long ago.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    newer_than: Option<Duration>,
}

impl Filters {
    /// The filter, unless it names a type that no event has.
    pub fn checked(self) -> Result<Filter> {
        if let Some(event_type) = &self.event_type
            && EventType::named(event_type).is_none()
            && self.reason.as_deref() != Some(Reason::UnknownType.code())
        {
            let known: Vec<_> = CATALOGUE.iter().map(|known| known.name).collect();
            bail!(
                "--type: {event_type} is no event type; known are {}; to select dead letters of \
                 other types, add --reason {}",
                known.join(", "),
                Reason::UnknownType.code()
            );
        }
        Ok(Filter {
            reason: self.reason,
            event_type: self.event_type,
            older_than: self.older_than,
            newer_than: self.newer_than,
        })
    }
}

/// Whole numbers with units, as in `2h 30m`.
fn duration(text: &str) -> Result<Duration, DurationError> {
    parse_duration(text)
}
