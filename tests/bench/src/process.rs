//! A function in its own process, with Linux's measurements of it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use roster_emulator::dynamodb::{HISTORY_TABLE_NAME, TABLE_NAME};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::runtime_api::RuntimeApi;
use crate::workload::Invocation;

const TIME_TO_START: Duration = Duration::from_secs(30);
const TIME_TO_STOP: Duration = Duration::from_secs(10);

/// A running function. It is killed when dropped.
pub struct Function {
    /// Time from spawning the process until it requested work.
    pub started_in: Duration,
    /// CPU time until then.
    pub cpu_to_start: Duration,
    /// Resident memory then, in bytes.
    pub memory_after_start: u64,
    api: RuntimeApi,
    process: Child,
    id: u32,
}

impl Function {
    /// Starts a function with the environment that Lambda and `template.yaml` set, and with the
    /// table at `table`.
    pub async fn start(program: &Path, table: SocketAddr) -> Result<Self> {
        let (api, first_poll) = RuntimeApi::start().await?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "made-up")
            .env("AWS_SESSION_TOKEN", "made-up".repeat(100))
            .env("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{table}"))
            .env("TABLE_NAME", TABLE_NAME)
            .env("HISTORY_TABLE_NAME", HISTORY_TABLE_NAME)
            .env("QUEUE_URL", "http://127.0.0.1:9/queue")
            .env("DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:9/dead-letters")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let began = Instant::now();
        let process = command.spawn();
        let process = process.with_context(|| format!("cannot start {}", program.display()))?;
        let id = process.id().context("the function has ended")?;
        let polled = timeout(TIME_TO_START, first_poll).await;
        let polled = polled.with_context(|| format!("{} does not start", program.display()))??;
        Ok(Self {
            started_in: polled - began,
            cpu_to_start: cpu(id)?,
            memory_after_start: memory(id, "VmRSS")?,
            api,
            process,
            id,
        })
    }

    /// Lets the function handle a batch, all of which must succeed, and returns the time that
    /// took.
    pub async fn handle(&self, batch: &Invocation) -> Result<Duration> {
        let answer = self.api.invoke(batch.body.clone()).await?;
        let response: Value = serde_json::from_slice(&answer.body)?;
        let failures = response.get("batchItemFailures").and_then(Value::as_array);
        let failures = failures.context("not a partial batch response")?.len();
        ensure!(failures == 0, "{failures} of {} failed", batch.events);
        Ok(answer.took)
    }

    /// CPU time so far, of all threads still running.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(self.id)
    }

    /// Peak resident memory, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        memory(self.id, "VmHWM")
    }

    /// Stops the function. It exits by itself once there is no more work, as a profiler requires,
    /// and is killed otherwise.
    pub async fn stop(self) -> Result<()> {
        let Self {
            api, mut process, ..
        } = self;
        drop(api);
        if timeout(TIME_TO_STOP, process.wait()).await.is_err() {
            process.kill().await?;
        }
        Ok(())
    }
}

/// The nanoseconds that each thread was on a CPU, in user and kernel mode (Linux,
/// `Documentation/scheduler/sched-stats.rst`). The times in `/proc/PID/stat` have steps of ten
/// milliseconds, which is more than some of the measured values.
fn cpu(id: u32) -> Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let on_cpu = text.split_whitespace().next();
        nanos += on_cpu.context("no time on the CPU")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// A size from `/proc/PID/status`, in bytes.
fn memory(id: u32, name: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = text.lines().find(|line| line.starts_with(name));
    let size = line.and_then(|line| line.split_whitespace().nth(1));
    let kibibytes: u64 = size.context("no such size")?.parse()?;
    Ok(kibibytes << 10)
}
