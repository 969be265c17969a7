//! `GET /projects/{id}`.

use axum::extract::State;
use axum::response::Response;

use crate::api::Api;
use crate::view::Project;
use roster_http::{Caller, Ids, IfNoneMatch, Params, Problem, Problems, etag};

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
    let view = Project::of(&record, viewer.reader.snapshot());
    let reason = etag::fingerprint(view.reason.as_deref().unwrap_or_default());
    Ok(has.answer_from(&[record.revision, reason], view.effective, view))
}
