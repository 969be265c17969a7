//! Where a command finds the table and the queues: a running `roster up`, or AWS.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, SdkConfig};
use clap::Args;
use roster_queue::QueueClient;
use roster_table::Table;

use super::up;
use crate::dlq::DeadLetterQueue;
use roster_emulator::dynamodb::{self, TABLE_NAME};
use roster_emulator::sqs::{self, QUEUE_NAME};

/// The table that a command reads.
#[derive(Debug, Args)]
pub struct TablePlace {
    /// Ask this table, reached by the usual AWS settings, instead of a running `roster up`.
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
    /// Ask the dead-letter queue of this queue (a name or a URL), reached by the usual AWS
    /// settings, instead of a running `roster up`.
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

impl TablePlace {
    /// The table.
    pub async fn table(&self) -> Table {
        match &self.table {
            Some(name) => Table::new(&aws().await, name),
            None => {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.dynamodb_port));
                Table::new(dynamodb::config(address), TABLE_NAME)
            }
        }
    }

    /// The table, unless the queue is on AWS and no table was named.
    pub async fn table_beside(&self, queue: &QueuePlace) -> Option<Table> {
        if self.table.is_none() && queue.queue.is_some() {
            return None;
        }
        Some(self.table().await)
    }

    /// What to say if the table does not answer.
    pub fn whom_it_asks(&self) -> String {
        match &self.table {
            Some(name) => format!("cannot ask table {name}"),
            None => format!(
                "cannot ask the table on port {} (is `cargo run` running? --table NAME asks \
                 another)",
                self.dynamodb_port
            ),
        }
    }
}

impl QueuePlace {
    /// The dead-letter queue.
    pub async fn dead_letter_queue(&self) -> Result<DeadLetterQueue> {
        let Some(queue) = &self.queue else {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.sqs_port));
            let client = QueueClient::new(sqs::config(address));
            let found = DeadLetterQueue::of(client, QUEUE_NAME).await;
            return found.with_context(|| {
                format!(
                    "cannot ask the queue on port {} (is `cargo run` running? --queue QUEUE asks \
                     another)",
                    self.sqs_port
                )
            });
        };
        let aws = aws().await;
        let region = aws.region().map_or("none", |region| region.as_ref());
        let advice =
            format!("cannot ask {queue} (check its name and the AWS settings; region: {region})");
        let found = DeadLetterQueue::of(QueueClient::new(&aws), queue).await;
        found.context(advice)
    }
}

pub async fn aws() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}
