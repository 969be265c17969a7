//! Two events in either order lead to the same state.
//!
//! `cargo run -p roster-domain --example order`

use std::error::Error;
use std::io::{self, Write};

use roster_domain::json::Object;
use roster_domain::{CATALOGUE, Event, EventId, EventTime, State};

fn event(name: &str, time: &str, payload: &str) -> Result<Event, Box<dyn Error>> {
    let event_type = CATALOGUE.iter().find(|known| known.name == name);
    let event_type = event_type.ok_or("no such type")?;
    let payload = Object::parse(payload, "$").map_err(|refusal| format!("{refusal:?}"))?;
    let id = EventId::parse(time).map_err(|refusal| format!("{refusal:?}"))?;
    let time = EventTime::parse(time).map_err(|refusal| format!("{refusal:?}"))?;
    let event = Event::validate(event_type, id, time, None, &payload);
    event.map_err(|refusal| format!("{refusal:?}").into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let added = event(
        "OrganizationUserAdded",
        "2026-01-01T00:00:00Z",
        r#"{"organizationId": "acme", "userId": "ada", "role": "admin"}"#,
    )?;
    let removed = event(
        "OrganizationUserRemoved",
        "2026-01-02T00:00:00Z",
        r#"{"organizationId": "acme", "userId": "ada"}"#,
    )?;
    let in_order = fold([&added, &removed])?;
    let reversed = fold([&removed, &added])?;
    let status = in_order.status();
    let equal = in_order == reversed;
    writeln!(io::stdout(), "{status:?}, equal in either order: {equal}")?;
    Ok(())
}

/// The state after those events, each of which says what it changed.
fn fold(events: [&Event; 2]) -> io::Result<State> {
    let mut state = State::default();
    for event in events {
        let outcome = state.apply(event);
        writeln!(io::stdout(), "{outcome:?}")?;
    }
    Ok(state)
}
