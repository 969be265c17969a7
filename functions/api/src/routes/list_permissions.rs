//! `GET /permissions`.

use axum::Json;
use axum::extract::State;
use roster_domain::built_in_permissions;
use roster_table::List;

use crate::api::Api;
use crate::page::{Listing, PageResult};
use crate::view::Permission;
use roster_http::{Caller, ListPage, Paging, Params, Problems};

/// Lists all permissions. The first page begins with the built-in ones, in addition to its limit.
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
    let begins = asked.cursor.is_none();
    let listing = Listing {
        list: List::Permissions,
        question: &["/permissions"],
        absent: false,
    };
    let mut viewer = api.viewer(caller).await?;
    let page = viewer.page(listing, asked, |record, _| Some(Permission::of(record)));
    let Json(mut page) = page.await?;
    if begins {
        let built_in = built_in_permissions().map(Permission::built_in);
        page.items.splice(0..0, built_in);
    }
    Ok(Json(page))
}
