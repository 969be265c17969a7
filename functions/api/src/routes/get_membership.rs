//! `GET /organizations/{id}/users/{userId}`.

use axum::extract::State;
use axum::response::Response;
use roster_domain::{Entity, OrganizationId, Snapshot, UserId, closure};
use roster_table::Record;

use crate::api::Api;
use crate::caller::Caller;
use crate::etag::IfNoneMatch;
use crate::ids::Ids;
use crate::problem::{Problem, Problems};
use crate::query::Params;
use crate::sight::membership;
use crate::view::Membership;

/// A member of an organization. Who may manage members also finds those that are removed or
/// pending.
#[utoipa::path(
    get,
    path = "/organizations/{id}/users/{userId}",
    tag = "organizations",
    params(
        ("id" = String, Path, description = "The organization"),
        ("userId" = String, Path, description = "The user"),
    ),
    responses((status = 200, body = Membership), (status = 304, description = "The caller has it"), Problems),
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
    let wanted = membership(&organization, &user);
    let (sight, found) = futures::join!(
        api.organization(&caller, &organization),
        find(&api, &wanted)
    );
    let sight = sight?;
    let (record, effective) = found?.ok_or_else(Problem::not_found)?;
    if !record.is_present() && !sight.manages_members() {
        return Err(Problem::not_found());
    }
    let view = Membership::of(&record, effective);
    Ok(has.answer(record.revision, effective, view))
}

async fn find(api: &Api, wanted: &Entity) -> Result<Option<(Record, bool)>, Problem> {
    let mut snapshot = Snapshot::default();
    let mut found = None;
    for record in api.table.records(closure([wanted.clone()])).await? {
        if record.is_present() {
            snapshot.insert(record.entity.clone(), record.value.clone());
        }
        if record.entity == *wanted {
            found = Some(record);
        }
    }
    Ok(found.map(|record| (record, snapshot.is_effective(wanted))))
}
