//! The `roster` command.

use std::io::{self, Write};
use std::process::ExitCode;

use roster_cli::commands::{Cli, exit, printable};

#[tokio::main]
async fn main() -> ExitCode {
    let error = match Cli::from_arguments().run().await {
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
    let line = printable(&format!("{error:#}").replace(['\n', '\r'], " "));
    match writeln!(io::stderr(), "error: {line}") {
        Ok(()) | Err(_) => ExitCode::from(exit::code(&error)),
    }
}
