//! What `roster up` says when everything runs.

use std::env;
use std::net::IpAddr;

use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::Stack;
use roster_stack::http_api::HttpApi;

use super::up::{API_PORT, DYNAMODB_PORT, SQS_PORT, Up};

/// The events that the greeting sends.
const EVENTS: [&str; 3] = [
    r#"{"eventId":"e1","type":"UserCreated","timestamp":"2026-06-01T00:00:00Z","payload":{"id":"ada","name":"Ada","email":"ada@example.org"}}"#,
    r#"{"eventId":"e2","type":"OrganizationCreated","timestamp":"2026-06-01T00:00:00Z","payload":{"id":"acme","name":"Acme"}}"#,
    r#"{"eventId":"e3","type":"OrganizationUserAdded","timestamp":"2026-06-01T00:00:00Z","payload":{"organizationId":"acme","userId":"ada","role":"admin"}}"#,
];

/// The addresses, and commands that can be pasted into a shell as they are.
pub fn greeting(up: &Up, stack: &Stack, api: &HttpApi) -> String {
    let dynamodb = stack.dynamodb.address;
    let sqs = stack.sqs.address;
    let queue = &stack.queues.events;
    let dead_letters = &stack.queues.dead_letters;
    let kept = match &up.data {
        Some(folder) => format!("kept in {}", folder.display()),
        None => "in memory".to_owned(),
    };
    let warning = warning(up.host).unwrap_or_default();
    let api = api.address;
    let roster = program();
    let option = |name, port, default| match port == default {
        true => String::new(),
        false => format!(" {name} {port}"),
    };
    let sqs_port = option("--sqs-port", sqs.port(), SQS_PORT);
    let dynamodb_port = option("--dynamodb-port", dynamodb.port(), DYNAMODB_PORT);
    let api_port = option("--api-port", api.port(), API_PORT);
    let events = EVENTS.map(|event| format!("'{event}'")).join(" \\\n    ");
    format!(
        "\
Roster runs on this machine until Ctrl-C.
{warning}
  DynamoDB      http://{dynamodb}  table {TABLE_NAME}, {kept}
  SQS           http://{sqs}  messages {kept}
  queue         {queue}
  dead letters  {dead_letters}
  HTTP API      http://{api}  see /openapi.json; `{roster} token{api_port}` prints tokens

Send a user, an organization and a membership, and look at them:

  printf '%s\\n' \\
    {events} |
    {roster} send{sqs_port}
  {roster} get organization acme{dynamodb_port}
  {roster} get user ada{dynamodb_port}
  curl -sS http://{api}/users/ada/organizations \\
    -H \"Authorization: Bearer $({roster} token --service{api_port})\"
"
    )
}

/// What everyone has to know who lets others reach the servers.
fn warning(host: IpAddr) -> Option<String> {
    let told = format!(
        "\nWarning: the servers listen on {host}. Everyone who reaches them is an administrator.\n"
    );
    (!host.is_loopback()).then_some(told)
}

/// How the user calls this program.
fn program() -> String {
    if env::var_os("CARGO").is_some() {
        return "cargo run -q --".to_owned();
    }
    let called = env::args().next().unwrap_or_else(|| "roster".to_owned());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%,".contains(c);
    if called.chars().all(is_plain) {
        return called;
    }
    format!("'{}'", called.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_but_loopback_is_warned_of() {
        let warned = |host: &str| warning(host.parse().unwrap()).is_some();
        assert!(warned("0.0.0.0") && warned("::") && warned("192.168.0.7"));
        assert!(!warned("127.0.0.1") && !warned("127.0.0.2") && !warned("::1"));
    }
}
