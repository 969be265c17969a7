//! `roster up`.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use roster_http::Cors;
use roster_queue::Queue;
use tracing_subscriber::EnvFilter;

use super::greeting::greeting;
use super::signals::Signals;
use super::{output, terminal};
use crate::words::counted;
use roster_stack::event_source::{BATCH, EventSourceMapping};
use roster_stack::http_api::ApiSettings;
use roster_stack::{Options, Stack};

/// The default port of the DynamoDB endpoint, the same as DynamoDB Local's.
pub const DYNAMODB_PORT: u16 = 8000;

/// The default port of the SQS endpoint, the same as ElasticMQ's.
pub const SQS_PORT: u16 = 9324;

/// The default port of the API.
pub const API_PORT: u16 = 8080;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Run the whole system on this machine until Ctrl-C.
#[derive(Debug, Args)]
pub struct Up {
    /// Keep the table, the queue and the dead letters in this folder. Without it they are gone after
    /// Ctrl-C. With it, every event that was accepted survives, even if the process is killed.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Listen on this address, as on 0.0.0.0 in a container. Everyone who reaches it is an
    /// administrator. The other commands reach 127.0.0.1, which is part of 0.0.0.0.
    #[arg(long, value_name = "ADDR", default_value_t = LOOPBACK)]
    pub host: IpAddr,
    /// Port of the DynamoDB endpoint; 0 for a free one.
    #[arg(long, value_name = "PORT", default_value_t = DYNAMODB_PORT)]
    dynamodb_port: u16,
    /// Port of the SQS endpoint; 0 for a free one.
    #[arg(long, value_name = "PORT", default_value_t = SQS_PORT)]
    sqs_port: u16,
    /// Port of the HTTP API; 0 for a free one.
    #[arg(long, value_name = "PORT", default_value_t = API_PORT)]
    api_port: u16,
    /// Let the web pages of this origin ask the HTTP API, as in http://localhost:3000; repeat it for
    /// more.
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            data: None,
            host: LOOPBACK,
            dynamodb_port: DYNAMODB_PORT,
            sqs_port: SQS_PORT,
            api_port: API_PORT,
            cors_origin: Vec::new(),
        }
    }
}

impl Up {
    pub async fn run(self) -> Result<()> {
        log();
        let settings = ApiSettings {
            cors: Cors::parse(&self.cors_origin.join(",")).context("--cors-origin")?,
            ..ApiSettings::default()
        };
        let stack = Stack::start(&Options {
            host: self.host,
            dynamodb_port: self.dynamodb_port,
            sqs_port: self.sqs_port,
            data: self.data.clone(),
        })
        .await?;
        let api = stack.serve_api_with(self.api_port, settings).await?;
        let mut stop = Signals::listen().context("cannot listen for signals")?;
        output::line(&greeting(&self, &stack, &api))?;
        let source = stack.event_source_mapping(BATCH);
        tokio::select! {
            _ = stop.next() => self.farewell(&stack).await,
            broken = consume(source) => broken,
        }
    }

    /// Says what is left on the queues, and whether it is kept.
    async fn farewell(&self, stack: &Stack) -> Result<()> {
        let client = stack.sqs.client();
        let count = async |url: &str| {
            let queue = Queue::new(client.clone(), url);
            queue.about_how_many_in_all().await
        };
        let events = count(&stack.queues.events).await?;
        let dead_letters = count(&stack.queues.dead_letters).await?;
        let left = [
            (events, format!("{} on the queue", counted(events, "event"))),
            (dead_letters, counted(dead_letters, "dead letter")),
        ];
        let left = left.into_iter().filter(|(count, _)| *count > 0);
        let left: Vec<_> = left.map(|(_, told)| told).collect();
        if left.is_empty() {
            return Ok(());
        }
        let left = left.join(" and ");
        output::note(&match &self.data {
            Some(folder) => format!("Left: {left}, kept in {}.", folder.display()),
            None => format!("Lost: {left}. Everything was in memory; --data DIR keeps it."),
        });
        Ok(())
    }
}

async fn consume(source: EventSourceMapping) -> Result<()> {
    loop {
        source.poll(|_| {}).await?;
    }
}

/// Logs what becomes of each message, and of everything else what is wrong; `RUST_LOG` changes it.
fn log() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,api=info,consumer=debug,dynoxide=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal::has_colors())
        .init();
}
