//! `GET /organizations/{id}/projects`.

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
use crate::view::Project;

/// The projects that an organization owns.
#[utoipa::path(
    get,
    path = "/organizations/{id}/projects",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization"),
        ("limit" = Option<u16>, Query, description = "Entities to look at, 100 unless said", minimum = 1, maximum = 1000, nullable = false),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", nullable = false),
    ),
    responses((status = 200, body = Page<Project>), Problems),
    security(("token" = []))
)]
pub async fn list_organization_projects(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
) -> Answer<Project> {
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let organization: OrganizationId = ids.get("id")?;
    let listing = Listing {
        list: List::OrganizationProjects(organization.clone()),
        question: &["organization", organization.as_str(), "projects"],
        absent: false,
    };
    let page = api.page(listing, asked, |record, snapshot| {
        Some(Project::of(record, snapshot.is_effective(&record.entity)))
    });
    // The caller hears of neither before both are known.
    let (sight, page) = futures::join!(api.organization(&caller, &organization), page);
    let sight = sight?;
    if !sight.reads_projects() {
        let detail = "The projects of the organization are for those who may read projects.";
        return Err(Problem::forbidden(detail));
    }
    Ok(Json(page?))
}
