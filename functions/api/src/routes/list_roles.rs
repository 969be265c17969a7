//! `GET /roles`.

use axum::Json;
use axum::extract::State;
use roster_domain::BuiltInRole;
use roster_table::List;

use crate::api::Api;
use crate::caller::Caller;
use crate::page::{Answer, Listing, Page};
use crate::problem::Problems;
use crate::query::Params;
use crate::view::Role;

/// All roles. The first page begins with those that are built in, on top of its limit.
#[utoipa::path(
    get,
    path = "/roles",
    tag = "roles",
    params(
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
    ),
    responses((status = 200, body = Page<Role>), Problems),
    security(("token" = []))
)]
pub async fn list_roles(State(api): State<Api>, _: Caller, params: Params) -> Answer<Role> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let begins = asked.cursor.is_none();
    let listing = Listing {
        list: List::Roles,
        question: &["/roles"],
        absent: false,
    };
    let page = api.page(listing, asked, |record, _| Some(Role::of(record)));
    let mut page = page.await?;
    if begins {
        let built_in = BuiltInRole::ALL.map(Role::built_in);
        page.items.splice(0..0, built_in);
    }
    Ok(Json(page))
}
