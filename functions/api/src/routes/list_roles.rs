//! `GET /roles`.

use axum::extract::State;
use roster_domain::BuiltInRole;
use roster_table::List;

use crate::api::Api;
use crate::page::{Listing, PageResult};
use crate::view::Role;
use roster_http::{Caller, ListPage, Paging, Params, Problems};

/// Lists all roles: first the built-in ones, then the custom ones in the order of their ids.
#[utoipa::path(
    get,
    path = "/roles",
    tag = "roles",
    params(
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the roles", body = ListPage<Role>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_roles(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
) -> PageResult<Role> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let listing = Listing {
        list: List::Roles,
        question: &["/roles"],
        absent: false,
    };
    let built_in = BuiltInRole::all().map(Role::built_in).collect();
    let mut viewer = api.viewer(caller).await?;
    let page = viewer.page_after(built_in, listing, asked, |record, _| Some(Role::of(record)));
    page.await
}
