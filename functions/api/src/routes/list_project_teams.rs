//! `GET /projects/{id}/teams`.

use axum::extract::State;
use roster_domain::ProjectId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::ProjectTeam;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problems};

/// Lists the teams that work on a project.
#[utoipa::path(
    get,
    path = "/projects/{id}/teams",
    tag = "projects",
    params(
        ("id" = String, Path, description = "The project", example = "apollo"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the teams that work on the project", body = ListPage<ProjectTeam>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_project_teams(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<ProjectTeam> {
    params.only(&["limit", "cursor", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let project: ProjectId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.project(&project).await?;
    let listing = Listing {
        list: List::ProjectTeams(project.clone()),
        question: &["project", project.as_str(), "teams", &filter.told()],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| ProjectTeam::of(record, snapshot))
    });
    page.await
}
