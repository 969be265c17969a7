//! Reading what a decision needs. The decision itself is the domain's.

use std::collections::BTreeSet;

use roster_domain::{
    Attribute, Decision, Entity, OrganizationId, PermissionId, ProjectId, Resource, UserId,
    is_built_in_permission,
};

use crate::evidence::{custom_roles, membership};
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
        let evidence = self.evidence(
            std::slice::from_ref(user),
            std::slice::from_ref(permission),
            std::slice::from_ref(resource),
        );
        Ok(evidence.await?.allowed(user, permission, resource))
    }

    pub(crate) async fn teams_of(&self, project: &ProjectId) -> Result<Vec<Entity>, ReadError> {
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
