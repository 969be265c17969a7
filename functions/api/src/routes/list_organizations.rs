//! `GET /organizations` and `GET /organizations?name=`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roster_domain::{Attribute, Entity, OrganizationId, UserId};
use roster_table::{List, Record};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::page::Listing;
use crate::view::{Membership, Organization};
use crate::viewer::{Viewer, claims};
use roster_http::{Caller, IfNoneMatch, ListPage, Paging, Params, Problem, Problems};

/// The caller's own organizations, or the one of a name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is for the document")]
enum Organizations {
    /// Without a name.
    Own(ListPage<Membership>),
    /// With a name.
    Named(Organization),
}

/// The organizations that the caller is an effective member of; or, with a name, one of them that
/// has the name. A service is told which organization owns the name: of those that claim it now, the
/// one that claimed it first.
#[utoipa::path(
    get,
    path = "/organizations",
    tag = "organizations",
    params(
        ("name" = Option<String>, Query, description = "The name, in whichever case; without paging", example = "Acme", min_length = 1, max_length = 1024, nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "The organization of that name, or one page of the organizations of the caller", body = Organizations),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_organizations(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    let mut viewer = api.viewer(caller);
    if let Some(name) = params.get("name") {
        params.only(&["name"])?;
        if name.is_empty() || name.len() > roster_domain::limits::NAME {
            return Err(Problem::invalid("name", "Expected 1 to 1024 bytes."));
        }
        let record = named(&mut viewer, name).await?;
        return Ok(has.answer(record.revision, true, Organization::of(&record)));
    }
    params.only(&["limit", "cursor"])?;
    let asked = params.page()?;
    let Caller::User(user) = &viewer.caller else {
        let detail =
            "A service is in no organization; GET /users/{id}/organizations asks about a user.";
        return Err(Problem::forbidden(detail));
    };
    let user = user.clone();
    let listing = Listing {
        list: List::UserOrganizations(user.clone()),
        question: &["own", user.as_str(), "organizations"],
        absent: false,
    };
    let filter = ListFilter::effective();
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| Membership::of(record, snapshot))
    });
    Ok(page.await?.into_response())
}

/// A service is told who owns the name. A user is told of its own organizations alone, found in its
/// own list, so that a name that others have takes no other way than one that nobody has.
async fn named(viewer: &mut Viewer<'_>, name: &str) -> Result<Record, Problem> {
    let candidates = match viewer.caller.clone() {
        Caller::Service(_) => {
            let claimants = viewer.claimants(&List::NameClaims(name.to_owned())).await?;
            claimants.iter().filter_map(organization).collect()
        }
        Caller::User(user) => own(viewer, user).await?,
    };
    let snapshot = viewer.reader.snapshot();
    let found = candidates.iter().find(|id| {
        let contents = snapshot.get(&Entity::Organization((*id).clone()));
        claims(
            contents.and_then(|contents| contents.text(Attribute::Name)),
            name,
        )
    });
    let found = found.cloned().ok_or_else(Problem::not_found)?;
    viewer.organization(&found).await
}

/// The organizations that a user is an effective member of.
async fn own(viewer: &mut Viewer<'_>, user: UserId) -> Result<Vec<OrganizationId>, Problem> {
    let places = viewer.reader.whole(&List::UserOrganizations(user)).await?;
    let places = places.to_vec();
    viewer.reader.read(places.iter().cloned()).await?;
    let snapshot = viewer.reader.snapshot();
    let effective = places.iter().filter(|place| snapshot.is_effective(place));
    Ok(effective.filter_map(organization).collect())
}

fn organization(entity: &Entity) -> Option<OrganizationId> {
    match entity {
        Entity::Organization(id) => Some(id.clone()),
        Entity::Membership { organization, .. } => Some(organization.clone()),
        _ => None,
    }
}
