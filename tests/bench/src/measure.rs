//! Measures one handler in one case.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::case::Case;
use crate::process::Function;
use crate::proxy::Proxy;
use crate::statistics::percentile;
use crate::workload::{Invocation, Keys, Workload};

/// Records of the first invocation after the start.
const FIRST: usize = 10;

/// Maximum size of the warm-up batch before the timed ones.
const PREPARED: usize = 100;

/// Minimum number of records for counting the write units of a case.
const COUNTED: usize = 1_000;

/// A program to measure.
#[derive(Debug, Clone)]
pub struct Handler {
    /// Its name.
    pub name: String,
    /// Its path.
    pub program: PathBuf,
}

/// The measurements of one handler in one round of a case. Times are in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// Events handled in a second of wall clock time.
    pub events_per_second: f64,
    /// CPU for 1,000 events.
    pub cpu_ms_per_1000: f64,
    /// Requests to the table for each event.
    pub requests_per_event: f64,
    /// Requests to the table for each distinct entity of a batch.
    pub requests_per_entity: f64,
    /// Median time of a batch.
    pub p50_ms: f64,
    /// 99th percentile of the time of a batch; with fewer than 100 batches, the maximum.
    pub p99_ms: f64,
    /// Time from spawning the process until it requested work.
    pub start_ms: f64,
    /// CPU time until then.
    pub start_cpu_ms: f64,
    /// The first batch, of ten events.
    pub first_ms: f64,
    /// Resident memory after the start, in MiB.
    pub start_mib: f64,
    /// Peak resident memory, in MiB.
    pub peak_mib: f64,
}

/// What a case costs the table, on any machine.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Units {
    /// Write units for each event.
    pub per_event: f64,
}

impl Handler {
    /// Runs the handler from its start through the batches of a case.
    pub async fn measure(&self, case: &Case, proxy: &Proxy, seed: u64) -> Result<Sample> {
        let function = Function::start(&self.program, proxy.address).await?;
        let mut workload = self.workload(case, seed);
        let first = function.handle(&workload.first()?).await?;
        let prepared = workload.batches.prepare(case.batch.min(PREPARED))?;
        function.handle(&prepared).await?;
        let batches = (0..case.batches).map(|_| workload.batches.batch(case.batch));
        let batches: Vec<_> = batches.collect::<Result<_>>()?;
        let events: usize = batches.iter().map(|batch| batch.events).sum();
        let entities: usize = batches.iter().map(|batch| batch.entities).sum();
        proxy.take();
        let cpu = function.cpu()?;
        let began = Instant::now();
        let mut took = Vec::with_capacity(batches.len());
        for batch in &batches {
            took.push(ms(function.handle(batch).await?));
        }
        let wall = began.elapsed();
        let cpu = function.cpu()?.saturating_sub(cpu);
        let requests = proxy.take().requests as f64;
        let events = events as f64;
        let sample = Sample {
            events_per_second: events / wall.as_secs_f64(),
            cpu_ms_per_1000: ms(cpu) / events * 1_000.0,
            requests_per_event: requests / events,
            requests_per_entity: requests / entities as f64,
            p50_ms: percentile(&took, 0.5),
            p99_ms: percentile(&took, 0.99),
            start_ms: ms(function.started_in),
            start_cpu_ms: ms(function.cpu_to_start),
            first_ms: ms(first),
            start_mib: mib(function.memory_after_start),
            peak_mib: mib(function.peak_memory()?),
        };
        function.stop().await?;
        Ok(sample)
    }

    /// Counts write units over a few batches of a case. They are the same in every round.
    pub async fn units(&self, case: &Case, proxy: &Proxy, seed: u64) -> Result<Units> {
        let function = Function::start(&self.program, proxy.address).await?;
        let mut workload = self.workload(case, seed);
        function.handle(&workload.first()?).await?;
        let prepared = workload.batches.prepare(case.batch.min(PREPARED))?;
        function.handle(&prepared).await?;
        proxy.take();
        proxy.count_units(true);
        let mut events = 0;
        while events < COUNTED {
            let batch = workload.batches.batch(case.batch)?;
            function.handle(&batch).await?;
            events += batch.events;
        }
        proxy.count_units(false);
        let units = proxy.take().units;
        function.stop().await?;
        Ok(Units {
            per_event: units / events as f64,
        })
    }

    fn workload(&self, case: &Case, seed: u64) -> CaseWorkload {
        let name = self.name.get(..3).unwrap_or(&self.name);
        let namespace = format!("{name}{seed:016x}");
        let batches = Workload::new(seed, &namespace, case.keys, case.duplicates);
        let first = Workload::new(seed, &format!("{namespace}f"), Keys::Spread, 0.0);
        CaseWorkload { batches, first }
    }
}

/// The batches of a case, and that of the first invocation, which is about other entities.
struct CaseWorkload {
    batches: Workload,
    first: Workload,
}

impl CaseWorkload {
    fn first(&mut self) -> Result<Invocation> {
        self.first.batch(FIRST)
    }
}

/// The size of a program, in MiB.
pub fn size(program: &PathBuf) -> Result<f64> {
    let file = std::fs::metadata(program);
    Ok(mib(file.context("no such program")?.len()))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
