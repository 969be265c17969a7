//! `GET /users/{id}/organizations`.

use axum::extract::State;
use roster_domain::UserId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::Membership;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problems};

/// Lists a user's memberships in organizations, with the roles.
#[utoipa::path(
    get,
    path = "/users/{id}/organizations",
    tag = "users",
    params(
        ("id" = String, Path, description = "The user", example = "ada"),
        ("role" = Option<String>, Query, description = "Return only memberships with this built-in role", example = "reader", nullable = false),
        ("roleId" = Option<String>, Query, description = "Return only memberships with this custom role", nullable = false),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the user's memberships in organizations", body = ListPage<Membership>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_user_organizations(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<Membership> {
    params.only(&["limit", "cursor", "role", "roleId", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let user: UserId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.user(&user).await?;
    let listing = Listing {
        list: List::UserOrganizations(user.clone()),
        question: &["user", user.as_str(), "organizations", &filter.told()],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| Membership::of(record, snapshot))
    });
    page.await
}
