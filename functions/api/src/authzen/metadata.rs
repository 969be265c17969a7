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

/// The address of the API: the one it is told or, without one, the name that API Gateway says the
/// request came to. What the caller claims does not count, since others are given the answer, too.
#[derive(Debug)]
pub struct Base(PublicUrl);

/// Where an API is described whose address has a path: the well-known path goes before it (AuthZEN,
/// section 9).
pub const BELOW: &str = "/.well-known/authzen-configuration/{*path}";

/// Where which part of AuthZEN is.
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

/// The same below the well-known path, for the path of the API's address only.
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
            tracing::error!("the address of the API is not known: set PUBLIC_URL");
            Problem::new(
                ProblemKind::Internal,
                "The address of the API is not known.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Extensions, Request};
    use lambda_http::tower::ServiceExt;

    use super::*;
    use roster_http::{Jwks, Sealer, Tokens};

    fn api(public_url: Option<&str>) -> Api {
        let aws = aws_config::SdkConfig::builder().build();
        let table = roster_table::Table::new(&aws, "none");
        let tokens = Tokens::new(
            Jwks::at("https://issuer.example/keys").unwrap(),
            "i",
            "a",
            3_600,
        );
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

    /// What a request through API Gateway is told, which claims to have gone elsewhere.
    async fn base(api: &Api) -> String {
        let request =
            Request::get("https://elsewhere.example/").header("Host", "elsewhere.example");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions = through_gateway();
        let base = Base::from_request_parts(&mut parts, api).await;
        base.unwrap().0.base()
    }

    #[tokio::test]
    async fn the_address_is_the_setting_or_else_what_the_gateway_says() {
        let set = api(Some("https://directory.example/iam"));
        assert_eq!(base(&set).await, "https://directory.example/iam");
        assert_eq!(base(&api(None)).await, "https://a1.execute-api.example");
    }

    #[tokio::test]
    async fn a_path_is_described_below_the_well_known_one() {
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
