//! `GET /projects/{id}`.

use axum::extract::State;
use axum::response::Response;

use crate::api::Api;
use crate::view::Project;
use roster_http::{Caller, Ids, IfNoneMatch, Params, Problem, Problems};

/// Gets a project.
#[utoipa::path(
    get,
    path = "/projects/{id}",
    tag = "projects",
    params(
        ("id" = String, Path, description = "The project", example = "apollo"),
    ),
    responses(
        (status = 200, description = "The project", body = Project),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn get_project(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&[])?;
    let mut viewer = api.viewer(caller).await?;
    let record = viewer.project(&ids.get("id")?).await?;
    let effective = viewer.reader.snapshot().is_effective(&record.entity);
    let view = Project::of(&record, effective);
    Ok(has.answer(record.revision, effective, view))
}
