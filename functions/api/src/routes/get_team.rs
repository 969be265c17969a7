//! `GET /teams/{id}`.

use axum::extract::State;
use axum::response::Response;

use crate::api::Api;
use crate::view::Team;
use roster_http::{Caller, Ids, IfNoneMatch, Params, Problem, Problems};

/// Gets a team. Team ids are unique only within their organization. If the caller can see several
/// teams with the id, or is in too many organizations to check each, `organizationId` is required.
#[utoipa::path(
    get,
    path = "/teams/{id}",
    tag = "teams",
    params(
        ("id" = String, Path, description = "The team", example = "core"),
        ("organizationId" = Option<String>, Query, description = "The organization that the team belongs to", example = "acme", nullable = false),
    ),
    responses(
        (status = 200, description = "The team", body = Team),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn get_team(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&["organizationId"])?;
    let named = params.get("organizationId");
    let mut viewer = api.viewer(caller).await?;
    let record = viewer.team(&ids.get("id")?, named).await?;
    let view = Team::of(&record, viewer.reader.snapshot());
    Ok(has.answer(record.revision, view.effective, view))
}
