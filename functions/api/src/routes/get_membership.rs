//! `GET /organizations/{id}/users/{userId}`.

use axum::extract::State;
use axum::response::Response;
use roster_domain::{OrganizationId, UserId};
use roster_table::membership;

use crate::api::Api;
use crate::view::Membership;
use crate::viewer::MANAGE_MEMBERS;
use roster_http::{Caller, Ids, IfNoneMatch, Params, Problem, Problems, etag};

/// Gets a user's membership in an organization. Callers who may manage members can also get removed
/// and pending members.
#[utoipa::path(
    get,
    path = "/organizations/{id}/users/{userId}",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization", example = "acme"),
        ("userId" = String, Path, description = "The user", example = "ada"),
    ),
    responses(
        (status = 200, description = "The user's membership in the organization", body = Membership),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn get_membership(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&[])?;
    let (organization, user): (OrganizationId, UserId) = (ids.get("id")?, ids.get("userId")?);
    let mut viewer = api.viewer(caller).await?;
    viewer.organization(&organization).await?;
    // Checked before the member is read, so that the time does not reveal whether there ever was
    // one.
    let manages = viewer.may(MANAGE_MEMBERS, &organization).await?;
    let wanted = membership(&organization, &user);
    viewer.reader.read([wanted.clone()]).await?;
    let record = viewer.reader.record(&wanted);
    let record = record.filter(|record| record.is_present() || manages);
    let record = record.filter(|record| !viewer.is_former(record));
    let record = record.ok_or_else(Problem::not_found)?;
    let view = Membership::of(record, viewer.reader.snapshot());
    let name = etag::fingerprint(view.name.as_deref().unwrap_or_default());
    let reason = etag::fingerprint(view.reason.as_deref().unwrap_or_default());
    Ok(has.answer_from(&[record.revision, name, reason], view.effective, view))
}
