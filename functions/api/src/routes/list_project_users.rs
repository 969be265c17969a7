//! `GET /projects/{id}/users`.

use axum::extract::State;
use roster_domain::ProjectId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::ProjectUser;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problems};

/// Lists the users that work on a project directly, not through a team, with their names.
#[utoipa::path(
    get,
    path = "/projects/{id}/users",
    tag = "projects",
    params(
        ("id" = String, Path, description = "The project", example = "apollo"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the users that work directly on the project", body = ListPage<ProjectUser>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_project_users(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<ProjectUser> {
    params.only(&["limit", "cursor", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let project: ProjectId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.project(&project).await?;
    let listing = Listing {
        list: List::ProjectUsers(project.clone()),
        question: &["project", project.as_str(), "users", &filter.told()],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| ProjectUser::of(record, snapshot))
    });
    page.await
}
