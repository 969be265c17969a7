//! Batch requests within the limits of SQS, which reports a result for each entry.

use std::time::Duration;

use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};

use crate::error::QueueError;
use crate::limits::{REQUEST_BYTES, REQUEST_MESSAGES};
use crate::size::message_bytes;

/// The maximum number of attempts for an entry that fails without the sender's fault.
pub const ATTEMPTS: u32 = 5;

/// The delay before the second attempt. It doubles with each further attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The result for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// SQS accepted it.
    Done,
    /// SQS rejected it permanently, with this code.
    Refused(String),
    /// SQS did not accept it in [`ATTEMPTS`] attempts.
    NotTaken,
}

/// Collects entries into requests.
#[derive(Debug, Default)]
pub struct Batcher {
    request: Vec<SendMessageBatchRequestEntry>,
    bytes: usize,
}

impl Batcher {
    /// Adds an entry. If the current request has no room for it, returns that request and starts
    /// a new one.
    #[must_use]
    pub fn add(
        &mut self,
        entry: SendMessageBatchRequestEntry,
    ) -> Option<Vec<SendMessageBatchRequestEntry>> {
        let attributes = entry.message_attributes().into_iter().flatten();
        let bytes = message_bytes(entry.message_body(), attributes);
        let is_full = self.request.len() == REQUEST_MESSAGES || self.bytes + bytes > REQUEST_BYTES;
        let full = (is_full && !self.request.is_empty()).then(|| {
            self.bytes = 0;
            std::mem::take(&mut self.request)
        });
        self.bytes += bytes;
        self.request.push(entry);
        full
    }

    /// Returns the last request, which is empty if no entry was added.
    pub fn finish(self) -> Vec<SendMessageBatchRequestEntry> {
        self.request
    }
}

/// Splits entries into requests within the limits of SQS.
pub fn requests(
    entries: impl IntoIterator<Item = SendMessageBatchRequestEntry>,
) -> Vec<Vec<SendMessageBatchRequestEntry>> {
    let mut batcher = Batcher::default();
    let mut requests: Vec<_> = entries
        .into_iter()
        .filter_map(|entry| batcher.add(entry))
        .collect();
    let last = batcher.finish();
    if !last.is_empty() {
        requests.push(last);
    }
    requests
}

/// The results of the entries of a request.
#[derive(Debug, Default)]
pub struct BatchResult {
    /// The ids of the accepted entries.
    pub done: Vec<String>,
    /// The errors of the other entries.
    pub failed: Vec<BatchResultErrorEntry>,
}

/// Sends a request with `count` entries, retries the entries that SQS did not accept, and returns
/// the result of each in order. `request` gets the positions of the entries to send, which are also
/// their ids. An entry that is neither accepted nor rejected counts as not accepted.
pub async fn settle<F, A>(count: usize, request: F) -> Result<Vec<Fate>, QueueError>
where
    F: Fn(Vec<usize>) -> A,
    A: Future<Output = Result<BatchResult, QueueError>>,
{
    let mut fates = vec![Fate::NotTaken; count];
    for attempt in 0..ATTEMPTS {
        let open = fates.iter().enumerate();
        let open = open.filter(|(_, fate)| **fate == Fate::NotTaken);
        let open: Vec<_> = open.map(|(position, _)| position).collect();
        if open.is_empty() {
            break;
        }
        if let Some(before) = attempt.checked_sub(1) {
            tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(before)).await;
        }
        let answer = request(open).await?;
        for (position, fate) in fates.iter_mut().enumerate() {
            let id = position.to_string();
            if answer.done.contains(&id) {
                *fate = Fate::Done;
            }
            let refused = |entry: &&BatchResultErrorEntry| entry.id == id && entry.sender_fault;
            if let Some(entry) = answer.failed.iter().find(refused) {
                *fate = Fate::Refused(entry.code.clone());
            }
        }
    }
    Ok(fates)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn entry(bytes: usize) -> SendMessageBatchRequestEntry {
        let entry = SendMessageBatchRequestEntry::builder().id("id");
        entry.message_body("x".repeat(bytes)).build().unwrap()
    }

    fn sizes(entries: &[usize]) -> Vec<Vec<usize>> {
        let size = |entry: &SendMessageBatchRequestEntry| entry.message_body().len();
        let requests = requests(entries.iter().map(|bytes| entry(*bytes)));
        let requests = requests.iter();
        requests.map(|r| r.iter().map(size).collect()).collect()
    }

    #[test]
    fn a_request_has_at_most_ten_entries_and_256_kib() {
        assert_eq!(sizes(&[]), [[0; 0]; 0]);
        assert_eq!(sizes(&[1; 21]), [vec![1; 10], vec![1; 10], vec![1]]);
        let half = REQUEST_BYTES / 2;
        assert_eq!(sizes(&[half, half, 1]), [vec![half, half], vec![1]]);
        assert_eq!(sizes(&[half + 1, half]), [[half + 1], [half]]);
    }

    #[test]
    fn an_entry_over_the_limit_has_a_request_of_its_own() {
        let large = REQUEST_BYTES + 1;
        assert_eq!(sizes(&[large, 1, large]), [[large], [1], [large]]);
        assert_eq!(sizes(&[1, large]), [[1], [large]]);
    }

    fn failed(id: &str, sender_fault: bool) -> BatchResultErrorEntry {
        let entry = BatchResultErrorEntry::builder().id(id).code("Code");
        entry.sender_fault(sender_fault).build().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn each_entry_gets_a_result_and_only_entries_not_accepted_are_retried() {
        let calls = Cell::new(0);
        let fates = settle(4, async |open| {
            calls.set(calls.get() + 1);
            if calls.get() == 1 {
                assert_eq!(open, [0, 1, 2, 3]);
                // The last entry has no result.
                return Ok(BatchResult {
                    done: vec!["0".to_owned()],
                    failed: vec![failed("1", true), failed("2", false)],
                });
            }
            let is_second = calls.get() == 2;
            assert_eq!(open, if is_second { vec![2, 3] } else { vec![3] });
            Ok(BatchResult {
                done: vec!["2".to_owned()],
                failed: Vec::new(),
            })
        });
        let fates = fates.await.unwrap();
        let refused = Fate::Refused("Code".to_owned());
        assert_eq!(fates, [Fate::Done, refused, Fate::Done, Fate::NotTaken]);
        assert_eq!(calls.get(), ATTEMPTS);
    }
}
