//! A relay in front of an embedded SQS that lets a test observe requests and inject network
//! faults.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::proxy::{Closed, forward};

/// What the relay does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Forward it and its response.
    Pass,
    /// Close the connection before the request takes effect.
    LoseRequest,
    /// Close the connection after the request took effect.
    LoseReply,
    /// Do not forward it, and return this error.
    Refuse(&'static str),
    /// Do not forward it, and never respond.
    Hang,
    /// Forward it, and never respond.
    HangAfter,
}

/// A test's handler of requests.
pub trait Listener: Send + 'static {
    /// Decides what to do with a request, given its operation (`SendMessageBatch`), and may
    /// change it.
    fn request(&mut self, operation: &str, request: &mut Value) -> Verdict;

    /// Receives a response of the queue before it is forwarded, and may change it.
    fn answer(&mut self, operation: &str, request: &Value, answer: &mut Value) {
        let _unchanged = (operation, request, answer);
    }
}

/// A running relay. It stops when dropped.
#[derive(Debug)]
pub struct Relay<L> {
    /// Its listening address.
    pub address: SocketAddr,
    listener: Arc<Mutex<L>>,
    server: JoinHandle<()>,
}

impl<L: Listener> Relay<L> {
    /// Starts a relay to `upstream`.
    pub async fn start(upstream: SocketAddr, listener: L) -> Self {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let listener = Arc::new(Mutex::new(listener));
        let server = tokio::spawn(accept(socket, upstream, Arc::clone(&listener)));
        Self {
            address,
            listener,
            server,
        }
    }

    /// The listener, with what it observed.
    pub fn listener(&self) -> MutexGuard<'_, L> {
        self.listener.lock().unwrap()
    }
}

impl<L> Drop for Relay<L> {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept<L: Listener>(socket: TcpListener, upstream: SocketAddr, listener: Arc<Mutex<L>>) {
    loop {
        let (stream, _) = socket.accept().await.unwrap();
        let listener = Arc::clone(&listener);
        let service = service_fn(move |request| relay(upstream, Arc::clone(&listener), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

/// An error closes the connection without a response.
async fn relay<L: Listener>(
    upstream: SocketAddr,
    listener: Arc<Mutex<L>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (mut head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").unwrap().to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    let verdict = listener.lock().unwrap().request(&operation, &mut body);
    match verdict {
        Verdict::LoseRequest => return Err(Closed),
        Verdict::Refuse(code) => return Ok(error(code)),
        Verdict::Hang => std::future::pending().await,
        Verdict::Pass | Verdict::LoseReply | Verdict::HangAfter => {}
    }
    head.headers.remove(CONTENT_LENGTH);
    let client = Client::builder(TokioExecutor::new()).build_http();
    let sent = Bytes::from(body.to_string());
    let (mut head, answer) = forward(&client, upstream, head, sent).await?;
    let mut answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    listener
        .lock()
        .unwrap()
        .answer(&operation, &body, &mut answer);
    match verdict {
        Verdict::LoseReply => return Err(Closed),
        Verdict::HangAfter => std::future::pending().await,
        Verdict::Pass | Verdict::LoseRequest | Verdict::Refuse(_) | Verdict::Hang => {}
    }
    head.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(
        head,
        Full::new(Bytes::from(answer.to_string())),
    ))
}

/// A client error as SQS returns it.
fn error(code: &str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from_static(b"{}")));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    let code = format!("{code};Sender").parse().unwrap();
    answer.headers_mut().insert("x-amzn-query-error", code);
    answer
}
