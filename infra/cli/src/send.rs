//! Sends the lines of a file to a queue, as they are.

use anyhow::{Context, Result};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use roster_queue::{ATTEMPTS, Batcher, Fate, Queue, QueueError};
use serde::Serialize;

use crate::input::{LineError, Lines};
use crate::words::counted;

/// What became of the lines.
#[derive(Debug, Default, Serialize)]
pub struct Sent {
    /// How many were sent.
    pub sent: usize,
    /// Those that were not.
    pub failed: Vec<Unsent>,
}

/// A line that was not sent.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unsent {
    /// Its number, counted from 1.
    pub line: usize,
    /// Why it was not sent.
    pub reason: String,
}

/// Sends the lines in their order, and skips blank ones. `progress` is called with the number of
/// lines that are done. If a request fails, the error says how far it came.
pub async fn send(queue: &Queue, mut lines: Lines, progress: impl Fn(usize)) -> Result<Sent> {
    let mut sent = Sent::default();
    let mut batcher = Batcher::default();
    for index in 0..lines.count() {
        let line = index + 1;
        match lines.get(index)? {
            Ok(body) => {
                let entry = SendMessageBatchRequestEntry::builder();
                let entry = entry.id(line.to_string()).message_body(body).build()?;
                if let Some(request) = batcher.add(entry) {
                    sent.request(queue, request).await?;
                    progress(index);
                }
            }
            Err(LineError::Blank) => {}
            Err(error) => sent.fail(line, error.to_string()),
        }
    }
    sent.request(queue, batcher.finish()).await?;
    sent.failed.sort();
    Ok(sent)
}

impl Sent {
    /// Sends a request. The id of each entry is its line.
    async fn request(
        &mut self,
        queue: &Queue,
        request: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<()> {
        let fates = queue.send(&request).await;
        let fates = fates.or_else(|error| self.broken_off(error, &request))?;
        for (entry, fate) in request.into_iter().zip(fates) {
            match fate {
                Fate::Done => self.sent += 1,
                Fate::Refused(code) => {
                    self.fail(entry.id.parse()?, format!("SQS refused it: {code}"));
                }
                Fate::NotTaken => {
                    let reason = format!("SQS did not take it in {ATTEMPTS} attempts");
                    self.fail(entry.id.parse()?, reason);
                }
            }
        }
        Ok(())
    }

    fn fail(&mut self, line: usize, reason: String) {
        self.failed.push(Unsent { line, reason });
    }

    /// The error, with what it leaves to be sent.
    fn broken_off(
        &self,
        error: QueueError,
        request: &[SendMessageBatchRequestEntry],
    ) -> Result<Vec<Fate>> {
        let first = request.first().map_or("1", |entry| entry.id.as_str());
        let told = format!(
            "{} sent, and perhaps a few more; send the file again from line {first} on",
            counted(self.sent, "event")
        );
        Err(error).context(told)
    }
}
