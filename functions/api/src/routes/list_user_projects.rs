//! `GET /users/{id}/projects`.

use axum::extract::State;
use roster_domain::UserId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::ProjectOfUser;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problems};

/// Lists the projects that a user owns or works on directly, not through a team.
#[utoipa::path(
    get,
    path = "/users/{id}/projects",
    tag = "users",
    params(
        ("id" = String, Path, description = "The user", example = "ada"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the projects that the user owns or works on", body = ListPage<ProjectOfUser>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_user_projects(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<ProjectOfUser> {
    params.only(&["limit", "cursor", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let user: UserId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.user(&user).await?;
    let listing = Listing {
        list: List::UserProjects(user.clone()),
        question: &["user", user.as_str(), "projects", &filter.told()],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| ProjectOfUser::of(record, snapshot))
    });
    page.await
}
