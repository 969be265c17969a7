//! Runs the whole system in one process.

use std::fs::{File, TryLockError};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use consumer::Consumer;
use roster_history::HistoryTable;
use roster_queue::{Queue, QueueClient};
use roster_table::Table;
use tokio::net::TcpListener;

use crate::event_source::EventSourceMapping;
use crate::http_api::{ApiSettings, HttpApi};
use roster_emulator::dynamodb::{self, DynamoDb, HISTORY_TABLE_NAME, TABLE_NAME};
use roster_emulator::event_source::EventSource;
use roster_emulator::sqs::{self, Queues, Sqs};

/// The addresses and the data folder of a stack.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address on which all servers listen. Everyone who reaches it may change everything.
    pub host: IpAddr,
    /// The port of the DynamoDB endpoint; 0 selects a free one.
    pub dynamodb_port: u16,
    /// The port of the SQS endpoint; 0 selects a free one.
    pub sqs_port: u16,
    /// The folder of the table's data and the queues' messages. Without it, both are in memory.
    pub data: Option<PathBuf>,
}

impl Default for Options {
    /// Loopback, free ports, and everything in memory.
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            dynamodb_port: 0,
            sqs_port: 0,
            data: None,
        }
    }
}

/// Running servers with the tables and the queues. Dropping it stops them.
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
    host: IpAddr,
    _lock: Option<File>,
}

impl Stack {
    /// Starts the servers and creates the tables and the queues.
    pub async fn start(options: &Options) -> Result<Self> {
        let lock = options.data.as_deref().map(lock).transpose()?;
        let file = |name| options.data.as_ref().map(|folder| folder.join(name));
        let (table, messages) = (file("roster.db"), file("messages.db"));
        let host = options.host;
        let listener = listen(host, options.dynamodb_port, "--dynamodb-port").await?;
        let dynamodb = DynamoDb::serve(listener, table.as_deref())?;
        let listener = listen(host, options.sqs_port, "--sqs-port").await?;
        let sqs = Sqs::serve(listener, messages.as_deref())?;
        dynamodb::create_tables(&dynamodb.client()).await?;
        let queues = sqs.create_queues().await?;
        Ok(Self {
            host,
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

    /// Returns the history, with its own client.
    pub fn history(&self) -> HistoryTable {
        HistoryTable::new(dynamodb::config(self.table_address), HISTORY_TABLE_NAME)
    }

    /// Starts the HTTP API on a port; 0 selects a free one.
    pub async fn serve_api(&self, port: u16) -> Result<HttpApi> {
        self.serve_api_with(port, ApiSettings::default()).await
    }

    /// Starts the HTTP API on a port, with settings.
    pub async fn serve_api_with(&self, port: u16, settings: ApiSettings) -> Result<HttpApi> {
        let listener = listen(self.host, port, "--api-port").await?;
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

    /// Returns a consumer with its own clients and without queues, which reports every failure to
    /// its caller.
    pub fn consumer_without_queues(&self) -> Consumer {
        Consumer::new(self.table(), self.history())
    }

    /// Returns a consumer with its own clients and the queues that the template gives it.
    pub fn consumer(&self) -> Consumer {
        let Queues {
            events,
            dead_letters,
        } = &self.queues;
        let client = QueueClient::new(sqs::config(self.sqs.address));
        self.consumer_without_queues()
            .with_source(Queue::new(client.clone(), events))
            .with_dead_letters(Queue::new(client, dead_letters), "local")
    }
}

async fn listen(host: IpAddr, port: u16, option: &str) -> Result<TcpListener> {
    let address = SocketAddr::from((host, port));
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
