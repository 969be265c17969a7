//! `GET /permissions`.

use axum::extract::State;
use roster_domain::built_in_permissions;
use roster_table::List;

use crate::api::Api;
use crate::page::{Listing, PageResult};
use crate::view::Permission;
use roster_http::{Caller, ListPage, Paging, Params, Problems};

/// Lists all permissions: first the built-in ones, then the custom ones in the order of their ids.
#[utoipa::path(
    get,
    path = "/permissions",
    tag = "roles",
    params(
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the permissions", body = ListPage<Permission>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_permissions(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
) -> PageResult<Permission> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let listing = Listing {
        list: List::Permissions,
        question: &["/permissions"],
        absent: false,
    };
    let built_in = built_in_permissions().map(Permission::built_in).collect();
    let mut viewer = api.viewer(caller).await?;
    let page = viewer.page_after(built_in, listing, asked, |record, _| {
        Some(Permission::of(record))
    });
    page.await
}
