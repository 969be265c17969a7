//! `GET /organizations/{id}/projects`.

use axum::extract::State;
use roster_domain::OrganizationId;
use roster_table::List;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::{Listing, PageResult};
use crate::view::Project;
use crate::viewer::READ_PROJECTS;
use roster_http::{Caller, Ids, ListPage, Paging, Params, Problem, Problems};

/// Lists the projects that an organization owns.
#[utoipa::path(
    get,
    path = "/organizations/{id}/projects",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization", example = "acme"),
        ("effective" = Option<bool>, Query, description = "Return only items that are effective (`true`) or not effective (`false`)", nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "One page of the projects that the organization owns", body = ListPage<Project>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_organization_projects(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> PageResult<Project> {
    params.only(&["limit", "cursor", "effective"])?;
    let (asked, filter) = (params.page()?, ListFilter::read(&params)?);
    let organization: OrganizationId = ids.get("id")?;
    let mut viewer = api.viewer(caller).await?;
    viewer.organization(&organization).await?;
    if !viewer.may(READ_PROJECTS, &organization).await? {
        let detail = "Listing an organization's projects requires the permission projects:read.";
        return Err(Problem::forbidden(detail));
    }
    let listing = Listing {
        list: List::OrganizationProjects(organization.clone()),
        question: &[
            "organization",
            organization.as_str(),
            "projects",
            &filter.told(),
        ],
        absent: false,
    };
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| Project::of(record, snapshot))
    });
    page.await
}
