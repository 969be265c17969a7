//! `roster man`.

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};

use super::{Cli, output};

/// Print a man page, as in `roster man dlq list | man -l -`.
#[derive(Debug, Args)]
pub struct Man {
    /// The command to describe; `roster` itself without one.
    command: Vec<String>,
}

impl Man {
    pub fn run(self) -> Result<()> {
        let mut roster = Cli::command();
        roster.build();
        let mut described = &roster;
        for name in &self.command {
            let found = described.find_subcommand(name);
            described = found.with_context(|| {
                let name = output::printable(name);
                format!(
                    "{} has no command {name}",
                    described.get_display_name().unwrap_or("roster")
                )
            })?;
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(described.clone()).render(&mut page)?;
        output::text(&page)
    }
}
