//! Latency of the HTTP API, and the number of its requests to the table.
//!
//! The API runs in this process, with the same router as in Lambda, and receives requests over
//! loopback, one after the other.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use comfy_table::Table as Rows;
use comfy_table::presets::ASCII_MARKDOWN;
use consumer::{Batch, Consumer};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use roster_emulator::dynamodb::{HISTORY_TABLE_NAME, TABLE_NAME, config};
use roster_history::HistoryTable;
use roster_stack::http_api::{HttpApi, now};
use roster_stack::issuer::Bearer;
use roster_table::Table;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::emulator::Emulator;
use crate::proxy::Proxy;
use crate::report::line;
use crate::statistics::percentile;

/// Members of the organization in the requests.
const MEMBERS: usize = 1_000;

/// Timed requests of each kind.
const QUESTIONS: usize = 200;

/// Who asks, as what.
const SERVICE: &str = "service";
const ADMIN: &str = "u0";

/// The measurements of one kind of request.
#[derive(Debug, Serialize)]
pub struct AnswerTimes {
    question: String,
    delay_ms: u128,
    p50_ms: f64,
    p99_ms: f64,
    requests: f64,
}

/// Sends each kind of request with the table nearby, and with a delay of 4 ms.
pub async fn measure() -> Result<Vec<AnswerTimes>> {
    let emulator = Emulator::start().await?;
    let table = Table::new(config(emulator.address), TABLE_NAME);
    let history = HistoryTable::new(config(emulator.address), HISTORY_TABLE_NAME);
    fill(Consumer::new(table, history)).await?;
    let mut answers = Vec::new();
    for delay in [Duration::ZERO, Duration::from_millis(4)] {
        let proxy = Proxy::start(emulator.address, delay).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let table = Table::new(config(proxy.address), TABLE_NAME);
        let api = HttpApi::serve(listener, table)?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        for question in questions() {
            let mut millis = Vec::new();
            for n in 0..QUESTIONS + 1 {
                let began = Instant::now();
                ask(&client, &api, &question).await?;
                if n == 0 {
                    proxy.take(); // The first one connects and fetches keys.
                } else {
                    millis.push(began.elapsed().as_secs_f64() * 1_000.0);
                }
            }
            answers.push(AnswerTimes {
                question: question.name.to_owned(),
                delay_ms: delay.as_millis(),
                p50_ms: percentile(&millis, 0.5),
                p99_ms: percentile(&millis, 0.99),
                requests: proxy.take().requests as f64 / QUESTIONS as f64,
            });
        }
    }
    Ok(answers)
}

/// Prints the results of [`measure`].
pub fn print(answers: &[AnswerTimes]) -> Result<()> {
    let mut rows = Rows::new();
    rows.load_style(ASCII_MARKDOWN)
        .set_header(["question", "delay ms", "p50 ms", "p99 ms", "requests"]);
    for answer in answers {
        rows.add_row([
            answer.question.clone(),
            answer.delay_ms.to_string(),
            format!("{:.1}", answer.p50_ms),
            format!("{:.1}", answer.p99_ms),
            format!("{:.1}", answer.requests),
        ]);
    }
    line(&rows.trim_fmt())
}

struct Question {
    name: &'static str,
    caller: &'static str,
    path: &'static str,
    body: Option<Value>,
}

fn questions() -> Vec<Question> {
    let evaluation = |name, caller, subject: &str, kind: &str, id: &str| Question {
        name,
        caller,
        path: "/access/v1/evaluation",
        body: Some(json!({"subject": {"type": "user", "id": subject},
            "action": {"name": "projects:read"}, "resource": {"type": kind, "id": id}})),
    };
    let list = |name, caller| Question {
        name,
        caller,
        path: "/organizations/acme/users?limit=100",
        body: None,
    };
    vec![
        evaluation(
            "evaluation, built-in role",
            SERVICE,
            "u5",
            "organization",
            "acme",
        ),
        evaluation(
            "the same, an admin about a member",
            ADMIN,
            "u5",
            "organization",
            "acme",
        ),
        evaluation(
            "evaluation, role of one's own",
            SERVICE,
            "pilot",
            "organization",
            "acme",
        ),
        evaluation(
            "evaluation on a project",
            SERVICE,
            "u5",
            "project",
            "apollo",
        ),
        list("page of 100 members, a service", SERVICE),
        list("page of 100 members, a member", ADMIN),
    ]
}

async fn ask(
    client: &Client<HttpConnector, Full<Bytes>>,
    api: &HttpApi,
    question: &Question,
) -> Result<()> {
    let bearer = match question.caller {
        SERVICE => Bearer::Service,
        user => Bearer::User(user.to_owned()),
    };
    let token = api.issuer.token(&bearer, now())?;
    let request = Request::builder()
        .uri(format!("http://{}{}", api.address, question.path))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json");
    let request = match &question.body {
        None => request.body(Full::default()),
        Some(body) => request.method("POST").body(Full::from(body.to_string())),
    };
    let response = client.request(request?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        bail!("{}: {status} {body:?}", question.name);
    }
    Ok(())
}

async fn fill(consumer: Consumer) -> Result<()> {
    let mut events = vec![
        ("OrganizationCreated", json!({"id": "acme", "name": "Acme"})),
        (
            "RoleCreated",
            json!({"id": "pilot", "name": "Pilot", "permissionIds": ["projects:read"]}),
        ),
        (
            "ProjectCreated",
            json!({"id": "apollo", "name": "Apollo", "ownerOrganizationId": "acme",
                "createdByUserId": "u0"}),
        ),
    ];
    let ids = (0..MEMBERS).map(|n| format!("u{n}"));
    for user in ids.chain(["pilot".to_owned()]) {
        let role = match user.as_str() {
            ADMIN => ("role", "admin"),
            "pilot" => ("roleId", "pilot"),
            _ => ("role", "reader"),
        };
        let email = format!("{user}@example.org");
        events.push((
            "UserCreated",
            json!({"id": user, "name": "Some One", "email": email}),
        ));
        events.push((
            "OrganizationUserAdded",
            json!({"organizationId": "acme", "userId": user, (role.0): role.1}),
        ));
    }
    let records = events.iter().enumerate().map(|(n, (kind, payload))| {
        let body = json!({"eventId": format!("e-{n}"), "type": kind, "payload": payload,
            "timestamp": "2026-01-01T00:00:00Z"});
        json!({"messageId": n.to_string(), "body": body.to_string(),
            "attributes": {"SentTimestamp": "1767225600000"}})
    });
    let batch = json!({"Records": records.collect::<Vec<_>>()});
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    let report = consumer
        .consume(serde_json::from_value::<Batch>(batch)?, deadline)
        .await;
    let failures = report
        .response()
        .context("no response")?
        .batch_item_failures;
    match failures.len() {
        0 => Ok(()),
        failed => bail!("{failed} events failed"),
    }
}
