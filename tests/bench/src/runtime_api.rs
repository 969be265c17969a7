//! The server side of Lambda's Runtime API ("Using the Lambda runtime API for custom runtimes",
//! AWS Lambda developer guide), for one function at a time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::task::JoinHandle;

/// The timeout of a function for a batch. It is longer than in `template.yaml`, since a function
/// under a profiler is fifty times as slow.
const TIMEOUT: Duration = Duration::from_secs(300);

const VERSION: &str = "/2018-06-01/runtime";

/// A running server. It stops when dropped.
pub struct RuntimeApi {
    /// Its listening address, for `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    state: Arc<ServerState>,
    invocations: mpsc::Sender<Bytes>,
    server: JoinHandle<()>,
}

/// The response of a function.
#[derive(Debug)]
pub struct FunctionAnswer {
    /// Its body.
    pub body: Bytes,
    /// Time from handing over the invocation until the response arrived.
    pub took: Duration,
}

struct ServerState {
    waiting: AsyncMutex<mpsc::Receiver<Bytes>>,
    polled: Mutex<Option<oneshot::Sender<Instant>>>,
    running: Mutex<HashMap<String, Instant>>,
    answers: Mutex<Option<oneshot::Sender<Result<FunctionAnswer>>>>,
}

impl RuntimeApi {
    /// Listens on loopback. The receiver is notified when a function first requests work.
    pub async fn start() -> Result<(Self, oneshot::Receiver<Instant>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (invocations, waiting) = mpsc::channel(1);
        let (polled, first_poll) = oneshot::channel();
        let state = Arc::new(ServerState {
            waiting: AsyncMutex::new(waiting),
            polled: Mutex::new(Some(polled)),
            running: Mutex::default(),
            answers: Mutex::default(),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        let api = Self {
            address,
            state,
            invocations,
            server,
        };
        Ok((api, first_poll))
    }

    /// Lets the function handle a batch.
    pub async fn invoke(&self, batch: Bytes) -> Result<FunctionAnswer> {
        let (sender, answer) = oneshot::channel();
        *lock(&self.state.answers) = Some(sender);
        self.invocations.send(batch).await?;
        let answer = tokio::time::timeout(TIMEOUT, answer);
        answer.await.context("the function does not answer")??
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<ServerState>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Without this, a response in two segments waits for an acknowledgement between them.
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    state: Arc<ServerState>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix(VERSION).unwrap_or_default();
    let parts: Vec<_> = path.split('/').skip(1).collect();
    let response = match (head.method, parts.as_slice()) {
        (Method::GET, ["invocation", "next"]) => state.next().await,
        (Method::POST, ["invocation", id, "response"]) => match body.collect().await {
            Ok(body) => state.take(id, Ok(body.to_bytes())),
            Err(_) => None,
        },
        (Method::POST, ["invocation", id, "error"]) => state.take(id, Err("failed")),
        (Method::POST, ["init", "error"]) => state.take("", Err("does not start")),
        _ => None,
    };
    let missing = || {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    };
    Ok(response.unwrap_or_else(missing))
}

impl ServerState {
    async fn next(&self) -> Option<Response<Full<Bytes>>> {
        let now = Instant::now();
        if let Some(polled) = lock(&self.polled).take() {
            polled.send(now).ok()?;
        }
        let batch = self.waiting.lock().await.recv().await?;
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let id = format!("{:032x}", since_1970.as_nanos());
        let deadline = (since_1970 + TIMEOUT).as_millis();
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:bench";
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &id)
            .header("lambda-runtime-deadline-ms", deadline.to_string())
            .header("lambda-runtime-invoked-function-arn", arn)
            .body(Full::new(batch))
            .ok()?;
        lock(&self.running).insert(id, Instant::now());
        Some(response)
    }

    /// Passes on the response to an invocation, and acknowledges it.
    fn take(&self, id: &str, body: Result<Bytes, &str>) -> Option<Response<Full<Bytes>>> {
        let began = lock(&self.running).remove(id);
        let took = began.map(|began| began.elapsed());
        let answer = match (body, took) {
            (Ok(body), Some(took)) => Ok(FunctionAnswer { body, took }),
            (Ok(_), None) => return None,
            (Err(what), _) => failed(what),
        };
        let sender = lock(&self.answers).take()?;
        sender.send(answer).ok()?;
        let response = Response::builder().status(StatusCode::ACCEPTED);
        response.body(Full::default()).ok()
    }
}

fn failed(what: &str) -> Result<FunctionAnswer> {
    bail!("the function {what}")
}

#[cfg(test)]
mod tests {
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;

    use super::*;

    #[tokio::test]
    async fn a_function_handles_a_batch_and_its_response_is_returned() {
        let (api, first_poll) = RuntimeApi::start().await.unwrap();
        let base = format!("http://{}{VERSION}/invocation", api.address);
        let function = async {
            let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
            let next = client.get(format!("{base}/next").parse().unwrap());
            let (head, body) = next.await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let id = head.headers["lambda-runtime-aws-request-id"].to_str();
            let answer = format!("{base}/{}/response", id.unwrap());
            let answer = Request::post(answer).body(Full::new(body)).unwrap();
            assert_eq!(client.request(answer).await.unwrap().status(), 202);
        };
        let (answer, ()) = tokio::join!(api.invoke("batch".into()), function);
        assert_eq!(answer.unwrap().body, "batch");
        assert!(first_poll.await.unwrap() <= Instant::now());
    }
}
