//! `roster up`.

use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use roster_http::Cors;
use tracing_subscriber::EnvFilter;

use super::{output, terminal};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::event_source::{BATCH, EventSourceMapping};
use roster_stack::http_api::{ApiSettings, HttpApi};
use roster_stack::{Options, Stack};

/// The default port of the DynamoDB endpoint, the same as DynamoDB Local's.
pub const DYNAMODB_PORT: u16 = 8000;

/// The default port of the SQS endpoint, the same as ElasticMQ's.
pub const SQS_PORT: u16 = 9324;

/// The default port of the API.
pub const API_PORT: u16 = 8080;

/// Run the whole system on this machine until Ctrl-C.
#[derive(Debug, Args)]
pub struct Up {
    /// Keep the table in this folder; without it the table is gone after Ctrl-C.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
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
            dynamodb_port: self.dynamodb_port,
            sqs_port: self.sqs_port,
            data: self.data.clone(),
        })
        .await?;
        let api = stack.serve_api_with(self.api_port, settings).await?;
        output::line(&self.greeting(&stack, &api))?;
        let source = stack.event_source_mapping(BATCH);
        tokio::select! {
            signal = tokio::signal::ctrl_c() => signal.context("cannot wait for Ctrl-C"),
            broken = consume(source) => broken,
        }
    }

    fn greeting(&self, stack: &Stack, api: &HttpApi) -> String {
        let dynamodb = stack.dynamodb.address;
        let sqs = stack.sqs.address;
        let queue = &stack.queues.events;
        let dead_letters = &stack.queues.dead_letters;
        let kept = match &self.data {
            Some(folder) => format!("kept in {}", folder.display()),
            None => "in memory".to_owned(),
        };
        let port = if dynamodb.port() == DYNAMODB_PORT {
            String::new()
        } else {
            format!(" --dynamodb-port {}", dynamodb.port())
        };
        let api = api.address;
        let api_port = if api.port() == API_PORT {
            String::new()
        } else {
            format!(" --api-port {}", api.port())
        };
        let event = r#"{\"eventId\":\"e-1\",\"type\":\"OrganizationUserAdded\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"payload\":{\"organizationId\":\"acme\",\"userId\":\"ada\",\"role\":\"admin\"}}"#;
        format!(
            "\
Roster runs on this machine until Ctrl-C.

  DynamoDB      http://{dynamodb}  table {TABLE_NAME}, {kept}
  SQS           http://{sqs}  messages in memory
  queue         {queue}
  dead letters  {dead_letters}
  HTTP API      http://{api}  see /openapi.json; `roster token` prints tokens

Send an event, look at its organization, look at its user:

  curl -sS http://{sqs}/ -H 'Content-Type: application/x-amz-json-1.0' \\
    -H 'X-Amz-Target: AmazonSQS.SendMessage' \\
    -d '{{\"QueueUrl\":\"{queue}\",\"MessageBody\":\"{event}\"}}'
  cargo run -q -- get organization acme{port}
  cargo run -q -- get user ada{port}
  curl -sS http://{api}/users/ada/organizations \\
    -H \"Authorization: Bearer $(cargo run -q -- token --service{api_port})\"
"
        )
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
