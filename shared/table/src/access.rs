//! Single decisions, for callers that ask one at a time.

use std::collections::BTreeSet;

use roster_domain::{
    Attribute, Decision, Entity, OrganizationId, PermissionId, Resource, UserId,
    is_built_in_permission,
};

use crate::evidence::{Ask, TeamSide, membership};
use crate::reader::Reader;
use crate::{ReadError, Table};

/// Most keys that a single decision reads. Roster's own: two for each team of a project, so that a
/// project may have nearly two thousand.
pub const DECISION_KEYS: usize = 4_000;

impl Table {
    /// The permissions of a user in an organization, strongly consistent. One `BatchGetItem` with
    /// a built-in role; with another, one more for it and then one for each hundred permissions.
    pub async fn permissions(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<BTreeSet<String>, ReadError> {
        let mut reader = Reader::new(self, DECISION_KEYS);
        reader.read([membership(organization, user)]).await?;
        reader.roles().await?;
        let snapshot = reader.snapshot();
        let roles = snapshot.entities().filter_map(|entity| match entity {
            Entity::Role(_) => snapshot.get(entity)?.texts(Attribute::PermissionIds),
            _ => None,
        });
        let listed = roles.flatten().filter(|id| !is_built_in_permission(id));
        let listed = listed.filter_map(|id| PermissionId::parse(id).ok());
        let listed: Vec<_> = listed.map(Entity::Permission).collect();
        reader.read(listed).await?;
        Ok(reader.snapshot().permissions(user, organization))
    }

    /// Whether a user may do that on the resource, strongly consistent.
    ///
    /// On an organization one `BatchGetItem`, and one more if the member has a custom role. On a
    /// project the `Query` for its teams beside the first, one more for the owner and for which of
    /// the teams the user is in, one for what those refer to, and one for custom roles.
    ///
    /// # Errors
    ///
    /// [`ReadError::OverBudget`] for a project with so many teams that it would take more than
    /// [`DECISION_KEYS`].
    pub async fn allowed(
        &self,
        user: &UserId,
        permission: &PermissionId,
        resource: &Resource,
    ) -> Result<Decision, ReadError> {
        let ask = Ask {
            user: user.clone(),
            permission: permission.clone(),
            resource: resource.clone(),
        };
        let mut reader = Reader::new(self, DECISION_KEYS);
        reader.allowed(&ask, TeamSide::Project).await
    }
}
