//! `GET /organizations` and `GET /organizations?name=`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roster_domain::{Attribute, Entity, OrganizationId, UserId};
use roster_table::{List, NameList, Record};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::filter::ListFilter;
use crate::names::{NAME_PREFIX, name_prefix};
use crate::page::Listing;
use crate::view::{Membership, Organization};
use crate::viewer::{Viewer, claims};
use roster_http::{Caller, IfNoneMatch, ListPage, Paging, Params, Problem, Problems};

/// The caller's organizations, all organizations, or the one with a name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "it only describes the response in the OpenAPI document"
)]
enum Organizations {
    /// The response to a user without the parameter `name`.
    Own(ListPage<Membership>),
    /// The response to a service without the parameter `name`.
    All(ListPage<Organization>),
    /// The response with the parameter `name`.
    Named(Organization),
}

/// Lists the organizations in which the caller is an effective member or, with a name, returns the
/// one of them that has the name. For a service, lists all organizations in the order of their names
/// or, with a name, returns the organization that owns it: of the organizations that have it now, the
/// one that had it first.
#[utoipa::path(
    get,
    path = "/organizations",
    tag = "organizations",
    params(
        ("name" = Option<String>, Query, description = "The name, in any case. Cannot be combined with paging parameters", example = "Acme", min_length = 1, max_length = 1024, nullable = false),
        ("namePrefix" = Option<String>, Query, description = "Return only organizations whose names begin so, in any case. For services only", example = "Ac", min_length = 1, max_length = 1024, nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "The organization with that name, or one page of the caller's or of all organizations", body = Organizations),
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
    let mut viewer = api.viewer(caller).await?;
    if let Some(name) = params.get("name") {
        params.only(&["name"])?;
        if name.is_empty() || name.len() > roster_domain::limits::NAME {
            return Err(Problem::invalid("name", "Expected 1 to 1024 bytes."));
        }
        let record = named(&mut viewer, name).await?;
        return Ok(has.answer(record.revision, true, Organization::of(&record)));
    }
    params.only(&[NAME_PREFIX, "limit", "cursor"])?;
    let (asked, prefix) = (params.page()?, name_prefix(&params)?);
    let Caller::User(user) = viewer.caller.clone() else {
        let list = NameList::organizations(prefix);
        let question = ["all organizations", prefix];
        let page = viewer.names(list, &question, asked, Organization::of);
        return Ok(page.await?.into_response());
    };
    if !prefix.is_empty() {
        let detail = "Only services may search all organizations. Leave out namePrefix.";
        return Err(Problem::forbidden(detail));
    }
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

/// Finds an organization by name. For a service, it is the owner of the name. For a user, only the
/// user's own list is searched, so that a name of another organization takes the same reads as a
/// name that does not exist.
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

/// Lists the organizations in which a user is an effective member.
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
