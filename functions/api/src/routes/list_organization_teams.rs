//! `GET /organizations/{id}/teams`.

use axum::Json;
use axum::extract::State;
use roster_domain::OrganizationId;
use roster_table::List;

use crate::api::Api;
use crate::caller::Caller;
use crate::ids::Ids;
use crate::page::{Answer, Listing, Page};
use crate::problem::Problems;
use crate::query::Params;
use crate::view::Team;

/// The teams of an organization.
#[utoipa::path(
    get,
    path = "/organizations/{id}/teams",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization"),
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
    ),
    responses((status = 200, body = Page<Team>), Problems),
    security(("token" = []))
)]
pub async fn list_organization_teams(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> Answer<Team> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let organization: OrganizationId = ids.get("id")?;
    let listing = Listing {
        list: List::OrganizationTeams(organization.clone()),
        question: &["organization", organization.as_str(), "teams"],
        absent: false,
    };
    let page = api.page(listing, asked, |record, snapshot| {
        Some(Team::of(record, snapshot.is_effective(&record.entity)))
    });
    // The caller hears of neither before both are known.
    let (sight, page) = futures::join!(api.organization(&caller, &organization), page);
    sight?;
    Ok(Json(page?))
}
