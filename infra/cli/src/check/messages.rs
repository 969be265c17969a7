//! The lines of a file as messages, which are the same in every round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
use roster_domain::{Event, EventTime};
use roster_envelope::{AttributeText, EVENT_TIME, KnownAttributes, Message, decode};
use roster_table::Key;

use super::certainty::Placed;
use super::difference::Line;
use crate::directory::ItemKey;
use crate::ingest::stamp;
use crate::input::{LineError, Lines};

/// A file, and when its messages were sent.
pub struct Messages {
    lines: Mutex<Lines>,
    /// How many lines there are.
    pub count: usize,
    sent: EventTime,
    sent_millis: u64,
}

/// What a first look at each line shows.
pub struct Overview {
    /// The lines that can be sent, by index: valid events in clock order, then those that will be
    /// refused.
    pub order: Vec<usize>,
    /// Why the others that are not blank cannot be sent, by line.
    pub unsendable: BTreeMap<usize, LineError>,
    /// The valid events.
    pub placed: Vec<Placed>,
}

impl Messages {
    /// Gives every message the same time of sending.
    pub fn new(lines: Lines) -> Result<Self> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let millis = u64::try_from(since_1970.as_millis())?;
        Ok(Self {
            count: lines.count(),
            lines: Mutex::new(lines),
            sent: EventTime::from_unix_millis(millis)?,
            sent_millis: millis,
        })
    }

    /// Reads every line once.
    pub fn overview(&self) -> Result<Overview> {
        let mut overview = Overview {
            order: Vec::new(),
            unsendable: BTreeMap::new(),
            placed: Vec::new(),
        };
        let mut clocks = Vec::with_capacity(self.count);
        for index in 0..self.count {
            let body = match self.body(index)? {
                Ok(body) => body,
                Err(LineError::Blank) => continue,
                Err(error) => {
                    overview.unsendable.insert(index + 1, error);
                    continue;
                }
            };
            let time = stamp(index + 1, &body)?;
            let event = self.decoded(&body, time.as_deref());
            let clock = event.as_ref().map(|event| event.clock.clone());
            clocks.push((clock.is_none(), clock, index));
            overview.placed.extend(event.map(|event| Placed {
                line: index + 1,
                entity: event.entity,
                clock: event.clock,
                is_undated: time.is_some(),
            }));
        }
        clocks.sort();
        overview.order = clocks.into_iter().map(|(_, _, index)| index).collect();
        Ok(overview)
    }

    /// The event in a line, unless it is invalid.
    pub fn event(&self, index: usize) -> Result<Option<Event>> {
        let Ok(body) = self.body(index)? else {
            return Ok(None);
        };
        let time = stamp(index + 1, &body)?;
        Ok(self.decoded(&body, time.as_deref()))
    }

    /// The record that Lambda would be given of a line.
    pub fn record(&self, index: usize) -> Result<SqsMessage> {
        let body = self.body(index)??;
        let mut record = SqsMessage::default();
        record.message_id = Some((index + 1).to_string());
        record
            .attributes
            .insert("SentTimestamp".to_owned(), self.sent_millis.to_string());
        if let Some(time) = stamp(index + 1, &body)? {
            let mut attribute = SqsMessageAttribute::default();
            attribute.data_type = Some("String".to_owned());
            attribute.string_value = Some(time);
            record
                .message_attributes
                .insert(EVENT_TIME.to_owned(), attribute);
        }
        record.body = Some(body);
        Ok(record)
    }

    /// The lines that hold the events of those items.
    pub fn lines_of(&self, keys: &BTreeSet<ItemKey>) -> Result<BTreeMap<ItemKey, Vec<Line>>> {
        let mut lines: BTreeMap<ItemKey, Vec<Line>> = BTreeMap::new();
        for index in 0..self.count {
            let Some(event) = self.event(index)? else {
                continue;
            };
            let Key { pk, sk } = Key::of(&event.entity);
            let item = (pk, sk);
            if keys.contains(&item) {
                let (line, body) = (index + 1, self.body(index)??);
                lines.entry(item).or_default().push(Line { line, body });
            }
        }
        Ok(lines)
    }

    fn body(&self, index: usize) -> Result<Result<String, LineError>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(index)
    }

    fn decoded(&self, body: &str, time: Option<&str>) -> Option<Event> {
        let message = Message {
            body,
            attributes: KnownAttributes::with_time(time.map(AttributeText::Text)),
            sent: self.sent,
        };
        decode(&message).ok()
    }
}
