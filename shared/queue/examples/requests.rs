//! Splits messages into requests within the limits of SQS.
//!
//! `cargo run -p roster-queue --example requests`

use std::error::Error;
use std::io::{self, Write};

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use roster_queue::limits::REQUEST_BYTES;
use roster_queue::requests;

fn main() -> Result<(), Box<dyn Error>> {
    let sizes = [vec![100; 12], vec![REQUEST_BYTES], vec![100]].concat();
    let entry = |size: &usize| {
        let entry = SendMessageBatchRequestEntry::builder().id("any");
        entry.message_body("x".repeat(*size)).build()
    };
    let entries = sizes.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    for request in requests(entries) {
        let bytes: usize = request.iter().map(|entry| entry.message_body().len()).sum();
        writeln!(io::stdout(), "{} messages, {bytes} bytes", request.len())?;
    }
    Ok(())
}
