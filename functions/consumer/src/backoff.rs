//! Retry delays for messages that failed for a transient reason.

use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use futures::{StreamExt, stream};
use roster_queue::Queue;
use roster_queue::limits::{CONCURRENT_REQUESTS, REQUEST_MESSAGES};
use roster_table::causes;
use tokio::time::{Instant, timeout_at};

use crate::dead_letter::warn_of;
use crate::delivery::Delivery;
use crate::record::SqsRecord;

/// Upper bound of the delay after the first failure, in seconds. Roster's own: long enough for a
/// throttled table to recover a little, and short enough that nobody notices.
const FIRST: u32 = 4;

/// The factor by which the upper bound grows with each failure.
const GROWTH: u32 = 3;

/// Maximum delay, in seconds. Roster's own: after an outage, the last message is retried at most
/// this much later.
const LONGEST: u32 = 900;

/// Returns the seconds until the next attempt for a message that failed after `receives`
/// receives. `jitter`, between 0 and 1, spreads messages that failed together over the second
/// half of the delay.
pub fn delay(receives: u32, jitter: f64) -> u32 {
    let grown = (1..receives.min(10)).fold(FIRST, |delay, _| delay * GROWTH);
    let longest = grown.min(LONGEST);
    let half = f64::from(longest) / 2.0;
    (half + half * jitter).round() as u32
}

/// Sets the visibility timeout of each message to be retried to its [`delay`]. If that does not
/// succeed before `stop`, the visibility timeout of the queue applies.
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
        Ok(Ok(failed)) => warn_of(&failed, "could not postpone a message"),
        Ok(Err(error)) => {
            tracing::warn!(reason = causes(&error), "could not postpone messages");
        }
        Err(_) => tracing::warn!(reason = "no time left", "could not postpone messages"),
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
