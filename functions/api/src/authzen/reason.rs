//! The reason of a decision, as the `reason` in its context.
//!
//! | `code` | other members | meaning |
//! | --- | --- | --- |
//! | `role` | `organization_id`, `role` or `role_id` | granted by the subject's role in that organization |
//! | `owner` | | granted because the subject owns the project |
//! | `project_user` | `role` or `role_id`, unless it is for reading | granted because the subject is a user of the project |
//! | `team` | `organization_id`, `team_id`; `role` or `role_id`, unless it is for reading | granted through that team |
//! | `absent` | `entity` with its `type` and ids | denied because that does not exist |
//! | `inactive` | `entity` | denied because that user is deactivated |
//! | `void` | `entity`, `removed` | denied because `removed` was removed after `entity` was stated |
//! | `not_granted` | | denied because nothing grants it |

use roster_domain::{AssignedRole, Decision, Denial, Entity, Grant, Obstacle};
use serde_json::{Map, Value};

/// Returns the reason of a decision.
pub fn of(decision: &Decision) -> Map<String, Value> {
    match decision {
        Decision::Granted(grant) => granted(grant),
        Decision::Denied(Denial::NotGranted) => reason("not_granted", []),
        Decision::Denied(Denial::Obstacle(obstacle)) => match obstacle {
            Obstacle::Absent(entity) => reason("absent", [("entity", told(entity).into())]),
            Obstacle::Inactive(user) => {
                let user = told(&Entity::User(user.clone()));
                reason("inactive", [("entity", user.into())])
            }
            Obstacle::Void { reference, removed } => {
                let entity = ("entity", told(reference).into());
                reason("void", [entity, ("removed", told(removed).into())])
            }
        },
    }
}

fn granted(grant: &Grant) -> Map<String, Value> {
    let (mut granted, role) = match grant {
        Grant::OwnRole { organization, role } => {
            let organization = ("organization_id", organization.as_str().into());
            (reason("role", [organization]), Some(role))
        }
        Grant::Owner => (reason("owner", []), None),
        Grant::ProjectUser { role } => (reason("project_user", []), role.as_ref()),
        Grant::Team {
            organization,
            team,
            role,
        } => {
            let organization = ("organization_id", organization.as_str().into());
            let team = ("team_id", team.as_str().into());
            (reason("team", [organization, team]), role.as_ref())
        }
    };
    granted.extend(role.map(|role| match role {
        AssignedRole::BuiltIn(role) => ("role".to_owned(), role.as_str().into()),
        AssignedRole::Custom(role) => ("role_id".to_owned(), role.as_str().into()),
    }));
    granted
}

fn told(entity: &Entity) -> Map<String, Value> {
    let kind = entity.kind();
    let snake = |name: &str| name.replace("Id", "_id");
    let ids = kind.ids().iter().zip(entity.ids());
    let ids = ids.map(|(name, id)| (snake(name.name), id.into()));
    let of_type = kind.name().replace(' ', "_");
    [("type".to_owned(), of_type.into())]
        .into_iter()
        .chain(ids)
        .collect()
}

fn reason<const N: usize>(code: &str, more: [(&str, Value); N]) -> Map<String, Value> {
    let code = [("code", Value::from(code))].into_iter();
    code.chain(more)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
