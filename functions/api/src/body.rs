//! The body of a request.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde_json::{Map, Value};

use crate::limits;
use crate::problem::{Kind, Problem};
use crate::request::too_large_a_body;

/// A JSON object. Whatever else comes is a 400, as AuthZEN wants it; axum's own extractor would
/// answer 415 and 422.
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
        let body = to_bytes(request.into_body(), limits::BODY).await;
        let body = body.map_err(|_| too_large_a_body())?;
        parse(&body)
    }
}

fn parse(body: &Bytes) -> Result<Body, Problem> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(Body(object)),
        Ok(_) => Err(Problem::invalid("$", "Expected a JSON object.")),
        // Where it is, and nothing of what it says.
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("The body is not JSON at line {line}, column {column}.");
            Err(Problem {
                field: Some("$".to_owned()),
                ..Problem::new(Kind::InvalidRequest, detail)
            })
        }
    }
}
