//! Prints the primary key of an entity of each kind.
//!
//! `cargo run -p roster-table --example keys`

use std::error::Error;
use std::io::{self, Write};

use roster_domain::{EntityId, Kind};
use roster_table::Key;

fn main() -> Result<(), Box<dyn Error>> {
    for kind in Kind::ALL {
        let entity = kind.entity(|id| EntityId::parse(id.name))?;
        let Key { pk, sk } = Key::of(&entity);
        writeln!(io::stdout(), "{:<14} PK {pk:?}  SK {sk:?}", kind.name())?;
    }
    Ok(())
}
