//! `GET /health`.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use roster_http::{Params, Problem, Problems};

/// The health of the function.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: &'static str,
}

/// Returns 200 if the function is running. It does not access the table.
#[utoipa::path(
    get,
    path = "/health",
    tag = "service",
    responses(
        (status = 200, description = "The API is up", body = Health),
        Problems
    )
)]
pub async fn get_health(params: Params) -> Result<Json<Health>, Problem> {
    params.only(&[])?;
    Ok(Json(Health { status: "ok" }))
}
