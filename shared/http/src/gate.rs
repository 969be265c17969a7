//! The middleware shared by all functions behind the HTTP API.

use std::sync::Arc;

use axum::extract::{FromRef, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Router, middleware};
use lambda_http::tower::util::MapRequest;

use crate::auth::Tokens;
use crate::clock;
use crate::cors::{self, Cors};
use crate::path;
use crate::request;
use crate::throttle::{IdentifiedCaller, RateLimits, Throttle};

/// Authentication, rate limits and CORS, shared by all requests to a function. The extractor
/// [`Caller`](crate::Caller) needs it in the state of the router.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Verifies tokens.
    pub tokens: Arc<Tokens>,
    /// Counts requests.
    pub throttle: Arc<Throttle>,
    /// Which web pages may read the responses.
    pub cors: Arc<Cors>,
}

impl Gate {
    /// Creates the state with these rate limits and allowed origins.
    pub fn new(tokens: Tokens, limits: RateLimits, cors: Cors) -> Self {
        Self {
            tokens: Arc::new(tokens),
            throttle: Arc::new(Throttle::new(limits)),
            cors: Arc::new(cors),
        }
    }

    /// Adds the middleware to the routes: each request's path is decoded once, it gets an id and a
    /// deadline, errors become problem details, and the response gets the headers for CORS and rate
    /// limits.
    pub fn around<S>(routes: Router<S>, state: S) -> Router
    where
        S: Clone + Send + Sync + 'static,
        Self: FromRef<S>,
    {
        let gate = Self::from_ref(&state);
        let router = routes
            .fallback(path::no_route)
            .method_not_allowed_fallback(request::no_method)
            .layer(middleware::from_fn_with_state(
                gate.clone(),
                cors::preflight,
            ))
            .layer(middleware::from_fn(request::around))
            .layer(middleware::from_fn_with_state(gate, headers))
            .with_state(state);
        // Outside the router, since its layers run after routing.
        Router::new().fallback_service(MapRequest::new(router, path::decode_once))
    }
}

/// Adds the CORS and rate limit headers to every response, including errors.
async fn headers(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let cors = gate.cors.of_answer(request.headers());
    let caller = IdentifiedCaller::default();
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    gate.throttle.tell(&caller, headers, clock::since_1970());
    headers.extend(cors);
    response
}
