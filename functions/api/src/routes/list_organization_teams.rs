//! `GET /organizations/{id}/teams`.

use axum::extract::State;
use roster_domain::OrganizationId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::Team;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problems};

/// Lists the teams of an organization.
#[utoipa::path(
    get,
    path = "/organizations/{id}/teams",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization", example = "acme"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the teams of the organization", body = ListPage<Team>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_organization_teams(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<Team> {
    params.only(&["limit", "cursor", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let organization: OrganizationId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.organization(&organization).await?;
    let listing = Listing {
        list: List::OrganizationTeams(organization.clone()),
        question: &[
            "organization",
            organization.as_str(),
            "teams",
            &filter.told(),
        ],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| Team::of(record, snapshot))
    });
    page.await
}
