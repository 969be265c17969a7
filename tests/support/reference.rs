//! The directory that events lead to, computed from the definition of a state.

use std::collections::BTreeMap;

use roster_cli::directory::Directory;
use roster_domain::{Change, Clock, Entity, Event, EventTime, Field, Statements, Status, Value};
use roster_envelope::{KnownAttributes, Message, decode};
use roster_table::Record;

/// Reads a body as a message sent at the end of 2026.
pub fn event(body: &str) -> Option<Event> {
    let sent = EventTime::parse("2026-12-31T00:00:00Z").unwrap();
    let message = Message {
        body,
        attributes: KnownAttributes::default(),
        sent,
    };
    decode(&message).ok()
}

/// The directory that these bodies lead to. Its digest is empty.
pub fn directory<'a>(bodies: impl IntoIterator<Item = &'a String>) -> Directory {
    let mut events: Vec<_> = bodies.into_iter().filter_map(|body| event(body)).collect();
    events.sort_by(|a, b| a.clock.cmp(&b.clock));
    let mut present: BTreeMap<Entity, Shown> = BTreeMap::new();
    let mut removed = BTreeMap::new();
    for event in events {
        let fields = event.delta.fields().map(|(f, r)| (f, r.value.clone()));
        let time = event.clock.time();
        match event.event_type.change {
            Change::Put | Change::Restore => {
                let shown = Shown {
                    put: event.clock.clone(),
                    clocks: event
                        .delta
                        .fields()
                        .map(|(f, r)| (f, r.clock.clone()))
                        .collect(),
                    removed: removed.get(&event.entity).cloned(),
                    fields: fields.collect(),
                    created_at: time.to_owned(),
                    updated_at: time.to_owned(),
                };
                present.insert(event.entity, shown);
            }
            Change::Patch => {
                if let Some(shown) = present.get_mut(&event.entity) {
                    shown.fields.extend(fields);
                    let clocks = event.delta.fields();
                    shown
                        .clocks
                        .extend(clocks.map(|(f, r)| (f, r.clock.clone())));
                    shown.updated_at = time.to_owned();
                }
            }
            Change::Remove => {
                present.remove(&event.entity);
                removed.insert(event.entity, event.clock);
            }
        }
    }
    let records = present.into_iter();
    Directory {
        present: records
            .map(|(entity, shown)| (entity.clone(), shown.record(entity)))
            .collect(),
        digest: String::new(),
    }
}

/// A present entity.
struct Shown {
    put: Clock,
    clocks: BTreeMap<Field, Clock>,
    removed: Option<Clock>,
    fields: BTreeMap<Field, Value>,
    created_at: String,
    updated_at: String,
}

impl Shown {
    fn record(self, entity: Entity) -> Record {
        let mut value = Value::default();
        self.fields.values().for_each(|field| value.extend(field));
        Record {
            entity,
            status: Status::Active,
            value,
            statements: Some(Statements {
                put: self.put,
                fields: self.clocks,
                removed: self.removed,
            }),
            created_at: Some(self.created_at),
            updated_at: Some(self.updated_at),
            revision: 0,
        }
    }
}

/// The same directory without its digest and revisions, to compare with [`directory`].
pub fn comparable(mut directory: Directory) -> Directory {
    directory.digest.clear();
    for record in directory.present.values_mut() {
        record.revision = 0;
    }
    directory
}
