//! The directory that events lead to, computed from the definition of a state.

use std::collections::BTreeMap;

use roster_cli::directory::Directory;
use roster_domain::{Entity, Event, EventTime, Value};
use roster_envelope::{Message, decode};

use crate::meaning::Meaning;

/// Reads a body as a message sent at the end of 2026.
pub fn event(body: &str) -> Option<Event> {
    let sent = EventTime::parse("2026-12-31T00:00:00Z").unwrap();
    let message = Message {
        body,
        event_time: None,
        sent,
    };
    decode(&message).ok()
}

/// The directory that these bodies lead to. Its digest is empty.
pub fn directory<'a>(bodies: impl IntoIterator<Item = &'a String>) -> Directory {
    let mut events: BTreeMap<Entity, Vec<Event>> = BTreeMap::new();
    for event in bodies.into_iter().filter_map(|body| event(body)) {
        events.entry(event.entity.clone()).or_default().push(event);
    }
    let present = events.into_iter().filter_map(|(entity, events)| {
        let mut contents = Value::default();
        let fields = Meaning::of_events(&events).present?;
        fields.values().for_each(|value| contents.extend(value));
        Some((entity, contents))
    });
    Directory {
        present: present.collect(),
        digest: String::new(),
    }
}

/// The same directory without its digest, to compare with [`directory`].
pub fn without_digest(directory: Directory) -> Directory {
    Directory {
        digest: String::new(),
        ..directory
    }
}
