//! `GET /organizations` and `GET /organizations?name=`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roster_domain::{Attribute, Entity, OrganizationId, UserId};
use roster_table::{List, Part, Record, membership};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::caller::Caller;
use crate::etag::IfNoneMatch;
use crate::filter::Filter;
use crate::limits;
use crate::page::{Listing, Page, Paging};
use crate::problem::{Problem, Problems};
use crate::query::Params;
use crate::view::{Membership, Organization};
use crate::viewer::Viewer;

/// The caller's own organizations, or the one of a name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is for the document")]
enum Organizations {
    /// Without a name.
    Own(Page<Membership>),
    /// With a name.
    Named(Organization),
}

/// The organizations that the caller is an effective member of; or, with a name, the organization
/// that owns the name, if the caller may see it: of those that claim the name now, the one that
/// claimed it first.
#[utoipa::path(
    get,
    path = "/organizations",
    tag = "organizations",
    params(
        ("name" = Option<String>, Query, description = "The name, in whichever case; without paging", example = "Acme", min_length = 1, max_length = 1024, nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "The organization that owns the name, or one page of the organizations of the caller", body = Organizations),
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
    let filter = Filter::effective();
    let page = viewer.page(listing, asked, |record, snapshot| {
        filter
            .passes(record, snapshot)
            .then(|| Membership::of(record, snapshot))
    });
    Ok(page.await?.into_response())
}

/// Who claims a name is found in the index, and is read again together with the caller's places
/// there, so that a name takes as many requests whoever owns it.
async fn named(viewer: &mut Viewer<'_>, name: &str) -> Result<Record, Problem> {
    let list = List::NameClaims(name.to_owned());
    let part = Part {
        limit: Some(limits::PAGE),
        ..Part::default()
    };
    let slice = viewer.slice(&list, part).await?;
    let claimants: Vec<OrganizationId> = slice
        .records
        .into_iter()
        .filter_map(|record| match record.entity {
            Entity::Organization(id) => Some(id),
            _ => None,
        })
        .collect();
    let wanted = |id: &OrganizationId| match &viewer.caller {
        Caller::Service(_) => Entity::Organization(id.clone()),
        Caller::User(user) => membership(id, user),
    };
    let read: Vec<_> = claimants.iter().map(wanted).collect();
    viewer.reader.read(read).await?;
    let snapshot = viewer.reader.snapshot();
    let owner = claimants.iter().find(|id| {
        let contents = snapshot.get(&Entity::Organization((*id).clone()));
        let current = contents.and_then(|contents| contents.text(Attribute::Name));
        current.is_some_and(|current| current.to_lowercase() == name.to_lowercase())
    });
    match owner.cloned() {
        Some(owner) => viewer.organization(&owner).await,
        None => {
            if let (true, Caller::User(user)) = (claimants.is_empty(), &viewer.caller) {
                let read = stand_ins(user);
                viewer.reader.read(read).await?;
            }
            Err(Problem::not_found())
        }
    }
}

/// As many keys as a claimant takes, for a name that nobody claims.
fn stand_ins(user: &UserId) -> Vec<Entity> {
    let ids = ["-", "--"].map(OrganizationId::parse);
    let ids = ids.into_iter().flatten();
    ids.map(|id| membership(&id, user)).collect()
}
