//! A proxy in front of an embedded DynamoDB that counts requests and, from a seed, injects the
//! faults of networks and busy tables.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::{request, response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roster_table::ATTEMPT_TIMEOUT;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Requests by operation (`UpdateItem`).
pub type RequestCounts = BTreeMap<String, usize>;

/// Write units of the directory's table and of its indexes, and of the history.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WriteUnits {
    /// Of the table itself.
    pub table: f64,
    /// Of its indexes.
    pub index: f64,
    /// Of the history.
    pub history: f64,
}

/// A fault of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The table throttles the request.
    Throttle,
    /// The service returns an internal error.
    InternalError,
    /// The connection closes before the request takes effect.
    LostRequest,
    /// The connection closes after the request took effect.
    LostReply,
    /// The request takes effect, but the response arrives after the client's timeout.
    Stall,
}

impl Fault {
    const QUICK: [Self; 4] = [
        Self::Throttle,
        Self::InternalError,
        Self::LostRequest,
        Self::LostReply,
    ];
}

/// The rate of faults, and the seed that determines them.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// The seed.
    pub seed: u64,
    /// Percentage of requests that fail.
    pub percent: u32,
}

/// A running proxy. It stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Its listening address.
    pub address: SocketAddr,
    course: Arc<Course>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Course {
    upstream: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    counts: Mutex<RequestCounts>,
    keys: AtomicUsize,
    injected: Mutex<BTreeMap<Fault, usize>>,
    units: Option<Mutex<Vec<WriteUnits>>>,
    faults: Option<(Mutex<StdRng>, u32)>,
    throttles_all: AtomicBool,
}

impl Proxy {
    /// Forwards everything to `upstream`.
    pub async fn start(upstream: SocketAddr) -> Self {
        Self::serve(upstream, None, None).await
    }

    /// Forwards everything to `upstream`, and requests the cost of every write.
    pub async fn metered(upstream: SocketAddr) -> Self {
        Self::serve(upstream, None, Some(Mutex::default())).await
    }

    /// Forwards to `upstream` with injected faults.
    pub async fn with_faults(upstream: SocketAddr, faults: Faults) -> Self {
        let rng = Mutex::new(StdRng::seed_from_u64(faults.seed));
        Self::serve(upstream, Some((rng, faults.percent)), None).await
    }

    async fn serve(
        upstream: SocketAddr,
        faults: Option<(Mutex<StdRng>, u32)>,
        units: Option<Mutex<Vec<WriteUnits>>>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let course = Arc::new(Course {
            upstream,
            client: Client::builder(TokioExecutor::new()).build_http(),
            counts: Mutex::default(),
            keys: AtomicUsize::new(0),
            injected: Mutex::default(),
            units,
            faults,
            throttles_all: AtomicBool::new(false),
        });
        let server = tokio::spawn(accept(listener, Arc::clone(&course)));
        Self {
            address,
            course,
            server,
        }
    }

    /// From now on throttles every request, or only injects faults again.
    pub fn throttle_all(&self, all: bool) {
        self.course.throttles_all.store(all, Ordering::Relaxed);
    }

    /// The requests since the last call.
    pub fn take_counts(&self) -> RequestCounts {
        std::mem::take(&mut self.course.counts.lock().unwrap())
    }

    /// The keys read since the last call: those requested by id and those that lists scanned.
    pub fn take_keys(&self) -> usize {
        self.course.keys.swap(0, Ordering::Relaxed)
    }

    /// The write units since the last call, as the server reports them.
    pub fn take_units(&self) -> WriteUnits {
        let units = self.course.units.as_ref().unwrap();
        std::mem::take(&mut *units.lock().unwrap())
            .into_iter()
            .sum()
    }

