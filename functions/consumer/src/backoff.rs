//! When a message that failed in passing comes back.

use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use futures::{StreamExt, stream};
use roster_queue::Queue;
use roster_queue::limits::{CONCURRENT_REQUESTS, REQUEST_MESSAGES};
use roster_table::causes;
use tokio::time::{Instant, timeout_at};

use crate::dead_letter::warn_of;
use crate::delivery::Delivery;
use crate::record::SqsRecord;

/// Longest delay after the first failure, in seconds. Roster's own: long enough for a
/// throttled table to recover a little, and short enough that nobody notices.
const FIRST: u32 = 4;

/// By how much the longest delay grows with each failure.
const GROWTH: u32 = 3;

/// Longest delay of all, in seconds. Roster's own: after an outage the last message is back
/// at most this much later.
const LONGEST: u32 = 900;

/// Seconds until a message comes back that was received `receives` times and failed. `jitter`,
/// between 0 and 1, spreads messages that failed together over the second half of the time.
pub fn delay(receives: u32, jitter: f64) -> u32 {
    let grown = (1..receives.min(10)).fold(FIRST, |delay, _| delay * GROWTH);
    let longest = grown.min(LONGEST);
    let half = f64::from(longest) / 2.0;
    (half + half * jitter).round() as u32
}

/// Hides each message that has to come back on its queue for its [`delay`]. One for which that does
/// not succeed before `stop` comes back after the queue's visibility timeout.
pub async fn postpone(queue: &Queue, deliveries: &[Delivery], stop: Instant) {
    let retried = deliveries.iter().filter(|d| d.retried().is_some());
    let entries: Vec<_> = retried
        .enumerate()
        .filter_map(|(n, delivery)| entry(n, &delivery.record))
        .collect();
    let requests: Vec<_> = entries
        .chunks(REQUEST_MESSAGES)
        .map(|entries| hide(queue, entries.to_vec(), stop))
        .collect();
    stream::iter(requests)
        .buffer_unordered(CONCURRENT_REQUESTS)
        .collect::<()>()
        .await;
}

async fn hide(
    queue: &Queue,
    entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
    stop: Instant,
) {
    match timeout_at(stop, queue.hide_once(entries)).await {
        Ok(Ok(failed)) => warn_of(&failed, "SQS did not postpone a message"),
        Ok(Err(error)) => {
            tracing::warn!(reason = causes(&error), "SQS did not postpone messages");
        }
        Err(_) => tracing::warn!(reason = "no time left", "SQS did not postpone messages"),
    }
}

/// None for a record without a receipt handle, which did not come from a queue.
fn entry(n: usize, record: &SqsRecord) -> Option<ChangeMessageVisibilityBatchRequestEntry> {
    let message = record.message();
    let stated_receipt = message.receipt_handle.as_deref();
    let receipt = stated_receipt.filter(|receipt| !receipt.is_empty())?;
    let stated_count = message.attributes.get("ApproximateReceiveCount");
    let receives = stated_count
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    let seconds = delay(receives, fastrand::f64());
    ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(n.to_string())
        .receipt_handle(receipt)
        .visibility_timeout(i32::try_from(seconds).ok()?)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_with_each_receive_up_to_fifteen_minutes() {
        let range = |receives| (delay(receives, 0.0), delay(receives, 1.0));
        let ranges: Vec<_> = (0..=8).map(range).collect();
        let expected = [
            (2, 4),
            (2, 4),
            (6, 12),
            (18, 36),
            (54, 108),
            (162, 324),
            (450, 900),
            (450, 900),
            (450, 900),
        ];
        assert_eq!(ranges, expected);
        assert_eq!(range(u32::MAX), (450, 900));
    }
}
