//! `GET /users/{id}/organizations`.

use axum::Json;
use axum::extract::State;
use roster_domain::UserId;
use roster_table::List;

use crate::api::Api;
use crate::caller::Caller;
use crate::ids::Ids;
use crate::page::{Answer, Listing, Page};
use crate::problem::Problems;
use crate::query::Params;
use crate::view::Membership;

/// The organizations that a user is in, with its role.
#[utoipa::path(
    get,
    path = "/users/{id}/organizations",
    tag = "users",
    params(
        ("id" = String, Path, description = "The user"),
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
    ),
    responses((status = 200, body = Page<Membership>), Problems),
    security(("token" = []))
)]
pub async fn list_user_organizations(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> Answer<Membership> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let user: UserId = ids.get("id")?;
    let listing = Listing {
        list: List::UserOrganizations(user.clone()),
        question: &["user", user.as_str(), "organizations"],
        absent: false,
    };
    let page = api.page(listing, asked, |record, snapshot| {
        Some(Membership::of(
            record,
            snapshot.is_effective(&record.entity),
        ))
    });
    let (_, page) = tokio::try_join!(api.user(&caller, &user), page)?;
    Ok(Json(page))
}
