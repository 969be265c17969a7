//! Serves the API and a token issuer.
//!
//! The issuer is for local use only: anyone who can reach the port gets a token for any user. Web
//! pages cannot, since browsers do not let them send JSON to another origin, and requests with
//! another host name are rejected. Origins that may call the API still may not call the issuer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use api::Api;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRef, Json, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::routing::{get, post};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use roster_emulator::reachable;
use roster_http::{Cors, PublicUrl, RateLimits, Sealer, Tokens, TrustedIssuer};
use roster_table::Table;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::issuer::{self, Bearer, Issuer, TOKEN_SECONDS};
use crate::serve::{self, Bounds};

const KEYS: &str = "/issuer/keys";
const TOKEN: &str = "/issuer/token";

/// Maximum size of the issuer's response, in bytes.
const ANSWER: usize = 64 * 1_024;

/// A running API. Dropping it stops the API.
#[derive(Debug)]
pub struct HttpApi {
    /// The address at which this machine reaches the API.
    pub address: SocketAddr,
    /// The issuer of its tokens.
    pub issuer: Arc<Issuer>,
    /// The router of the API without the issuer, for requests without a connection.
    pub router: Router,
    server: JoinHandle<()>,
}

#[derive(Clone, FromRef)]
struct Local {
    issuer: Arc<Issuer>,
}

/// The caller to issue a token for: a user or, without one, a service.
#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    user: Option<String>,
}

/// The settings of an API.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The rate limits.
    pub limits: RateLimits,
    /// The origins whose pages may read responses.
    pub cors: Cors,
    /// The limits of connections.
    pub bounds: Bounds,
    /// Issuers whose tokens are accepted in addition to the local one's.
    pub issuers: Vec<TrustedIssuer>,
}

impl Default for ApiSettings {
    /// Effectively no rate limits, since a local API has a single client.
    fn default() -> Self {
        Self {
            limits: RateLimits::GENEROUS,
            cors: Cors::default(),
            bounds: Bounds::default(),
            issuers: Vec::new(),
        }
    }
}

impl HttpApi {
    /// Starts the API for a table.
    pub fn serve(listener: TcpListener, table: Table) -> Result<Self> {
        Self::serve_with(listener, table, ApiSettings::default())
    }

    /// Starts the API for a table, with settings.
    pub fn serve_with(listener: TcpListener, table: Table, settings: ApiSettings) -> Result<Self> {
        let address = reachable(listener.local_addr()?);
        let issuer = Arc::new(Issuer::start()?);
        let mut trusted = vec![issuer::trusted(&format!("http://{address}{KEYS}"))];
        trusted.extend(settings.issuers);
        let tokens = Tokens::new(trusted, TOKEN_SECONDS)?;
        let api = Api::new(table, tokens, Sealer::fresh()?)
            .with_limits(settings.limits)
            .with_cors(settings.cors)
            .with_public_url(Some(PublicUrl::parse(&format!("http://{address}"))?));
        let router = api::router(api);
        let local = Router::new()
            .route(KEYS, get(keys_of))
            .route(TOKEN, post(token_for))
            .with_state(Local {
                issuer: Arc::clone(&issuer),
            });
        let served = router.clone().merge(local);
        let server = tokio::spawn(serve::serve(listener, served, settings.bounds));
        Ok(Self {
            address,
            issuer,
            router,
            server,
        })
    }
}

impl Drop for HttpApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn keys_of(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    Json(issuer.key_set())
}

async fn token_for(
    State(issuer): State<Arc<Issuer>>,
    headers: HeaderMap,
    Json(wanted): Json<Wanted>,
) -> Result<String, StatusCode> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host
        .and_then(|host| host.rsplit_once(':'))
        .map(|(name, _)| name);
    if !matches!(name, Some("127.0.0.1" | "localhost")) {
        return Err(StatusCode::FORBIDDEN);
    }
    let bearer = wanted.user.map_or(Bearer::Service, Bearer::User);
    let token = issuer.token(&bearer, now());
    token.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// Requests a token from the issuer on a port.
pub async fn ask_for_token(port: u16, user: Option<String>) -> Result<String> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let request = Request::post(format!("http://127.0.0.1:{port}{TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(serde_json::to_vec(&Wanted { user })?))?;
    let advice = || {
        format!(
            "cannot reach the issuer on port {port}; is `cargo run` running? Set the port with --api-port"
        )
    };
    let response = client.request(request).await.with_context(advice)?;
    if !response.status().is_success() {
        bail!("{}: it returned {}", advice(), response.status());
    }
    let body = to_bytes(Body::new(response.into_body()), ANSWER).await?;
    Ok(String::from_utf8(body.into())?)
}

/// Returns the time in seconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
