//! The cost of a million events on AWS, from the measurements and the price list.
//!
//! Prices are those of us-east-1 without the free tier, as pages from 2024 to 2026 quote AWS's
//! lists (looked up on 2026-11-25; the lists themselves were not accessible).

use serde::Serialize;

use crate::case::Case;
use crate::compare::Measured;
use crate::workload::Keys;

/// Dollars for a write request unit of an on-demand table (Amazon DynamoDB pricing, since
/// 2024-11-01).
const WRITE_UNIT: f64 = 0.625e-6;

/// Dollars for a request to a standard queue, of at most 64 KB (Amazon SQS pricing).
const QUEUE_REQUEST: f64 = 0.40e-6;

/// Dollars for an invocation (AWS Lambda pricing).
const INVOCATION: f64 = 0.20e-6;

/// Dollars for a gigabyte-second on arm64 (AWS Lambda pricing).
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;

/// Dollars for a gigabyte of log (Amazon CloudWatch pricing).
const LOG_GIGABYTE: f64 = 0.50;

/// Log volume of an invocation, in bytes: the line of metrics, 1,600 with the lags of 100 events
/// as printed in the benchmark, and Lambda's own three lines, about 600.
const LOG_BYTES: f64 = 2_200.0;

/// Messages in one request to receive or delete them (SQS API reference).
const MESSAGES: f64 = 10.0;

/// `MemorySize` in `template.yaml`, in gigabytes.
const MEMORY: f64 = 0.25;

/// Memory with which a function has a whole CPU, in gigabytes: 1,769 MB (AWS Lambda developer
/// guide, "Configure Lambda function memory").
const MEMORY_OF_A_CPU: f64 = 1.769 / 1.024;

/// How long a write takes on the way and in DynamoDB, in seconds.
const LATENCY: f64 = 0.004;

const MILLION: f64 = 1e6;

/// The cost of a million events of one kind, in dollars.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// The case that was measured.
    pub case: String,
    /// Write request units.
    pub units: f64,
    /// Gigabyte-seconds.
    pub gigabyte_seconds: f64,
    /// For write request units.
    pub table: f64,
    /// For sending one by one, receiving and deleting.
    pub queue: f64,
    /// For invocations and gigabyte-seconds.
    pub function: f64,
    /// For the log.
    pub log: f64,
}

impl Cost {
    /// The four kinds of events whose cost is reported.
    pub fn of(measured: &[Measured], handler: &str) -> Vec<Self> {
        let mixes = [
            (100, Keys::Spread, 0.0),
            (100, Keys::Spread, 0.2),
            (10, Keys::Spread, 0.0),
            (1_000, Keys::Hot, 0.0),
        ];
        let costs = mixes.iter().filter_map(|&(batch, keys, duplicates)| {
            let mut measured = measured.iter();
            let measured = measured.find(|m| m.case.is(0, batch, keys, duplicates))?;
            Self::of_case(measured, handler)
        });
        costs.collect()
    }

    fn of_case(measured: &Measured, handler: &str) -> Option<Self> {
        let figure = |figure| Some(measured.figure(handler, figure)?.median);
        let requests = figure(|s| s.requests_per_event)?;
        let cpu = figure(|s| s.cpu_ms_per_1000)? / 1e6;
        let units = measured.units.get(handler)?.per_event * MILLION;
        let batches = MILLION / measured.case.batch as f64;
        let seconds = seconds(&measured.case, requests, cpu) * batches;
        let gigabyte_seconds = seconds * MEMORY;
        Some(Self {
            case: measured.case.name(),
            units,
            gigabyte_seconds,
            table: units * WRITE_UNIT,
            queue: (MILLION + 2.0 * MILLION / MESSAGES) * QUEUE_REQUEST,
            function: batches * INVOCATION + gigabyte_seconds * GIGABYTE_SECOND,
            log: batches * LOG_BYTES / 1e9 * LOG_GIGABYTE,
        })
    }

    /// The total.
    pub fn total(&self) -> f64 {
        self.table + self.queue + self.function + self.log
    }
}

/// Maximum duration of a batch: its CPU time, on the function's share of a CPU, and then the
/// waits for the table, as if they did not overlap. `cpu` is in seconds an event.
fn seconds(case: &Case, requests: f64, cpu: f64) -> f64 {
    let batch = case.batch as f64;
    let share = MEMORY / MEMORY_OF_A_CPU;
    let waits = (requests * batch / consumer::MAX_CONCURRENT_WRITES as f64).ceil();
    batch * cpu / share + waits * LATENCY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_its_cpu_time_on_a_seventh_of_a_cpu_and_its_waits() {
        let case = Case::all().into_iter().find(|c| c.batch == 100).unwrap();
        let seconds = seconds(&case, 1.0, 0.000_1);
        assert!(
            (seconds - (0.01 * 6.91 + 0.016)).abs() < 0.000_1,
            "{seconds}"
        );
    }
}
