//! The producer: sends each line as a message.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use roster_domain::EventTime;
use roster_envelope::{EVENT_TIME, carries_time};

use super::ledger::{LINE, Ledger};
use super::lines::Lines;
use roster_emulator::sqs::MAX_MESSAGE;
use roster_stack::event_source::REQUEST_MESSAGES;

/// 2026-01-01T00:00:00Z in milliseconds since 1970.
const STAMP_ORIGIN: u64 = 1_767_225_600_000;

/// How often an entry is sent that SQS refused without its sender's fault.
const ATTEMPTS: u32 = 5;

struct Line {
    number: usize,
    body: String,
}

/// Sends every line, in a random order if there is a seed.
pub async fn send(
    client: Client,
    queue_url: String,
    mut lines: Lines,
    shuffle: Option<u64>,
    ledger: Arc<Ledger>,
) -> Result<()> {
    let mut order: Vec<usize> = (0..lines.count()).collect();
    if let Some(seed) = shuffle {
        order.shuffle(&mut StdRng::seed_from_u64(seed));
    }
    let mut request = Vec::new();
    let mut size = 0;
    for index in order {
        let (number, body) = (index + 1, lines.get(index)?);
        ledger.admit(number, body.len()).await?;
        if body.is_empty() {
            let reason = "$: found nothing, expected an event; SQS takes no empty message";
            ledger.record_failed(number, reason.to_owned(), body);
            continue;
        }
        if request.len() == REQUEST_MESSAGES || size + body.len() > MAX_MESSAGE {
            send_request(&client, &queue_url, std::mem::take(&mut request), &ledger).await?;
            size = 0;
        }
        size += body.len();
        request.push(Line { number, body });
    }
    send_request(&client, &queue_url, request, &ledger).await
}

async fn send_request(
    client: &Client,
    queue_url: &str,
    mut lines: Vec<Line>,
    ledger: &Ledger,
) -> Result<()> {
    for attempt in 0..ATTEMPTS {
        if lines.is_empty() {
            return Ok(());
        }
        let entries = lines.iter().map(entry).collect::<Result<_>>()?;
        let output = client
            .send_message_batch()
            .queue_url(queue_url)
            .set_entries(Some(entries))
            .send()
            .await
            .context("cannot send messages")?;
        let mut again = Vec::new();
        for line in lines {
            let number = line.number.to_string();
            match output.failed().iter().find(|failed| failed.id() == number) {
                None => {}
                Some(refusal) if refusal.sender_fault() => {
                    let reason = format!("SQS refused the message: {}", refusal.code());
                    ledger.record_failed(line.number, reason, line.body);
                }
                Some(_) => again.push(line),
            }
        }
        lines = again;
        if !lines.is_empty() {
            tokio::time::sleep(Duration::from_millis(100) * 2_u32.pow(attempt)).await;
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    bail!(
        "the embedded queue did not take {} messages in {ATTEMPTS} tries",
        lines.len()
    )
}

fn entry(line: &Line) -> Result<SendMessageBatchRequestEntry> {
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(line.number.to_string())
        .message_attributes(LINE, attribute("Number", line.number.to_string())?)
        .message_body(&line.body);
    if let Some(time) = stamp(line.number, &line.body)? {
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
