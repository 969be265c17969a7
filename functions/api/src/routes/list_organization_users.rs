//! `GET /organizations/{id}/users`.

use axum::Json;
use axum::extract::State;
use roster_domain::OrganizationId;
use roster_table::List;

use crate::api::Api;
use crate::caller::Caller;
use crate::ids::Ids;
use crate::page::{Answer, Listing, Page};
use crate::problem::{Problem, Problems};
use crate::query::Params;
use crate::view::Membership;

/// The members of an organization.
#[utoipa::path(
    get,
    path = "/organizations/{id}/users",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization"),
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
        ("absent" = Option<bool>, Query, description = "Pending and removed members too, for who manages them", nullable = false),
    ),
    responses((status = 200, body = Page<Membership>), Problems),
    security(("token" = []))
)]
pub async fn list_organization_users(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> Answer<Membership> {
    params.only(&["limit", "cursor", "absent"])?;
    let asked = params.page()?;
    let absent = params.flag("absent")?;
    let organization: OrganizationId = ids.get("id")?;
    let listing = Listing {
        list: List::OrganizationUsers(organization.clone()),
        question: &["organization", organization.as_str(), "users"],
        absent,
    };
    let page = api.page(listing, asked, |record, snapshot| {
        Some(Membership::of(
            record,
            snapshot.is_effective(&record.entity),
        ))
    });
    // The caller hears of neither before both are known.
    let (sight, page) = futures::join!(api.organization(&caller, &organization), page);
    let sight = sight?;
    if absent && !sight.manages_members() {
        let detail = "Pending and removed members are for those who may manage members.";
        return Err(Problem::forbidden(detail));
    }
    Ok(Json(page?))
}
