//! Middleware for every request: request id, limits, error bodies and the request log.

use axum::Json;
use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout};

use crate::limits;
use crate::problem::{Problem, ProblemKind};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Handles a request within its limits, and completes its response.
pub async fn around(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let given = request.headers().get(REQUEST_ID).cloned();
    let id = given
        .clone()
        .or_else(|| HeaderValue::try_from(new_id()).ok());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match too_large(&request) {
        Some(problem) => problem.into_response(),
        None => match timeout(limits::REQUEST, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                Problem::new(ProblemKind::Unavailable, "The request took too long.").into_response()
            }
        },
    };
    finish(&mut response, id.as_ref());
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let request_id = if given.is_some_and(|given| !is_plain(&given)) {
        "given" // A caller's id may contain anything, even personal data.
    } else {
        id.as_ref()
            .and_then(|id| id.to_str().ok())
            .unwrap_or("none")
    };
    let status = response.status().as_u16();
    tracing::info!(%method, route, status, millis, request_id, "answered");
    response
}

/// Adds the request id to the response, and the body to an error.
pub fn finish(response: &mut Response, id: Option<&HeaderValue>) {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let id = id.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        let details = problem.details(id.unwrap_or_default());
        let mut body = Json(details).into_response();
        *response.body_mut() = std::mem::take(body.body_mut());
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, media_type);
        headers.remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Some(id) = id {
        headers.insert(REQUEST_ID, id.clone());
    }
    // Responses depend on the caller, so shared caches must not store them.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    let no_sniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, no_sniff);
}

/// Handles methods that the path does not allow.
pub async fn no_method() -> Problem {
    let problem = Problem::new(
        ProblemKind::MethodNotAllowed,
        "The path does not allow this method.",
    );
    debug_assert_eq!(problem.kind.status(), StatusCode::METHOD_NOT_ALLOWED);
    problem
}

fn too_large(request: &Request) -> Option<Problem> {
    let headers = request.headers().iter();
    let size: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > limits::HEADERS {
        let detail = format!(
            "The headers have {size} bytes; the limit is {}.",
            limits::HEADERS
        );
        return Some(Problem::new(ProblemKind::HeadersTooLarge, detail));
    }
    let body = request.body().size_hint().lower();
    let limit = u64::try_from(limits::BODY).unwrap_or(u64::MAX);
    (body > limit).then(too_large_a_body)
}

/// The error for a body that is too large.
pub fn too_large_a_body() -> Problem {
    let detail = format!("The body has more than {} bytes.", limits::BODY);
    Problem::new(ProblemKind::BodyTooLarge, detail)
}

fn new_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Returns whether an id consists of at most 128 letters, digits, hyphens and underscores.
fn is_plain(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    id.len() <= 128 && id.as_bytes().iter().all(plain)
}
