//! A proxy in front of an embedded DynamoDB that counts what goes through it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Requests by operation (`UpdateItem`).
pub type Counts = BTreeMap<String, usize>;

/// A running proxy. It stops when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    counts: Arc<Mutex<Counts>>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Passes everything on to `upstream`.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Mutex::new(Counts::new()));
        let server = tokio::spawn(serve(listener, upstream, Arc::clone(&counts)));
        Self {
            address,
            counts,
            server,
        }
    }

    /// The requests since this was last asked.
    pub fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.counts.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, upstream: SocketAddr, counts: Arc<Mutex<Counts>>) {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (client, counts) = (client.clone(), Arc::clone(&counts));
        let service = service_fn(move |request| {
            count(&counts, &request);
            pass_on(client.clone(), upstream, request)
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

fn count(counts: &Mutex<Counts>, request: &Request<Incoming>) {
    let target = request.headers()["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    *counts.lock().unwrap().entry(operation).or_default() += 1;
}

async fn pass_on(
    client: Client<HttpConnector, Full<Bytes>>,
    upstream: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper_util::client::legacy::Error> {
    let (mut head, body) = request.into_parts();
    head.uri = Uri::builder()
        .scheme("http")
        .authority(upstream.to_string())
        .path_and_query("/")
        .build()
        .unwrap();
    let body = body.collect().await.unwrap().to_bytes();
    let response = client
        .request(Request::from_parts(head, Full::new(body)))
        .await?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Ok(Response::from_parts(head, Full::new(body)))
}
