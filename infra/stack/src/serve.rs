//! An HTTP/1.1 server that limits clients with slow or incomplete requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use roster_http::Peer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The limits of connections.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Timeout for receiving the headers of a request, from the start of the connection or the
    /// previous response. It also closes idle connections.
    pub headers: Duration,
    /// Timeout from the headers to the response, even if the body is incomplete.
    pub answer: Duration,
    /// Maximum number of concurrent connections. Further ones wait until one of these ends.
    pub connections: usize,
}

/// Delay after the system was out of files or memory for a connection.
const PAUSE: Duration = Duration::from_millis(100);

impl Default for Bounds {
    /// The connections stay below 1,024 open files, a common limit of a process.
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            connections: 512,
        }
    }
}

/// Serves until the future is dropped, which also closes the connections.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let service = TowerToHyperService::new(router);
    let mut connections = JoinSet::new();
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        let (stream, peer) = accept(&listener).await;
        let connection = serve_one(stream, peer, service.clone(), bounds);
        connections.spawn(async move {
            connection.await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Accepts the next connection. An error does not affect other connections.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    service: TowerToHyperService<Router>,
    bounds: Bounds,
) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        let answer = timeout(bounds.answer, service.call(request));
        async move { answer.await.map(|Ok(answer)| answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.headers)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended");
    }
}
