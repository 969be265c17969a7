//! Reads the body of a request.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::json::{self, InvalidJson};
use crate::limits;
use crate::problem::{Problem, ProblemKind};
use crate::request::too_large_a_body;

/// A JSON object. Any other body returns 400, as AuthZEN requires; axum's own extractor would
/// return 415 and 422.
#[derive(Debug)]
pub struct Body(pub Map<String, Value>);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get(header::CONTENT_TYPE);
        let media_type = media_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::invalid(
                "Content-Type",
                "Expected application/json.",
            ));
        }
        let body = to_bytes(request.into_body(), limits::BODY);
        let body = timeout(limits::BODY_TIME, body).await;
        let body = body.map_err(|_| stalled())?;
        parse(&body.map_err(|_| too_large_a_body())?)
    }
}

fn stalled() -> Problem {
    let seconds = limits::BODY_TIME.as_secs();
    let detail = format!("The body did not arrive within {seconds} seconds.");
    Problem::new(ProblemKind::RequestTimeout, detail)
}

fn parse(body: &Bytes) -> Result<Body, Problem> {
    match json::parse(body) {
        Ok(Value::Object(object)) => Ok(Body(object)),
        Ok(_) => Err(Problem::invalid("$", "Expected a JSON object.")),
        Err(InvalidJson::Twice(place)) => Err(Problem::invalid(place, "The member is duplicated.")),
        // The position only, since the content may be personal data.
        Err(InvalidJson::NotJson { line, column }) => {
            let detail = format!("The body is not JSON at line {line}, column {column}.");
            Err(Problem::invalid("$", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body;
    use futures::{StreamExt, stream};

    use super::*;

    async fn read(body: body::Body) -> Result<Body, Problem> {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        Body::from_request(request.body(body).unwrap(), &()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_in_time_returns_request_timeout() {
        let half = stream::iter([Ok::<_, std::io::Error>("{\"subject\":")]);
        let stalled = body::Body::from_stream(half.chain(stream::pending()));
        let problem = read(stalled).await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::RequestTimeout);
        assert!(limits::BODY_TIME < limits::REQUEST);
    }

    #[tokio::test]
    async fn the_size_of_a_body_is_checked_before_its_content() {
        let twice = format!(r#"{{"a": 1, "a": "{}"}}"#, "x".repeat(limits::BODY));
        let problem = read(twice.into()).await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::BodyTooLarge);
        let problem = read(r#"{"a": {"b": 1, "b": 2}}"#.into()).await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::InvalidRequest);
        assert_eq!(problem.field.as_deref(), Some("a.b"));
    }
}
