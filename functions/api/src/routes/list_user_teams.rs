//! `GET /users/{id}/teams`.

use axum::extract::State;
use roster_domain::UserId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::TeamMember;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problems};

/// Lists a user's memberships in teams.
#[utoipa::path(
    get,
    path = "/users/{id}/teams",
    tag = "users",
    params(
        ("id" = String, Path, description = "The user", example = "ada"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the user's memberships in teams", body = ListPage<TeamMember>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_user_teams(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<TeamMember> {
    params.only(&["limit", "cursor", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let user: UserId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.user(&user).await?;
    let listing = Listing {
        list: List::UserTeams(user.clone()),
        question: &["user", user.as_str(), "teams", &filter.told()],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| TeamMember::of(record, snapshot))
    });
    page.await
}
