//! Reading what a decision needs. The decision itself is the domain's.

use std::collections::BTreeSet;

use roster_domain::{
    AssignedRole, Attribute, Decision, Entity, OrganizationId, PermissionId, ProjectId, Resource,
    Snapshot, UserId, assigned_role, is_built_in_permission, owner,
};

use crate::list::{List, Part};
use crate::load::Reading;
use crate::{ReadError, Table};

/// Most teams of a project that a decision looks at. Roster's own: each takes four keys of a
/// `BatchGetItem`, so this many take ten requests side by side.
pub const PROJECT_TEAMS: usize = 250;

impl Table {
    /// The permissions of a user in an organization, strongly consistent. One `BatchGetItem` with
    /// a built-in role; with another, one more for it and then one for each hundred permissions.
    pub async fn permissions(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<BTreeSet<String>, ReadError> {
        let mut reading = Reading::of(self);
        reading.read([membership(organization, user)]).await?;
        let roles = custom_roles(&reading.snapshot);
        reading.read(roles.iter().cloned()).await?;
        let listed = roles.iter().filter_map(|role| reading.snapshot.get(role));
        let listed = listed.filter_map(|role| role.texts(Attribute::PermissionIds));
        let listed = listed.flatten().filter(|id| !is_built_in_permission(id));
        let listed = listed.filter_map(|id| PermissionId::parse(id).ok());
        let listed: Vec<_> = listed.map(Entity::Permission).collect();
        reading.read(listed).await?;
        Ok(reading.snapshot.permissions(user, organization))
    }

    /// Whether a user may do that on the resource, strongly consistent.
    ///
    /// On an organization one `BatchGetItem`, and one more if the member has a role of the
    /// producers' own. On a project the `Query` for its teams beside the first, one more for the
    /// teams and the owner, and one for such roles.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManyTeams`] for a project with more than [`PROJECT_TEAMS`] teams.
    pub async fn allowed(
        &self,
        user: &UserId,
        permission: &PermissionId,
        resource: &Resource,
    ) -> Result<Decision, ReadError> {
        let mut first = vec![Entity::User(user.clone())];
        if !is_built_in_permission(permission.as_str()) {
            first.push(Entity::Permission(permission.clone()));
        }
        let mut reading = Reading::of(self);
        match resource {
            Resource::Organization(organization) => {
                first.push(membership(organization, user));
                reading.read(first).await?;
            }
            Resource::Project(project) => {
                self.read_project(&mut reading, user, project, first)
                    .await?;
            }
        }
        let roles = custom_roles(&reading.snapshot);
        reading.read(roles).await?;
        Ok(reading.snapshot.allowed(user, permission, resource))
    }

    async fn read_project(
        &self,
        reading: &mut Reading<'_>,
        user: &UserId,
        project: &ProjectId,
        mut first: Vec<Entity>,
    ) -> Result<(), ReadError> {
        first.push(Entity::ProjectUser {
            project: project.clone(),
            user: user.clone(),
        });
        let (open, teams) = tokio::try_join!(reading.step(first), self.teams_of(project))?;
        let mut next: Vec<_> = open.into_iter().collect();
        let contents = reading.snapshot.get(&Entity::Project(project.clone()));
        if let Some(Entity::Organization(organization)) = contents.and_then(owner) {
            next.push(membership(&organization, user));
        }
        for team in teams {
            if let Entity::ProjectTeam {
                organization, team, ..
            } = &team
            {
                next.push(Entity::TeamMember {
                    organization: organization.clone(),
                    team: team.clone(),
                    user: user.clone(),
                });
            }
            next.push(team);
        }
        reading.read(next).await
    }

    async fn teams_of(&self, project: &ProjectId) -> Result<Vec<Entity>, ReadError> {
        let list = List::ProjectTeams(project.clone());
        let mut teams = Vec::new();
        let mut part = Part::default();
        loop {
            let (records, next) = self.query(&list, part).await?;
            teams.extend(records.into_iter().map(|record| record.entity));
            if teams.len() > PROJECT_TEAMS {
                return Err(ReadError::TooManyTeams);
            }
            let Some(next) = next else {
                return Ok(teams);
            };
            part = Part {
                from: Some(next),
                ..Part::default()
            };
        }
    }
}

fn membership(organization: &OrganizationId, user: &UserId) -> Entity {
    Entity::Membership {
        organization: organization.clone(),
        user: user.clone(),
    }
}

/// The producers' own roles that memberships in the snapshot name.
fn custom_roles(snapshot: &Snapshot) -> BTreeSet<Entity> {
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
