//! Where a command finds the table and the queues: a running `roster up`, or AWS.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use clap::Args;
use roster_queue::QueueClient;
use roster_table::Table;

use super::aws::{AwsAccess, AwsSettings};
use super::up;
use crate::dlq::DeadLetterQueue;
use roster_emulator::dynamodb::{self, TABLE_NAME};
use roster_emulator::sqs::{self, QUEUE_NAME};

/// The table that a command reads.
#[derive(Debug, Args)]
pub struct TablePlace {
    /// Ask this table on AWS instead of that of a running `roster up`.
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        conflicts_with = "dynamodb_port"
    )]
    table: Option<String>,
    /// The port that `roster up` was given for DynamoDB.
    #[arg(long, global = true, value_name = "PORT", default_value_t = up::DYNAMODB_PORT)]
    dynamodb_port: u16,
}

/// The queue that a command reads.
#[derive(Debug, Args)]
pub struct QueuePlace {
    /// Ask the dead-letter queue of this queue on AWS (its name or its URL) instead of that of a
    /// running `roster up`.
    #[arg(
        long,
        global = true,
        value_name = "QUEUE",
        conflicts_with_all = ["sqs_port", "dynamodb_port"]
    )]
    queue: Option<String>,
    /// The port that `roster up` was given for SQS.
    #[arg(long, global = true, value_name = "PORT", default_value_t = up::SQS_PORT)]
    sqs_port: u16,
}

/// A table, and what to say if it does not answer.
pub struct AskedTable {
    /// The table.
    pub table: Table,
    /// What to say.
    pub cannot_ask: String,
}

/// A dead-letter queue, and what to say if it does not answer.
pub struct AskedQueue {
    /// The queue.
    pub dead_letters: DeadLetterQueue,
    /// What to say.
    pub cannot_ask: String,
}

impl AskedQueue {
    async fn find(client: QueueClient, queue: &str, cannot_ask: String) -> Result<Self> {
        match DeadLetterQueue::of(client, queue).await {
            Ok(dead_letters) => Ok(Self {
                dead_letters,
                cannot_ask,
            }),
            Err(error) => Err(error.context(cannot_ask)),
        }
    }
}

impl TablePlace {
    /// The table.
    pub async fn open(&self, aws: &AwsSettings) -> Result<AskedTable> {
        aws.only_if(self.table.is_some(), "name a table with --table")?;
        Ok(match &self.table {
            Some(name) => on_aws(name, &aws.load().await),
            None => self.on_this_machine(),
        })
    }

    fn on_this_machine(&self) -> AskedTable {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.dynamodb_port));
        AskedTable {
            table: Table::new(dynamodb::config(address), TABLE_NAME),
            cannot_ask: format!(
                "cannot ask the table on port {} (is `cargo run` running? --table NAME asks \
                 another)",
                self.dynamodb_port
            ),
        }
    }
}

fn on_aws(name: &str, aws: &AwsAccess) -> AskedTable {
    AskedTable {
        table: Table::new(&aws.config, name),
        cannot_ask: format!("cannot ask table {name} ({})", aws.described),
    }
}

/// A dead-letter queue and the table beside it, which is not known if the queue is on AWS and no
/// table was named.
pub async fn open_both(
    queue: &QueuePlace,
    table: &TablePlace,
    aws: &AwsSettings,
) -> Result<(AskedQueue, Option<AskedTable>)> {
    if queue.queue.is_none() && table.table.is_none() {
        aws.only_if(false, "name a queue with --queue")?;
        let table = table.on_this_machine();
        return Ok((queue.on_this_machine().await?, Some(table)));
    }
    let aws = aws.load().await;
    let queue = match &queue.queue {
        Some(name) => queue_on_aws(name, &aws).await?,
        None => queue.on_this_machine().await?,
    };
    let table = table.table.as_ref().map(|name| on_aws(name, &aws));
    Ok((queue, table))
}

impl QueuePlace {
    async fn on_this_machine(&self) -> Result<AskedQueue> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.sqs_port));
        let client = QueueClient::new(sqs::config(address));
        let cannot_ask = format!(
            "cannot ask the queue on port {} (is `cargo run` running? --queue QUEUE asks another)",
            self.sqs_port
        );
        AskedQueue::find(client, QUEUE_NAME, cannot_ask).await
    }
}

async fn queue_on_aws(queue: &str, aws: &AwsAccess) -> Result<AskedQueue> {
    let cannot_ask = format!(
        "cannot ask {queue} ({}; check these and its name)",
        aws.described
    );
    AskedQueue::find(QueueClient::new(&aws.config), queue, cannot_ask).await
}
