//! `GET /.well-known/authzen-configuration`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Problem, Problems};
use crate::query::Params;

/// Where the decisions are made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Metadata {
    /// The address of the API.
    pub policy_decision_point: String,
    /// Evaluation.
    pub access_evaluation_endpoint: String,
    /// Evaluations.
    pub access_evaluations_endpoint: String,
    /// Subject search.
    pub search_subject_endpoint: String,
    /// Resource search.
    pub search_resource_endpoint: String,
    /// Action search.
    pub search_action_endpoint: String,
}

/// The address that the caller used. API Gateway takes requests for its own names only.
#[derive(Debug)]
pub struct Base(String);

/// Where which part of AuthZEN is.
#[utoipa::path(
    get,
    path = "/.well-known/authzen-configuration",
    tag = "access",
    responses((status = 200, body = Metadata), Problems)
)]
pub async fn metadata(Base(base): Base, params: Params) -> Result<Response, Problem> {
    params.only(&[])?;
    let endpoint = |path: &str| format!("{base}/access/v1/{path}");
    let metadata = Json(Metadata {
        access_evaluation_endpoint: endpoint("evaluation"),
        access_evaluations_endpoint: endpoint("evaluations"),
        search_subject_endpoint: endpoint("search/subject"),
        search_resource_endpoint: endpoint("search/resource"),
        search_action_endpoint: endpoint("search/action"),
        policy_decision_point: base,
    });
    let kept = HeaderValue::from_static("public, max-age=3600");
    Ok(([(header::CACHE_CONTROL, kept)], metadata).into_response())
}

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = host.or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        let host = host.filter(|host| !host.is_empty() && host.chars().all(plain));
        let host = host.ok_or_else(|| Problem::invalid("Host", "Expected a host."))?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let local = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
        let scheme = if local { "http" } else { "https" };
        Ok(Self(format!("{scheme}://{host}")))
    }
}
