//! An HTTP/1.1 server that clients who leave requests half sent cannot keep busy.

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

/// What a client may hold on to, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Time from the beginning of a connection, or from the answer before, until the headers of a
    /// request are there. A connection that nobody uses ends after it as well.
    pub headers: Duration,
    /// Time from the headers to the answer, whatever becomes of the body.
    pub answer: Duration,
    /// Connections at once. More wait until one of these ends.
    pub connections: usize,
}

/// Pause after the system had no file or memory left for a connection.
const PAUSE: Duration = Duration::from_millis(100);

impl Default for Bounds {
    /// The connections leave room below the 1,024 files that a process often may open.
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            connections: 512,
        }
    }
}

/// Serves until it is dropped, and its connections with it.
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

/// The next connection. That one fails, or that there is no room for it now, ends nothing else.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
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
