//! `GET /roles`.

use axum::Json;
use axum::extract::State;
use roster_domain::BuiltInRole;
use roster_table::List;

use crate::api::Api;
use crate::page::{Listing, PageResult};
use crate::view::Role;
use roster_http::{Caller, ListPage, Paging, Params, Problems};

/// Lists all roles. The first page begins with the built-in ones, in addition to its limit.
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
    let begins = asked.cursor.is_none();
    let listing = Listing {
        list: List::Roles,
        question: &["/roles"],
        absent: false,
    };
    let mut viewer = api.viewer(caller).await?;
    let page = viewer.page(listing, asked, |record, _| Some(Role::of(record)));
    let Json(mut page) = page.await?;
    if begins {
        let built_in = BuiltInRole::all().map(Role::built_in);
        page.items.splice(0..0, built_in);
    }
    Ok(Json(page))
}
