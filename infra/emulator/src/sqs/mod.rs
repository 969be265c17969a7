//! An embedded SQS. Only this module depends on the emulator's crates.

mod durable;
mod store;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_sdk_sqs::{Client, config};
use aws_smithy_http_client::Builder;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::reachable;
use durable::DurableSqs;
use store::MessageStore;

/// Maximum size of a message in the emulator, in bytes. SQS itself accepts 1,048,576.
pub const MAX_MESSAGE: usize = 262_144;

/// The name of the local queue.
pub const QUEUE_NAME: &str = "roster-events";

/// The name of the local dead-letter queue.
pub const DEAD_LETTER_QUEUE_NAME: &str = "roster-events-dead-letters";

/// The visibility timeout in seconds, as in the template.
pub const VISIBILITY_TIMEOUT_SECONDS: u32 = 190;

/// How often a message is received before SQS moves it to the dead-letter queue, as in the
/// template.
pub const MAX_RECEIVE_COUNT: u32 = 10;

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct Sqs {
    /// The address at which this machine reaches the server.
    pub address: SocketAddr,
    durable: DurableSqs,
    server: JoinHandle<()>,
}

/// The URLs of the two queues.
#[derive(Debug, Clone)]
pub struct Queues {
    /// The queue for events.
    pub events: String,
    /// The dead-letter queue.
    pub dead_letters: String,
}

impl Sqs {
    /// Starts the server on `listener`. The messages are in memory and, with one, in `file`.
    pub fn serve(listener: TcpListener, file: Option<&Path>) -> Result<Self> {
        let address = reachable(listener.local_addr()?);
        let host = match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let provider = RustackSqs::new(SqsConfig {
            host,
            port: address.port(),
            ..SqsConfig::default()
        });
        let store = file.map(MessageStore::open).transpose()?;
        let durable = DurableSqs::new(provider, store);
        let service = SqsHttpService::new(Arc::new(durable.clone()), SqsHttpConfig::default());
        let server = tokio::spawn(accept(listener, service));
        Ok(Self {
            address,
            durable,
            server,
        })
    }

    /// Creates the queues with the messages that the file holds.
    pub async fn create_queues(&self) -> Result<Queues> {
        let queues = create_queues(&self.client()).await?;
        self.durable.restore().await?;
        Ok(queues)
    }

    /// Creates a client.
    pub fn client(&self) -> Client {
        Client::from_conf(config(self.address).build())
    }
}

impl Drop for Sqs {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, service: SqsHttpService<DurableSqs>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Retrying at once would not help, for example with too many open files.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the embedded SQS failed");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Returns the SDK settings for an embedded SQS.
pub fn config(address: SocketAddr) -> config::Builder {
    config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(format!("http://{address}"))
        // Ignores proxy settings in the environment.
        .http_client(Builder::new().build_http())
}

/// Creates the queue and its dead-letter queue, with the settings of the template.
async fn create_queues(client: &Client) -> Result<Queues> {
    let dead_letters = create_queue(client, DEAD_LETTER_QUEUE_NAME, None).await?;
    let attributes = client
        .get_queue_attributes()
        .queue_url(&dead_letters)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .context("cannot read the dead-letter queue's attributes")?;
    let arn = attributes
        .attributes()
        .and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn))
        .context("the dead-letter queue has no ARN")?;
    let redrive = serde_json::json!({
        "deadLetterTargetArn": arn,
        "maxReceiveCount": MAX_RECEIVE_COUNT,
    });
    Ok(Queues {
        events: create_queue(client, QUEUE_NAME, Some(redrive.to_string())).await?,
        dead_letters,
    })
}

async fn create_queue(client: &Client, name: &str, redrive: Option<String>) -> Result<String> {
    let mut request = client.create_queue().queue_name(name).attributes(
        QueueAttributeName::VisibilityTimeout,
        VISIBILITY_TIMEOUT_SECONDS.to_string(),
    );
    if let Some(policy) = redrive {
        request = request.attributes(QueueAttributeName::RedrivePolicy, policy);
    }
    let created = request
        .send()
        .await
        .with_context(|| format!("cannot create the queue {name}"))?;
    created.queue_url.context("the new queue has no URL")
}
