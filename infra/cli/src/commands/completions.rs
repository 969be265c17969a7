//! `roster completions`.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, output};

/// Print a script that completes `roster` in a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell to complete it in.
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "roster", &mut script);
        output::text(&script)
    }
}
