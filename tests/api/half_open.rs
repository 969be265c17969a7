//! Clients that start a request and do not finish it.

use std::time::Duration;

use roster_stack::http_api::ApiSettings;
use roster_stack::serve::Bounds;
use roster_tests::told::stack_with;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, user};

async fn with(bounds: Bounds) -> Server {
    let settings = ApiSettings {
        bounds,
        ..ApiSettings::default()
    };
    Server::with(stack_with(vec![user("ada")]).await, settings).await
}

/// A connection over which this text was sent.
async fn sent(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.api.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Reads until the server closes the connection.
async fn until_the_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    // A connection reset counts as an end.
    let _ended = stream.read_to_string(&mut text).await;
    text
}

/// Bounds that are exceeded only by waiting.
fn short() -> Bounds {
    Bounds {
        headers: Duration::from_millis(50),
        ..Bounds::default()
    }
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_disconnected() {
    let server = with(short()).await;
    for half in ["", "GET /hea", "GET /health HTTP/1.1\r\nHost: x\r\nX-A: "] {
        let stream = sent(&server, half).await;
        assert_eq!(until_the_end(stream).await, "", "{half}");
    }
    // The same applies to a client that sends nothing more after a response.
    let stream = sent(&server, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(until_the_end(stream).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn many_half_open_requests_do_not_block_other_clients() {
    let server = with(Bounds::default()).await;
    let mut held = Vec::new();
    for _ in 0..200 {
        held.push(sent(&server, "GET /hea").await);
    }
    assert_eq!(server.get("/health", "").await.status, 200);
    drop(held);
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_until_half_open_ones_are_closed() {
    let server = with(Bounds {
        connections: 4,
        ..short()
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(sent(&server, "GET /hea").await);
    }
    assert_eq!(server.get("/health", "").await.status, 200);
    for stream in held {
        assert_eq!(until_the_end(stream).await, "");
    }
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_a_408() {
    let server = with(Bounds::default()).await;
    let token = server.service();
    // Fetch the issuer's keys before stopping the clock.
    assert_eq!(server.get("/roles", &token).await.status, 200);
    let request = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"subject\":"
    );
    let stream = sent(&server, &request).await;
    // From here on, time advances as soon as all tasks are idle.
    tokio::time::pause();
    let answer = until_the_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("urn:roster:problem:request-timeout"),
        "{answer}"
    );
    assert!(
        answer.to_lowercase().contains("\r\nconnection: close\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_unfinished_request_to_the_local_issuer_is_dropped() {
    let server = with(Bounds {
        answer: Duration::from_millis(50),
        ..Bounds::default()
    })
    .await;
    let request = "POST /issuer/token HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\
        Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let stream = sent(&server, request).await;
    assert_eq!(until_the_end(stream).await, "");
}
