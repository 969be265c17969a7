//! `GET /permissions`.

use axum::Json;
use axum::extract::State;
use roster_domain::BuiltInRole;
use roster_table::List;

use crate::api::Api;
use crate::page::{Listing, PageResult};
use crate::view::Permission;
use roster_http::{Caller, ListPage, Paging, Params, Problems};

/// All permissions. The first page begins with those that are built in, on top of its limit.
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
    let mut viewer = api.viewer(caller);
    let page = viewer.page(listing, asked, |record, _| Some(Permission::of(record)));
    let Json(mut page) = page.await?;
    if begins {
        let built_in = BuiltInRole::Admin
            .permissions()
            .iter()
            .map(|id| Permission::built_in(id));
        page.items.splice(0..0, built_in);
    }
    Ok(Json(page))
}
