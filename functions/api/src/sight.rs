//! What a caller may see.
//!
//! What is not there and what the caller may not see end in the same place: [`Problem::not_found`].
//!
//! | what | a user sees it who | a service |
//! | --- | --- | --- |
//! | a user, and where it belongs | is that user | sees all |
//! | an organization, its teams and members | is an effective member | sees all |
//! | its pending and removed members | may `members:manage` there | sees all |
//! | its projects | may `projects:read` there | sees all |
//! | a team | is an effective member of its organization | sees all |
//! | a project | may `projects:read` on it | sees all |
//! | roles and permissions | has a token | sees all |

use std::collections::BTreeSet;

use roster_domain::{
    AssignedRole, Decision, Entity, OrganizationId, PermissionId, ProjectId, Resource, Snapshot,
    UserId, assigned_role, closure,
};
use roster_table::Record;

use crate::api::Api;
use crate::caller::Caller;
use crate::problem::Problem;

/// The permission to see who is not, or not yet, a member.
const MANAGE_MEMBERS: &str = "members:manage";

/// The permission to see projects.
const READ_PROJECTS: &str = "projects:read";

/// An organization that the caller may see.
#[derive(Debug)]
pub struct Sight {
    /// The organization.
    pub organization: Record,
    /// What the caller may do there; a service everything.
    permissions: Option<BTreeSet<String>>,
}

impl Sight {
    /// Whether the caller may see pending and removed members.
    pub fn manages_members(&self) -> bool {
        self.may(MANAGE_MEMBERS)
    }

    /// Whether the caller may see projects.
    pub fn reads_projects(&self) -> bool {
        self.may(READ_PROJECTS)
    }

    fn may(&self, permission: &str) -> bool {
        let permissions = self.permissions.as_ref();
        permissions.is_none_or(|permissions| permissions.contains(permission))
    }
}

impl Api {
    /// A user that is there and that the caller may see.
    pub async fn user(&self, caller: &Caller, user: &UserId) -> Result<Record, Problem> {
        let visible = caller.is_service() || caller.is(user);
        let found = match visible {
            true => self.table.record(&Entity::User(user.clone())).await?,
            false => None,
        };
        let present = found.filter(Record::is_present);
        present.ok_or_else(Problem::not_found)
    }

    /// An organization that is there and that the caller may see.
    pub async fn organization(
        &self,
        caller: &Caller,
        id: &OrganizationId,
    ) -> Result<Sight, Problem> {
        let organization = Entity::Organization(id.clone());
        let wanted = match caller {
            Caller::Service(_) => organization.clone(),
            Caller::User(user) => membership(id, user),
        };
        let mut snapshot = Snapshot::default();
        let mut found = None;
        for record in self.table.records(closure([wanted.clone()])).await? {
            if record.is_present() {
                snapshot.insert(record.entity.clone(), record.value.clone());
                if record.entity == organization {
                    found = Some(record);
                }
            }
        }
        let visible = found.filter(|_| snapshot.is_effective(&wanted));
        let organization = visible.ok_or_else(Problem::not_found)?;
        let permissions = match caller {
            Caller::Service(_) => None,
            Caller::User(user) => {
                if let Some(role) = custom_role(&snapshot, &wanted) {
                    snapshot.extend(self.table.snapshot([role]).await?);
                }
                Some(snapshot.permissions(user, id))
            }
        };
        Ok(Sight {
            organization,
            permissions,
        })
    }

    /// Fails unless the project is there and the caller may see it.
    pub async fn project(&self, caller: &Caller, id: &ProjectId) -> Result<Record, Problem> {
        let project = Entity::Project(id.clone());
        let found = match caller {
            Caller::Service(_) => self.table.record(&project).await?,
            Caller::User(user) => {
                let read = PermissionId::parse(READ_PROJECTS);
                let read = read.map_err(|_| Problem::not_found())?;
                let resource = Resource::Project(id.clone());
                let decision = self.table.allowed(user, &read, &resource);
                let record = self.table.record(&project);
                let (decision, record) = tokio::try_join!(decision, record)?;
                record.filter(|_| matches!(decision, Decision::Granted(_)))
            }
        };
        let present = found.filter(Record::is_present);
        present.ok_or_else(Problem::not_found)
    }

    /// Whether a user administers an organization.
    pub async fn administers(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<bool, Problem> {
        let permissions = self.table.permissions(user, organization).await?;
        Ok(permissions.contains(MANAGE_MEMBERS))
    }
}

/// That a user belongs to an organization.
pub fn membership(organization: &OrganizationId, user: &UserId) -> Entity {
    Entity::Membership {
        organization: organization.clone(),
        user: user.clone(),
    }
}

fn custom_role(snapshot: &Snapshot, membership: &Entity) -> Option<Entity> {
    match assigned_role(snapshot.get(membership)?)? {
        AssignedRole::Custom(role) => Some(Entity::Role(role)),
        AssignedRole::BuiltIn(_) => None,
    }
}
