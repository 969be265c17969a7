//! `GET /teams/{id}`.

use axum::extract::State;
use axum::response::Response;
use roster_domain::{Entity, EntityId, OrganizationId, TeamId};
use roster_table::{List, Part};

use crate::api::Api;
use crate::caller::Caller;
use crate::etag::IfNoneMatch;
use crate::ids::Ids;
use crate::limits;
use crate::problem::{Kind, Problem, Problems};
use crate::query::Params;
use crate::view::Team;

/// A team. Its id is one within its organization only: where the caller sees several of that id,
/// or is in too many organizations to look into each, it has to name the organization.
#[utoipa::path(
    get,
    path = "/teams/{id}",
    tag = "teams",
    params(
        ("id" = String, Path, description = "The team", example = "core"),
        ("organizationId" = Option<String>, Query, description = "Whose team it is", example = "acme", nullable = false),
    ),
    responses((status = 200, body = Team), (status = 304, description = "The caller has it"), Problems),
    security(("token" = []))
)]
pub async fn get_team(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&["organizationId"])?;
    let team: TeamId = ids.get("id")?;
    let organization = match params.get("organizationId") {
        Some(id) => EntityId::parse(id)
            .map_err(|_| Problem::not_found())?
            .into(),
        None => the_only_one(&api, &caller, &team).await?,
    };
    let entity = of(&organization, &team);
    let sight = api.organization(&caller, &organization);
    let (sight, found) = futures::join!(sight, api.table.record(&entity));
    sight?; // It is present, so a present team is effective.
    let record = found?.filter(roster_table::Record::is_present);
    let record = record.ok_or_else(Problem::not_found)?;
    Ok(has.answer(record.revision, true, Team::of(&record, true)))
}

/// The organization whose team it is, of those the caller sees. A user's are looked into one by
/// one, so that teams of others change nothing.
async fn the_only_one(
    api: &Api,
    caller: &Caller,
    team: &TeamId,
) -> Result<OrganizationId, Problem> {
    let (list, limit) = match caller {
        Caller::Service(_) => (List::TeamsOfId(team.clone()), 2),
        Caller::User(user) => (List::UserOrganizations(user.clone()), limits::PAGE),
    };
    let part = Part {
        limit: Some(limit),
        ..Part::default()
    };
    let page = api.table.list(&list, part).await?;
    let effective = page.records.iter().map(|record| &record.entity);
    let effective = effective.filter(|entity| page.snapshot.is_effective(entity));
    let teams: Vec<_> = effective
        .filter_map(|entity| match entity {
            Entity::Membership { organization, .. } | Entity::Team { organization, .. } => {
                Some(of(organization, team))
            }
            _ => None,
        })
        .collect();
    let there = api.table.records(teams).await?;
    let mut there = there.iter().filter(|record| record.is_present());
    let (one, other) = (there.next(), there.next());
    if page.next.is_some() || other.is_some() {
        let detail = "The caller sees several teams of that id, or many organizations.";
        return Err(Problem {
            field: Some("organizationId".to_owned()),
            ..Problem::new(Kind::Ambiguous, detail)
        });
    }
    match one.map(|record| &record.entity) {
        Some(Entity::Team { organization, .. }) => Ok(organization.clone()),
        _ => Err(Problem::not_found()),
    }
}

fn of(organization: &OrganizationId, team: &TeamId) -> Entity {
    Entity::Team {
        organization: organization.clone(),
        team: team.clone(),
    }
}
