//! `GET /organizations`.

use axum::Json;
use axum::extract::State;
use roster_table::List;

use crate::api::Api;
use crate::caller::Caller;
use crate::page::{Answer, Listing, Page};
use crate::problem::{Problem, Problems};
use crate::query::Params;
use crate::view::Membership;

/// The organizations that the caller is an effective member of.
#[utoipa::path(
    get,
    path = "/organizations",
    tag = "organizations",
    params(
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
    ),
    responses((status = 200, body = Page<Membership>), Problems),
    security(("token" = []))
)]
pub async fn list_organizations(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
) -> Answer<Membership> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let Caller::User(user) = caller else {
        let detail =
            "A service is in no organization; GET /users/{id}/organizations asks about a user.";
        return Err(Problem::forbidden(detail));
    };
    let listing = Listing {
        list: List::UserOrganizations(user.clone()),
        question: &["own", user.as_str(), "organizations"],
        absent: false,
    };
    let page = api.page(listing, asked, |record, snapshot| {
        let effective = snapshot.is_effective(&record.entity);
        effective.then(|| Membership::of(record, true))
    });
    Ok(Json(page.await?))
}
