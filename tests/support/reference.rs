//! The definition of the state, with no register in it: valid events one at a time in clock
//! order.

use std::collections::BTreeMap;

use roster_cli::directory::Directory;
use roster_domain::{Change, Entity, Event, EventTime, Field, Value};
use roster_envelope::{Message, decode};

/// Reads a body like a message that was sent at the end of 2026.
pub fn event(body: &str) -> Option<Event> {
    let sent = EventTime::parse("2026-12-31T00:00:00Z").unwrap();
    let message = Message {
        body,
        event_time: None,
        sent,
    };
    decode(&message).ok()
}

/// The directory that those bodies mean. Its digest is empty.
pub fn directory<'a>(bodies: impl IntoIterator<Item = &'a String>) -> Directory {
    let mut events: Vec<_> = bodies.into_iter().filter_map(|body| event(body)).collect();
    events.sort_by(|a, b| a.clock.cmp(&b.clock));
    let mut present: BTreeMap<Entity, BTreeMap<Field, Value>> = BTreeMap::new();
    for event in events {
        let fields = event.delta.fields().map(|(f, r)| (f, r.value.clone()));
        match event.event_type.change {
            Change::Put => {
                present.insert(event.entity, fields.collect());
            }
            Change::Patch => {
                if let Some(shown) = present.get_mut(&event.entity) {
                    shown.extend(fields);
                }
            }
            Change::Remove => {
                present.remove(&event.entity);
            }
        }
    }
    let contents = |fields: BTreeMap<Field, Value>| {
        let mut contents = Value::default();
        fields.values().for_each(|value| contents.extend(value));
        contents
    };
    let present = present.into_iter();
    Directory {
        present: present
            .map(|(entity, fields)| (entity, contents(fields)))
            .collect(),
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
