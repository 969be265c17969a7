//! A `roster up` in its own process.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::{roster, run};

/// A running `roster up` on free ports.
pub struct RunningRoster {
    child: Child,
    pub dynamodb: String,
    pub sqs: String,
    pub queue: String,
    pub api: String,
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
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut word = |start: &str, number: usize| {
            let line = lines.find(|line| line.as_ref().unwrap().trim().starts_with(start));
            line.unwrap()
                .unwrap()
                .split_whitespace()
                .nth(number)
                .unwrap()
                .to_owned()
        };
        Self {
            dynamodb: word("DynamoDB", 1),
            sqs: word("SQS", 1),
            queue: word("queue", 1),
            api: word("HTTP API", 2),
            child,
            _output: lines,
        }
    }

    pub fn send(&self, body: &Value) {
        let request = json!({"QueueUrl": self.queue, "MessageBody": body.to_string()});
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
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}
