//! `roster send`.

use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use roster_emulator::sqs::{self, MAX_MESSAGE, QUEUE_NAME};
use roster_queue::limits::MOST_BYTES;
use roster_queue::{Queue, QueueClient};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::aws::AwsSettings;
use super::ingest::EMPTY;
use super::{output, up};
use crate::input::Lines;
use crate::send::{Sent, send};
use crate::words::counted;

/// How long a running `roster up` may take to process what was sent, before the command ends.
const PROCESSING: Duration = Duration::from_secs(2);

/// How often it is asked whether it has.
const PAUSE: Duration = Duration::from_millis(20);

/// Send events to a running `roster up`, or to a queue on AWS.
#[derive(Debug, Args)]
pub struct Send {
    /// A file with one event a line, or a JSON array of events; also as gzip. - is standard input,
    /// which is read to its end first.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Send to this queue on AWS (its name or its URL) instead of that of a running `roster up`.
    #[arg(long, value_name = "QUEUE", conflicts_with = "sqs_port")]
    queue: Option<String>,
    /// The port that `roster up` was given for SQS.
    #[arg(long, value_name = "PORT", default_value_t = up::SQS_PORT)]
    sqs_port: u16,
    #[command(flatten)]
    aws: AwsSettings,
}

/// Where to send, and what an error says about it.
struct Target {
    queue: Queue,
    limit: usize,
    described: String,
}

impl Send {
    pub async fn run(self) -> Result<ExitCode> {
        self.aws
            .only_if(self.queue.is_some(), "name a queue with --queue")?;
        let Target {
            queue,
            limit,
            described,
        } = match &self.queue {
            Some(queue) => self.on_aws(queue).await?,
            None => self.local().await?,
        };
        if self.file == Path::new("-") && io::stdin().is_terminal() {
            output::note("Reading events until Ctrl-D, one a line.");
        }
        let lines = Lines::open(&self.file, limit)?;
        let bar = output::progress(lines.count() as u64);
        let sent = send(&queue, lines, |line| bar.set_position(line as u64)).await;
        bar.finish_and_clear();
        let sent = sent.context(described)?;
        ensure!(sent.sent + sent.failed.len() > 0, EMPTY);
        let printed = self.print(&queue, &sent);
        if !sent.failed.is_empty() {
            // Whoever closed the pipe early still gets the answer.
            return Ok(ExitCode::FAILURE);
        }
        if self.queue.is_none() {
            // Whoever asks next wants to see these events.
            let processed = timeout(PROCESSING, processed(&queue)).await;
            processed.unwrap_or(Ok(()))?;
        }
        printed.map(|()| ExitCode::SUCCESS)
    }

    /// The queue of a running `roster up`.
    async fn local(&self) -> Result<Target> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.sqs_port));
        if TcpStream::connect(address).await.is_err() {
            bail!(
                "nothing listens at {address}; start `roster up` first, give its port with \
                 --sqs-port, or name a queue on AWS with --queue"
            );
        }
        let client = QueueClient::new(sqs::config(address));
        let found = Queue::find(client, QUEUE_NAME).await;
        let queue =
            found.with_context(|| format!("the server at {address} is not a `roster up`"))?;
        Ok(Target {
            queue,
            limit: MAX_MESSAGE,
            described: format!("cannot send to {address}"),
        })
    }

    async fn on_aws(&self, queue: &str) -> Result<Target> {
        let aws = self.aws.load().await;
        let found = Queue::find(QueueClient::new(&aws.config), queue).await;
        let described = aws.described;
        let advice = || format!("cannot find {queue} ({described}; check these and its name)");
        Ok(Target {
            queue: found.with_context(advice)?,
            limit: MOST_BYTES,
            described: format!("cannot send to {queue} ({described})"),
        })
    }

    fn print(&self, queue: &Queue, sent: &Sent) -> Result<()> {
        if self.json {
            return output::json(sent);
        }
        for failed in &sent.failed {
            output::note(&format!("line {}: {}", failed.line, failed.reason));
        }
        let not = match sent.failed.len() {
            0 => String::new(),
            failed => format!(", {failed} not"),
        };
        let count = counted(sent.sent, "event");
        output::line(&format!("{count} sent to {}{not}", queue.url()))
    }
}

/// Waits until the queue is empty: what was sent is deleted once it is processed.
async fn processed(queue: &Queue) -> Result<()> {
    while queue.about_how_many_in_all().await? > 0 {
        sleep(PAUSE).await;
    }
    Ok(())
}
