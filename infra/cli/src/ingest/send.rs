//! The producer: sends each line as a message.

use std::sync::Arc;

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use roster_domain::EventTime;
use roster_envelope::{EVENT_TIME, carries_time};
use roster_queue::{ATTEMPTS, Batcher, Fate, Queue};

use super::ledger::{LINE, Ledger};
use crate::input::{LineError, Lines};

/// 2026-01-01T00:00:00Z in milliseconds since 1970.
const STAMP_ORIGIN: u64 = 1_767_225_600_000;

/// Sends every line that is not blank, in a random order if there is a seed.
pub async fn send(
    queue: Queue,
    mut lines: Lines,
    shuffle: Option<u64>,
    ledger: Arc<Ledger>,
) -> Result<()> {
    let mut order: Vec<usize> = (0..lines.count()).collect();
    if let Some(seed) = shuffle {
        order.shuffle(&mut StdRng::seed_from_u64(seed));
    }
    let mut batcher = Batcher::default();
    for index in order {
        let number = index + 1;
        let body = match lines.get(index)? {
            Ok(body) => body,
            Err(LineError::Blank) => {
                ledger.skip(number);
                continue;
            }
            Err(error) => {
                ledger.record_failed(number, error.to_string(), String::new());
                continue;
            }
        };
        ledger.admit(number, body.len()).await?;
        if let Some(request) = batcher.add(entry(number, body)?) {
            send_request(&queue, request, &ledger).await?;
        }
    }
    send_request(&queue, batcher.finish(), &ledger).await
}

async fn send_request(
    queue: &Queue,
    request: Vec<SendMessageBatchRequestEntry>,
    ledger: &Ledger,
) -> Result<()> {
    let fates = queue.send(&request).await?;
    let mut not_taken = 0;
    for (entry, fate) in request.into_iter().zip(fates) {
        match fate {
            Fate::Done => {}
            Fate::Refused(code) => {
                let reason = format!("SQS refused the message: {code}");
                ledger.record_failed(entry.id.parse()?, reason, entry.message_body);
            }
            Fate::NotTaken => not_taken += 1,
        }
    }
    ensure!(
        not_taken == 0,
        "the embedded queue did not take {not_taken} messages in {ATTEMPTS} tries"
    );
    Ok(())
}

/// A line as an entry, which has its number as the id.
fn entry(number: usize, body: String) -> Result<SendMessageBatchRequestEntry> {
    let time = stamp(number, &body)?;
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(number.to_string())
        .message_attributes(LINE, attribute("Number", number.to_string())?)
        .message_body(body);
    if let Some(time) = time {
        entry = entry.message_attributes(EVENT_TIME, attribute("String", time)?);
    }
    Ok(entry.build()?)
}

/// The time to send along with a line whose event carries none: n milliseconds after
/// [`STAMP_ORIGIN`] for line n, so that its place does not depend on a shuffle.
pub fn stamp(number: usize, body: &str) -> Result<Option<String>> {
    if carries_time(body) {
        return Ok(None);
    }
    let millis = STAMP_ORIGIN + u64::try_from(number)?;
    Ok(Some(EventTime::from_unix_millis(millis)?.to_string()))
}

fn attribute(data_type: &str, value: String) -> Result<MessageAttributeValue> {
    let attribute = MessageAttributeValue::builder()
        .data_type(data_type)
        .string_value(value);
    Ok(attribute.build()?)
}