    /// The number of injected faults of each kind.
    pub fn injected(&self) -> BTreeMap<Fault, usize> {
        self.course.injected.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, course: Arc<Course>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let course = Arc::clone(&course);
        let service = service_fn(move |request| answer(Arc::clone(&course), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

/// An error closes the connection without a response.
async fn answer(
    course: Arc<Course>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    course.count(&request);
    match course.next_fault() {
        None => course.pass_on(request).await,
        Some(Fault::LostRequest) => Err(Closed),
        Some(Fault::LostReply) => {
            course.pass_on(request).await?;
            Err(Closed)
        }
        Some(Fault::Stall) => {
            let response = course.pass_on(request).await;
            tokio::time::sleep(ATTEMPT_TIMEOUT * 2).await;
            response
        }
        Some(Fault::Throttle) => Ok(error(400, "ProvisionedThroughputExceededException")),
        Some(Fault::InternalError) => Ok(error(500, "InternalServerError")),
    }
}

/// Closes the connection.
#[derive(Debug)]
pub(crate) struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Closed {}

impl Course {
    fn count(&self, request: &Request<Incoming>) {
        let target = request.headers()["x-amz-target"].to_str().unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        *self.counts.lock().unwrap().entry(operation).or_default() += 1;
    }

    fn next_fault(&self) -> Option<Fault> {
        if self.throttles_all.load(Ordering::Relaxed) {
            return Some(Fault::Throttle);
        }
        let (rng, percent) = self.faults.as_ref()?;
        let mut rng = rng.lock().unwrap();
        if !rng.random_ratio(*percent, 100) {
            return None;
        }
        // A stall takes seconds, so it is rarer than the others.
        let fault = if rng.random_ratio(1, 20) {
            Fault::Stall
        } else {
            *Fault::QUICK.choose(&mut *rng).unwrap()
        };
        *self.injected.lock().unwrap().entry(fault).or_default() += 1;
        Some(fault)
    }

    async fn pass_on(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Closed> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
        let named = keys_named(&body);
        let (head, body) = match &self.units {
            None => forward(&self.client, self.upstream, head, body).await?,
            Some(units) => {
                let (head, body) = asking_for_units(head, &body);
                let (head, body) = forward(&self.client, self.upstream, head, body).await?;
                units.lock().unwrap().extend(units_in(&body));
                (head, body)
            }
        };
        let keys = named.unwrap_or_else(|| keys_looked_at(&body));
        self.keys.fetch_add(keys, Ordering::Relaxed);
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

/// The number of keys in a request.
fn keys_named(request: &Bytes) -> Option<usize> {
    let request: Value = serde_json::from_slice(request).ok()?;
    if request.get("Key").is_some() {
        return Some(1);
    }
    let tables = request.get("RequestItems")?.as_object()?.values();
    let keys = tables.filter_map(|table| table.get("Keys")?.as_array());
    Some(keys.map(Vec::len).sum())
}

/// The number of keys that a list scanned.
fn keys_looked_at(response: &Bytes) -> usize {
    let response: Option<Value> = serde_json::from_slice(response).ok();
    let scanned = response.and_then(|response| response.get("ScannedCount")?.as_u64());
    usize::try_from(scanned.unwrap_or_default()).unwrap()
}

/// The embedded server does not check the signature, which is that of the shorter request.
fn asking_for_units(mut head: request::Parts, body: &Bytes) -> (request::Parts, Bytes) {
    let mut request: Map<String, Value> = serde_json::from_slice(body).unwrap();
    request.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
    head.headers.remove("content-length");
    (head, json!(request).to_string().into())
}

fn units_in(response: &Bytes) -> Option<WriteUnits> {
    let response: Value = serde_json::from_slice(response).unwrap();
    let consumed = response.get("ConsumedCapacity")?;
    let units = |part: &Value| part["CapacityUnits"].as_f64().unwrap_or_default();
    // Only statements, which go to the history, have one for each table.
    if let Some(tables) = consumed.as_array() {
        return Some(WriteUnits {
            history: tables.iter().map(units).sum(),
            ..WriteUnits::default()
        });
    }
    let indexes = consumed["GlobalSecondaryIndexes"].as_object();
    Some(WriteUnits {
        table: units(&consumed["Table"]),
        index: indexes
            .into_iter()
            .flatten()
            .map(|(_, part)| units(part))
            .sum(),
        history: 0.0,
    })
}

impl Sum for WriteUnits {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        units.fold(Self::default(), |sum, one| Self {
            table: sum.table + one.table,
            index: sum.index + one.index,
            history: sum.history + one.history,
        })
    }
}

/// Sends a request to `upstream` and returns the response.
pub(crate) async fn forward(
    client: &Client<HttpConnector, Full<Bytes>>,
    upstream: SocketAddr,
    mut head: request::Parts,
    body: Bytes,
) -> Result<(response::Parts, Bytes), Closed> {
    head.uri = Uri::builder()
        .scheme("http")
        .authority(upstream.to_string())
        .path_and_query("/")
        .build()
        .unwrap();
    let request = Request::from_parts(head, Full::new(body));
    let response = client.request(request).await.map_err(|_| Closed)?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    Ok((head, body))
}

fn error(status: u16, code: &str) -> Response<Full<Bytes>> {
    let body =
        format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"injected"}}"#);
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(Full::new(Bytes::from(body)))
        .unwrap()
}
