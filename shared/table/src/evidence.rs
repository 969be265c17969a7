//! Reading what many decisions need at once.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use roster_domain::{
    AssignedRole, Entity, OrganizationId, PermissionId, Resource, Snapshot, UserId, assigned_role,
    is_built_in_permission, owner,
};

use crate::load::Reading;
use crate::{Cursor, List, Part, ReadError, Record, Table};

impl Table {
    /// What has to be known to decide whether any of the users may do any of that on any of the
    /// resources, strongly consistent: [`Snapshot::allowed`] then decides each without reading.
    ///
    /// It takes as many steps as one decision: what the ids tell beside the teams of each project;
    /// then owners and the users' places in them and in the teams; then roles of the producers'
    /// own. A step takes one `BatchGetItem` for each hundred keys, side by side.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManyTeams`] for a project with more than [`PROJECT_TEAMS`](crate::PROJECT_TEAMS)
    /// teams.
    pub async fn evidence(
        &self,
        users: &[UserId],
        permissions: &[PermissionId],
        resources: &[Resource],
    ) -> Result<Snapshot, ReadError> {
        let mut first: Vec<_> = users.iter().cloned().map(Entity::User).collect();
        let own = permissions.iter();
        let own = own.filter(|permission| !is_built_in_permission(permission.as_str()));
        first.extend(own.cloned().map(Entity::Permission));
        let mut projects = Vec::new();
        for resource in resources {
            match resource {
                Resource::Organization(organization) => {
                    first.push(Entity::Organization(organization.clone()));
                    first.extend(users.iter().map(|user| membership(organization, user)));
                }
                Resource::Project(project) => {
                    projects.push(project);
                    first.push(Entity::Project(project.clone()));
                    first.extend(users.iter().map(|user| Entity::ProjectUser {
                        project: project.clone(),
                        user: user.clone(),
                    }));
                }
            }
        }
        let mut reading = Reading::of(self);
        let teams = try_join_all(projects.iter().map(|project| self.teams_of(project)));
        let (open, teams) = tokio::try_join!(reading.step(first), teams)?;
        let mut next: Vec<_> = open.into_iter().collect();
        for project in projects {
            let contents = reading.snapshot.get(&Entity::Project(project.clone()));
            if let Some(Entity::Organization(organization)) = contents.and_then(owner) {
                next.extend(users.iter().map(|user| membership(&organization, user)));
            }
        }
        for team in teams.into_iter().flatten() {
            if let Entity::ProjectTeam {
                organization, team, ..
            } = &team
            {
                next.extend(users.iter().map(|user| Entity::TeamMember {
                    organization: organization.clone(),
                    team: team.clone(),
                    user: user.clone(),
                }));
            }
            next.push(team);
        }
        reading.read(next).await?;
        let roles = custom_roles(&reading.snapshot);
        reading.read(roles).await?;
        Ok(reading.snapshot)
    }

    /// A part of a list by itself, with one `Query`: which of it is effective is not known.
    pub async fn part(
        &self,
        list: &List,
        part: Part,
    ) -> Result<(Vec<Record>, Option<Cursor>), ReadError> {
        self.query(list, part).await
    }
}

pub(crate) fn membership(organization: &OrganizationId, user: &UserId) -> Entity {
    Entity::Membership {
        organization: organization.clone(),
        user: user.clone(),
    }
}

/// The producers' own roles that memberships in the snapshot name.
pub(crate) fn custom_roles(snapshot: &Snapshot) -> BTreeSet<Entity> {
    let memberships = snapshot.entities().filter_map(|entity| match entity {
        Entity::Membership { .. } => snapshot.get(entity),
        _ => None,
    });
    let roles = memberships.filter_map(|membership| match assigned_role(membership)? {
        AssignedRole::Custom(role) => Some(Entity::Role(role)),
        AssignedRole::BuiltIn(_) => None,
    });
    roles.collect()
}
