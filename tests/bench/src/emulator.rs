//! The embedded DynamoDB, in its own process.

use std::env;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use anyhow::{Context, Result};
use roster_emulator::dynamodb::{DynamoDb, create_tables};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// The argument that starts the process as an emulator.
pub const COMMAND: &str = "table";

/// A running emulator. It stops when dropped.
pub struct Emulator {
    /// Its listening address.
    pub address: SocketAddr,
    _process: Child,
}

impl Emulator {
    /// Starts one with empty tables.
    pub async fn start() -> Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = process.stdout.take().context("no standard output")?;
        let mut address = String::new();
        BufReader::new(out).read_line(&mut address).await?;
        let address = address.trim().parse();
        Ok(Self {
            address: address.context("the embedded DynamoDB does not start")?,
            _process: process,
        })
    }
}

/// Serves until standard input closes, which happens when the parent process ends.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let server = DynamoDb::serve(listener, None)?;
    create_tables(&server.client()).await?;
    writeln!(std::io::stdout(), "{}", server.address)?;
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
