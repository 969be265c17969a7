//! `GET /teams/{id}/users`.

use axum::extract::State;
use roster_domain::{Entity, TeamId};
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::TeamMember;
use crate::viewer::MANAGE_MEMBERS;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problem, Problems};

/// Lists the members of a team, with their names. The team id is resolved as in `GET /teams/{id}`.
#[utoipa::path(
    get,
    path = "/teams/{id}/users",
    tag = "teams",
    params(
        ("id" = String, Path, description = "The team", example = "core"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        ("organizationId" = Option<String>, Query, description = "The organization that the team belongs to", example = "acme", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the members of the team", body = ListPage<TeamMember>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_team_users(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<TeamMember> {
    params.only(&["limit", "cursor", "effective", "organizationId"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let team: TeamId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    let record = viewer.team(&team, params.get("organizationId")).await?;
    let Entity::Team { organization, .. } = record.entity else {
        return Err(Problem::not_found());
    };
    // Only callers who manage members may see who left the organization.
    let all = viewer.may(MANAGE_MEMBERS, &organization).await?;
    let listing = Listing {
        list: List::TeamUsers(organization.clone(), team.clone()),
        question: &[
            "team",
            organization.as_str(),
            team.as_str(),
            "users",
            &filter.told(),
        ],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        let seen = all || snapshot.is_effective(&record.entity);
        let passes = seen && filter.passes(record, snapshot);
        passes.then(|| TeamMember::of(record, snapshot))
    });
    page.await
}
