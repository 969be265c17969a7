//! `GET /permissions`.

use axum::Json;
use axum::extract::State;
use roster_domain::BuiltInRole;
use roster_table::List;

use crate::api::Api;
use crate::caller::Caller;
use crate::page::{Answer, Listing, Page};
use crate::problem::Problems;
use crate::query::Params;
use crate::view::Permission;

/// All permissions. The first page begins with those that are built in, on top of its limit.
#[utoipa::path(
    get,
    path = "/permissions",
    tag = "roles",
    params(
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
    ),
    responses((status = 200, body = Page<Permission>), Problems),
    security(("token" = []))
)]
pub async fn list_permissions(
    State(api): State<Api>,
    _: Caller,
    params: Params,
) -> Answer<Permission> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let begins = asked.cursor.is_none();
    let listing = Listing {
        list: List::Permissions,
        question: &["/permissions"],
        absent: false,
    };
    let page = api.page(listing, asked, |record, _| Some(Permission::of(record)));
    let mut page = page.await?;
    if begins {
        let built_in = BuiltInRole::Admin
            .permissions()
            .iter()
            .map(|id| Permission::built_in(id));
        page.items.splice(0..0, built_in);
    }
    Ok(Json(page))
}
