//! Runs the whole system in one process.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use consumer::Consumer;
use roster_queue::{Queue, QueueClient};
use roster_table::Table;
use tokio::net::TcpListener;

use crate::event_source::EventSourceMapping;
use crate::http_api::{ApiSettings, HttpApi};
use roster_emulator::dynamodb::{self, DynamoDb, TABLE_NAME};
use roster_emulator::event_source::EventSource;
use roster_emulator::sqs::{self, Queues, Sqs};

/// The ports and the data folder of a stack.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port of the DynamoDB endpoint; 0 selects a free one.
    pub dynamodb_port: u16,
    /// The port of the SQS endpoint; 0 selects a free one.
    pub sqs_port: u16,
    /// The folder of the table's data. Without it, the data is in memory.
    pub data: Option<PathBuf>,
}

/// Running servers with the table and the queues. Dropping it stops them.
#[derive(Debug)]
pub struct Stack {
    /// The DynamoDB endpoint.
    pub dynamodb: DynamoDb,
    /// The SQS endpoint.
    pub sqs: Sqs,
    /// The queues.
    pub queues: Queues,
    /// The DynamoDB address that consumers use. It defaults to the endpoint; tests can put a proxy
    /// in between.
    pub table_address: SocketAddr,
    _lock: Option<File>,
}

impl Stack {
    /// Starts the servers and creates the table and the queues.
    pub async fn start(options: &Options) -> Result<Self> {
        let lock = options.data.as_deref().map(lock).transpose()?;
        let file = options.data.as_ref().map(|folder| folder.join("roster.db"));
        let listener = listen(options.dynamodb_port, "--dynamodb-port").await?;
        let dynamodb = DynamoDb::serve(listener, file.as_deref())?;
        let sqs = Sqs::serve(listen(options.sqs_port, "--sqs-port").await?)?;
        dynamodb::create_table(&dynamodb.client(), TABLE_NAME).await?;
        let queues = sqs::create_queues(&sqs.client()).await?;
        Ok(Self {
            table_address: dynamodb.address,
            dynamodb,
            sqs,
            queues,
            _lock: lock,
        })
    }

    /// Returns the table, with its own client.
    pub fn table(&self) -> Table {
        Table::new(dynamodb::config(self.table_address), TABLE_NAME)
    }

    /// Starts the HTTP API on a port; 0 selects a free one.
    pub async fn serve_api(&self, port: u16) -> Result<HttpApi> {
        self.serve_api_with(port, ApiSettings::default()).await
    }

    /// Starts the HTTP API on a port, with settings.
    pub async fn serve_api_with(&self, port: u16, settings: ApiSettings) -> Result<HttpApi> {
        let listener = listen(port, "--api-port").await?;
        HttpApi::serve_with(listener, self.table(), settings)
    }

    /// Returns an event source mapping and its consumer, with their own clients.
    pub fn event_source_mapping(&self, batch: usize) -> EventSourceMapping {
        EventSourceMapping {
            source: EventSource {
                queue: Queue::new(self.sqs.client(), &self.queues.events),
                batch,
            },
            consumer: self.consumer(),
        }
    }

    /// Returns a consumer with its own clients and the queues that the template gives it.
    pub fn consumer(&self) -> Consumer {
        let Queues {
            events,
            dead_letters,
        } = &self.queues;
        let client = QueueClient::new(sqs::config(self.sqs.address));
        Consumer::new(self.table())
            .with_source(Queue::new(client.clone(), events))
            .with_dead_letters(Queue::new(client, dead_letters), "local")
    }
}

async fn listen(port: u16, option: &str) -> Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another port with {option}"))
}

/// Locks a folder, since two stacks on the same folder would overwrite each other's data.
fn lock(folder: &Path) -> Result<File> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another roster uses the folder {}", folder.display())
        }
        Err(TryLockError::Error(error)) => Err(anyhow!(error)),
    }
}
