//! What stands in the headers of every answer, errors too: whether a page may read it, and what the
//! caller may still ask.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::api::Api;
use crate::clock;
use crate::throttle::Asker;

/// Answers a request and adds these headers.
pub async fn edge(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let cors = api.cors.of_answer(request.headers());
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    api.throttle.tell(&asker, headers, clock::since_1970());
    headers.extend(cors);
    response
}
