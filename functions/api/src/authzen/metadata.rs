//! `GET /.well-known/authzen-configuration`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use roster_http::{Params, Problem, ProblemKind, Problems, PublicUrl, peer};

/// The endpoints of the policy decision point.
#[derive(Debug, Serialize, ToSchema)]
pub struct Metadata {
    /// The URL of the API.
    pub policy_decision_point: String,
    /// The URL for an evaluation.
    pub access_evaluation_endpoint: String,
    /// The URL for several evaluations.
    pub access_evaluations_endpoint: String,
    /// The URL of the subject search.
    pub search_subject_endpoint: String,
    /// The URL of the resource search.
    pub search_resource_endpoint: String,
    /// The URL of the action search.
    pub search_action_endpoint: String,
}

/// The URL of the API: the configured one or, without one, the domain name that API Gateway
/// reports. Headers of the caller are ignored, since caches may serve the response to other
/// callers.
#[derive(Debug)]
pub struct Base(PublicUrl);

/// The metadata path of an API whose URL has a path: the well-known path is inserted before it
/// (AuthZEN, section 9).
pub const BELOW: &str = "/.well-known/authzen-configuration/{*path}";

/// Returns the AuthZEN metadata.
#[utoipa::path(
    get,
    path = "/.well-known/authzen-configuration",
    tag = "access",
    responses(
        (status = 200, description = "The endpoints of the API", body = Metadata),
        Problems
    )
)]
pub async fn metadata(Base(base): Base, params: Params) -> Result<Response, Problem> {
    params.only(&[])?;
    let base = base.base();
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

/// Returns the AuthZEN metadata below the well-known path; any path but that of the API's URL
/// returns 404.
pub async fn metadata_of_path(base: Base, uri: Uri, params: Params) -> Result<Response, Problem> {
    let path = uri
        .path()
        .strip_prefix("/.well-known/authzen-configuration");
    if path != Some(base.0.path()) {
        return Err(Problem::not_found());
    }
    metadata(base, params).await
}

impl FromRequestParts<Api> for Base {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        if let Some(url) = &api.public_url {
            return Ok(Self(PublicUrl::clone(url)));
        }
        let name = peer::domain_name(&parts.extensions);
        let url = name.and_then(|name| PublicUrl::parse(&format!("https://{name}")).ok());
        url.map(Self).ok_or_else(|| {
            tracing::error!("the URL of the API is not known: set PUBLIC_URL");
            Problem::new(ProblemKind::Internal, "The URL of the API is not known.")
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Extensions, Request};
    use lambda_http::tower::ServiceExt;

    use super::*;
    use roster_http::{Sealer, Tokens};

    fn api(public_url: Option<&str>) -> Api {
        let aws = aws_config::SdkConfig::builder().build();
        let table = roster_table::Table::new(&aws, "none");
        let tokens = Tokens::new(Vec::new(), 3_600).unwrap();
        let url = public_url.map(|url| PublicUrl::parse(url).unwrap());
        Api::new(table, tokens, Sealer::fresh().unwrap()).with_public_url(url)
    }

    fn through_gateway() -> Extensions {
        let event = serde_json::json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
            "headers": {}, "isBase64Encoded": false,
            "requestContext": {"domainName": "a1.execute-api.example", "stage": "$default",
                "timeEpoch": 0, "http": {"method": "GET", "path": "/", "sourceIp": "192.0.2.7"}},
        });
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        request.extensions().clone()
    }

    /// Returns the URL for a request through API Gateway whose `Host` header names another host.
    async fn base(api: &Api) -> String {
        let request =
            Request::get("https://elsewhere.example/").header("Host", "elsewhere.example");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions = through_gateway();
        let base = Base::from_request_parts(&mut parts, api).await;
        base.unwrap().0.base()
    }

    #[tokio::test]
    async fn the_url_is_the_setting_and_defaults_to_the_domain_name_of_the_gateway() {
        let set = api(Some("https://directory.example/iam"));
        assert_eq!(base(&set).await, "https://directory.example/iam");
        assert_eq!(base(&api(None)).await, "https://a1.execute-api.example");
    }

    #[tokio::test]
    async fn metadata_of_a_url_with_a_path_is_below_the_well_known_path() {
        let router = crate::router(api(Some("https://directory.example/iam/v1")));
        for (path, status) in [
            ("/iam/v1", 200),
            ("/iam", 404),
            ("/iam/v1/", 400),
            ("//x", 400),
        ] {
            let uri = format!("/.well-known/authzen-configuration{path}");
            let request = Request::get(&uri).body(axum::body::Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
        }
    }
}
