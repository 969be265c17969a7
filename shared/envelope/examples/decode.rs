//! Decodes two messages, one valid and one not.
//!
//! `cargo run -p roster-envelope --example decode`

use std::error::Error;
use std::io::{self, Write};

use roster_domain::EventTime;
use roster_envelope::{KnownAttributes, Message, decode};

fn main() -> Result<(), Box<dyn Error>> {
    let sent = EventTime::parse("2026-01-02T00:00:00Z").map_err(|error| format!("{error:?}"))?;
    for body in [
        r#"{"eventId": "e-1", "type": "UserDeleted", "timestamp": "2026-01-01T00:00:00Z",
            "payload": {"id": "ada"}}"#,
        r#"{"eventId": "e-2", "type": "UserDeleted", "payload": {}}"#,
    ] {
        let message = Message {
            body,
            attributes: KnownAttributes::default(),
            sent,
        };
        match decode(&message) {
            Ok(event) => writeln!(io::stdout(), "event: {event:?}")?,
            Err(refusal) => writeln!(io::stdout(), "rejected: {refusal:?}")?,
        }
    }
    Ok(())
}
