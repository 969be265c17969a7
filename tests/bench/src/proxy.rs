//! A proxy between a handler and the embedded DynamoDB. It counts requests, delays each, and
//! counts write units on request.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The size of a write unit: this many bytes of an item (DynamoDB, "Read and write operations").
const UNIT_BYTES: usize = 1_024;

/// A running proxy. It stops when dropped.
pub struct Proxy {
    /// Its listening address.
    pub address: SocketAddr,
    course: Arc<Course>,
    server: JoinHandle<()>,
}

/// The traffic through a proxy.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Requests.
    pub requests: u64,
    /// Write units, of the table and of its index.
    pub units: f64,
}

struct Course {
    upstream: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    delay: Duration,
    requests: AtomicU64,
    counts_units: AtomicBool,
    half_units: AtomicU64,
}

impl Proxy {
    /// Forwards requests to `upstream`, each after `delay`.
    pub async fn start(upstream: SocketAddr, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let course = Arc::new(Course {
            upstream,
            client: Client::builder(TokioExecutor::new()).build(connector),
            delay,
            requests: AtomicU64::new(0),
            counts_units: AtomicBool::new(false),
            half_units: AtomicU64::new(0),
        });
        let server = tokio::spawn(accept(listener, Arc::clone(&course)));
        Ok(Self {
            address,
            course,
            server,
        })
    }

    /// Starts or stops counting write units. This requests them from DynamoDB and parses the
    /// responses, which takes time, so nothing is timed meanwhile.
    pub fn count_units(&self, count: bool) {
        self.course.counts_units.store(count, Ordering::Relaxed);
    }

    /// The traffic since the last call.
    pub fn take(&self) -> Traffic {
        Traffic {
            requests: self.course.requests.swap(0, Ordering::Relaxed),
            units: self.course.half_units.swap(0, Ordering::Relaxed) as f64 / 2.0,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, course: Arc<Course>) {
    while let Ok((stream, _)) = listener.accept().await {
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let course = Arc::clone(&course);
        let service = service_fn(move |request| pass_on(Arc::clone(&course), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// An error closes the connection.
async fn pass_on(
    course: Arc<Course>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, anyhow::Error> {
    course.requests.fetch_add(1, Ordering::Relaxed);
    let (mut head, body) = request.into_parts();
    let mut body = body.collect().await?.to_bytes();
    let counts_units = course.counts_units.load(Ordering::Relaxed);
    if counts_units {
        body = asking_for_units(&body);
        head.headers.remove(CONTENT_LENGTH);
    }
    if !course.delay.is_zero() {
        // Tokio's own timer is up to a millisecond late.
        let delay = course.delay;
        tokio::task::spawn_blocking(move || std::thread::sleep(delay)).await?;
    }
    head.uri = Uri::builder()
        .scheme("http")
        .authority(course.upstream.to_string())
        .path_and_query("/")
        .build()?;
    let request = Request::from_parts(head, Full::new(body));
    let (head, body) = course.client.request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    if counts_units {
        let half_units = (units(&body) * 2.0).round() as u64;
        course.half_units.fetch_add(half_units, Ordering::Relaxed);
    }
    Ok(Response::from_parts(head, Full::new(body)))
}

/// The request, extended to return the consumed units.
fn asking_for_units(body: &Bytes) -> Bytes {
    let rest = body.strip_prefix(b"{").unwrap_or_default();
    [br#"{"ReturnConsumedCapacity":"TOTAL","#, rest]
        .concat()
        .into()
}

/// The consumed units in a response. A write whose condition failed returns none: it costs the
/// size of the existing item (DynamoDB, "Read and write operations"), which is taken as one unit
/// if the response does not contain the item.
fn units(body: &[u8]) -> f64 {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    // Statements, which go to the history, have units for each table.
    if let Some(tables) = answer.get("ConsumedCapacity").and_then(Value::as_array) {
        let units = tables
            .iter()
            .filter_map(|table| table.get("CapacityUnits")?.as_f64());
        return units.sum();
    }
    let consumed = answer.pointer("/ConsumedCapacity/CapacityUnits");
    match consumed.and_then(Value::as_f64) {
        Some(units) => units,
        None => size_units(answer.get("Item")),
    }
}

fn size_units(item: Option<&Value>) -> f64 {
    let size = |(name, value): (&String, &Value)| {
        let text = value.get("S").or(value.get("N"));
        name.len() + text.and_then(Value::as_str).map_or(0, str::len)
    };
    let item = item.and_then(Value::as_object);
    let bytes: usize = item.map_or(0, |item| item.iter().map(size).sum());
    bytes.div_ceil(UNIT_BYTES).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_requested_and_read() {
        let asking = asking_for_units(&Bytes::from_static(b"{\"TableName\":\"t\"}"));
        assert_eq!(
            asking,
            "{\"ReturnConsumedCapacity\":\"TOTAL\",\"TableName\":\"t\"}"
        );
        assert_eq!(units(br#"{"ConsumedCapacity":{"CapacityUnits":2.0}}"#), 2.0);
        let statements = br#"{"ConsumedCapacity":[{"CapacityUnits":3.0},{"CapacityUnits":1.0}]}"#;
        assert_eq!(units(statements), 4.0);
        assert_eq!(units(br#"{"__type":"x#ConditionalCheckFailed"}"#), 1.0);
        let large = format!(r#"{{"Item":{{"a":{{"S":"{}"}}}}}}"#, "x".repeat(1_024));
        assert_eq!(units(large.as_bytes()), 2.0);
    }
}
