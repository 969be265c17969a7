//! A `roster up` in its own process.

use std::io::{BufRead, BufReader, Lines, Read as _};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::{roster, run};

/// A running `roster up` on free ports.
pub struct RunningRoster {
    child: Child,
    pub dynamodb: String,
    pub sqs: String,
    pub queue: String,
    pub api: String,
    /// The command that the greeting shows for tokens.
    pub token_command: String,
    /// The other commands that the greeting shows.
    pub commands: String,
    stderr: ChildStderr,
    _output: Lines<BufReader<ChildStdout>>,
}

impl RunningRoster {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = roster()
            .args([
                "up",
                "--dynamodb-port",
                "0",
                "--sqs-port",
                "0",
                "--api-port",
                "0",
            ])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("RUST_LOG", "error")
            .env_remove("CARGO")
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = |start: &str| {
            let line = lines.find(|line| line.as_ref().unwrap().trim().starts_with(start));
            line.unwrap().unwrap()
        };
        let word = |line: &str, number| line.split_whitespace().nth(number).unwrap().to_owned();
        let [dynamodb, sqs, queue] =
            ["DynamoDB", "SQS", "queue"].map(|start| word(&line(start), 1));
        let about_api = line("HTTP API");
        let api = word(&about_api, 2);
        let token_command = about_api.split('`').nth(1).unwrap().to_owned();
        let shown = lines.by_ref().map(Result::unwrap);
        let shown = shown.skip_while(|line| !line.starts_with("Send a user"));
        let shown = shown.skip(2).take_while(|line| !line.is_empty());
        let commands = shown.collect::<Vec<_>>().join("\n");
        Self {
            dynamodb,
            sqs,
            queue,
            api,
            token_command,
            commands,
            stderr: child.stderr.take().unwrap(),
            child,
            _output: lines,
        }
    }

    /// Sends a signal, waits for the end and returns the exit code and what it says about the
    /// queues.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut told = String::new();
        self.stderr.read_to_string(&mut told).unwrap();
        let told = told
            .lines()
            .filter(|line| line.starts_with("Left: ") || line.starts_with("Lost: "));
        (code, told.collect())
    }

    /// The port of the SQS endpoint.
    pub fn sqs_port(&self) -> &str {
        self.sqs.rsplit(':').next().unwrap()
    }

    pub fn send(&self, body: &Value) {
        self.send_delayed(body, 0);
    }

    /// Sends an event that becomes visible after so many seconds.
    pub fn send_delayed(&self, body: &Value, seconds: u32) {
        let request = json!({"QueueUrl": self.queue, "MessageBody": body.to_string(),
            "DelaySeconds": seconds});
        let sent = Command::new("curl")
            .args([
                "-sS",
                "--fail",
                "-H",
                "Content-Type: application/x-amz-json-1.0",
            ])
            .args([
                "-H",
                "X-Amz-Target: AmazonSQS.SendMessage",
                "-d",
                &request.to_string(),
            ])
            .arg(&self.sqs)
            .output()
            .unwrap();
        assert!(sent.status.success());
    }

    /// Retries until there is a response.
    pub fn get(&self, kind: &str, ids: &[&str], environment: &[(&str, &str)]) -> Value {
        let port = self.dynamodb.rsplit(':').next().unwrap();
        for _ in 0..200 {
            let mut ask = roster();
            ask.args(["get", kind, "--json"]).args(ids);
            if environment.is_empty() {
                ask.args(["--dynamodb-port", port]);
            } else {
                ask.args(["--table", "roster"])
                    .envs(environment.iter().copied());
            }
            let output = ask.output().unwrap();
            if output.status.success() {
                return serde_json::from_slice(&output.stdout).unwrap();
            }
            std::thread::yield_now();
        }
        Value::Null
    }
}

impl RunningRoster {
    /// The response of the HTTP API to a service.
    pub fn ask_api(&self, path: &str) -> Value {
        let port = self.api.rsplit(':').next().unwrap();
        let token = run(&["token", "--service", "--api-port", port]);
        let token = String::from_utf8(token.stdout).unwrap();
        let authorization = format!("Authorization: Bearer {}", token.trim());
        let asked = Command::new("curl")
            .args(["-sS", "--noproxy", "*", "--fail", "-H", &authorization])
            .arg(format!("{}{path}", self.api))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&asked.stderr);
        assert!(asked.status.success(), "{path}: {stderr}");
        serde_json::from_slice(&asked.stdout).unwrap()
    }
}

impl Drop for RunningRoster {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return; // It was stopped.
        }
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}
