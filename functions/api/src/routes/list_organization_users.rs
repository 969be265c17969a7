//! `GET /organizations/{id}/users`.

use axum::extract::State;
use roster_domain::OrganizationId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::Membership;
use crate::viewer::MANAGE_MEMBERS;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problem, Problems};

/// Lists the members of an organization, with their names.
#[utoipa::path(
    get,
    path = "/organizations/{id}/users",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization", example = "acme"),
        ("role" = Option<String>, Query, description = "Return only memberships with this built-in role", example = "reader", nullable = false),
        ("roleId" = Option<String>, Query, description = "Return only memberships with this custom role", nullable = false),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        ("absent" = Option<bool>, Query, description = "Include pending and removed members. Requires the permission members:manage", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the members of the organization", body = ListPage<Membership>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_organization_users(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<Membership> {
    params.only(&["limit", "cursor", "role", "roleId", "effective", "absent"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let organization: OrganizationId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    let absent = params.maybe("absent")?.unwrap_or_default();
    viewer.organization(&organization).await?;
    if absent && !viewer.may(MANAGE_MEMBERS, &organization).await? {
        let detail = "Listing pending and removed members requires the permission members:manage.";
        return Err(Problem::forbidden(detail));
    }
    let listing = Listing {
        list: List::OrganizationUsers(organization.clone()),
        question: &[
            "organization",
            organization.as_str(),
            "users",
            if absent { "absent" } else { "" },
            &filter.told(),
        ],
        absent,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| Membership::of(record, snapshot))
    });
    page.await
}
