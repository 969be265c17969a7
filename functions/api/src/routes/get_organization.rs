//! `GET /organizations/{id}`.

use axum::extract::State;
use axum::response::Response;

use crate::api::Api;
use crate::view::Organization;
use roster_http::{Caller, Ids, IfNoneMatch, Params, Problem, Problems};

/// Gets an organization.
#[utoipa::path(
    get,
    path = "/organizations/{id}",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization", example = "acme"),
    ),
    responses(
        (status = 200, description = "The organization", body = Organization),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn get_organization(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&[])?;
    let record = api
        .viewer(caller)
        .await?
        .organization(&ids.get("id")?)
        .await?;
    Ok(has.answer(record.revision, true, Organization::of(&record)))
}
