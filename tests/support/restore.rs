//! Events that undo a removal. The catalogue has no such event type yet, so these types exist
//! only in tests, and consumers do not know them.

use std::sync::LazyLock;

use roster_domain::{Change, EventType, Kind};
use serde_json::Value;

use super::payload::{self, Choose};

/// The event type that restores an entity of this kind.
pub fn event_type(kind: Kind) -> &'static EventType {
    static TYPES: LazyLock<Vec<EventType>> = LazyLock::new(|| {
        let restored = |kind| EventType {
            name: "Restored",
            kind,
            change: Change::Restore,
            example: "{}",
        };
        Kind::ALL.map(restored).into()
    });
    TYPES.iter().find(|of| of.kind == kind).unwrap()
}

/// A valid payload of [`event_type`]: that of a put, with one of a few removals as its floor.
pub fn payload(kind: Kind, ids: &[String], suffix: &str, choose: Choose<'_>) -> Value {
    let mut restored = payload::payload(event_type(kind), ids, suffix, choose);
    let nanosecond = choose(3);
    if nanosecond > 0 {
        let zeros = "0".repeat(32);
        let floor = format!("1970-01-01T00:00:00.{nanosecond:09}Z\t\t2\tfloor\t{zeros}");
        let restored = restored.as_object_mut().unwrap();
        restored.insert("floor".to_owned(), floor.into());
    }
    restored
}
