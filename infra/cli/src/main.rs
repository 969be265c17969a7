//! The `roster` command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use roster_cli::commands::Cli;

/// What a wrong call or a failure exits with, as clap does for wrong arguments.
const FAILED: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let error = match Cli::parse().run().await {
        Ok(code) => return code,
        Err(error) => error,
    };
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        kind == Some(io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken_pipe) {
        return ExitCode::SUCCESS; // whoever reads has read enough
    }
    let line = format!("{error:#}").replace(['\n', '\r'], " ");
    match writeln!(io::stderr(), "error: {line}") {
        Ok(()) | Err(_) => ExitCode::from(FAILED),
    }
}
