//! Where a command finds the table and the queues: a running `roster up`, or AWS.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
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

/// A dead-letter queue and the table beside it, unless the queue is on AWS and no table was named.
pub async fn open_both(
    queue: &QueuePlace,
    table: &TablePlace,
    aws: &AwsSettings,
) -> Result<(DeadLetterQueue, Option<AskedTable>)> {
    if queue.queue.is_none() && table.table.is_none() {
        aws.only_if(false, "name a queue with --queue")?;
        let dead_letters = queue.on_this_machine().await?;
        return Ok((dead_letters, Some(table.on_this_machine())));
    }
    let aws = aws.load().await;
    let dead_letters = match &queue.queue {
        Some(name) => dead_letters_on_aws(name, &aws).await?,
        None => queue.on_this_machine().await?,
    };
    let table = table.table.as_ref().map(|name| on_aws(name, &aws));
    Ok((dead_letters, table))
}

impl QueuePlace {
    async fn on_this_machine(&self) -> Result<DeadLetterQueue> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.sqs_port));
        let client = QueueClient::new(sqs::config(address));
        let found = DeadLetterQueue::of(client, QUEUE_NAME).await;
        found.with_context(|| {
            format!(
                "cannot ask the queue on port {} (is `cargo run` running? --queue QUEUE asks \
                 another)",
                self.sqs_port
            )
        })
    }
}

async fn dead_letters_on_aws(queue: &str, aws: &AwsAccess) -> Result<DeadLetterQueue> {
    let found = DeadLetterQueue::of(QueueClient::new(&aws.config), queue).await;
    found.with_context(|| {
        format!(
            "cannot ask {queue} ({}; check these and its name)",
            aws.described
        )
    })
}
