//! Access decisions. All of them are made here, over a [`Snapshot`].
//!
//! A permission is checked on an organization or on a project:
//!
//! | path | permissions |
//! | --- | --- |
//! | own role: an effective member of the organization, or of the organization that owns the project | those of the role |
//! | owner: the user who owns the project | read, update and delete the project |
//! | project user: an effective user of the project | read the project |
//! | through a team: an effective member of an effective team of the project | read the project, and those of the member's role in the team's organization |
//!
//! An absent role grants nothing, and a permission that is neither built in nor present is never
//! granted.

use std::collections::BTreeSet;

use crate::role::is_built_in_permission;
use crate::snapshot::assigned_role;
use crate::{
    AssignedRole, Attribute, Entity, OrganizationId, PermissionId, ProjectId, RoleId, Snapshot,
    TeamId, UserId,
};

/// The permission of everyone who works on a project.
const READ_PROJECT: &str = "projects:read";

/// The permissions of the user who owns a project.
const OF_OWNER: [&str; 3] = [READ_PROJECT, "projects:update", "projects:delete"];

/// The resource that a permission is checked on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// An organization.
    Organization(OrganizationId),
    /// A project.
    Project(ProjectId),
}

/// Whether access is granted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Access is granted by this path, the first that applies in the order of the variants.
    Granted(Grant),
    /// Access is denied.
    Denied(Denial),
}

/// The path that grants a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The user's role in the organization itself, or in the organization that owns the project.
    OwnRole {
        /// That organization.
        organization: OrganizationId,
        /// The role.
        role: AssignedRole,
    },
    /// The user owns the project.
    Owner,
    /// The user works on the project.
    ProjectUser,
    /// The user belongs to a team that works on the project.
    Team {
        /// The organization of the team.
        organization: OrganizationId,
        /// The team.
        team: TeamId,
    },
}

/// Why a permission is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// A prerequisite is absent: the resource, the user, the membership, the role or the
    /// permission.
    Absent(Entity),
    /// Everything is present, but nothing grants the permission.
    NotGranted,
}

impl Snapshot {
    /// The permissions that a user's role grants in an organization; empty without an effective
    /// membership.
    pub fn permissions(&self, user: &UserId, organization: &OrganizationId) -> BTreeSet<String> {
        match self.role_in(organization, user) {
            Ok(role) => self.permissions_of(&role),
            Err(_) => BTreeSet::new(),
        }
    }

    /// The permissions that a role grants.
    pub fn permissions_of(&self, role: &AssignedRole) -> BTreeSet<String> {
        match role {
            AssignedRole::BuiltIn(role) => {
                role.permissions().iter().map(|&id| id.to_owned()).collect()
            }
            AssignedRole::Custom(role) => {
                let listed = self.listed_by(role);
                let there =
                    listed.filter(|id| PermissionId::parse(id).is_ok_and(|id| self.has(&id)));
                there.map(str::to_owned).collect()
            }
        }
    }

    /// Decides whether a user has a permission on a resource.
    pub fn allowed(
        &self,
        user: &UserId,
        permission: &PermissionId,
        resource: &Resource,
    ) -> Decision {
        let what = match resource {
            Resource::Organization(organization) => Entity::Organization(organization.clone()),
            Resource::Project(project) => Entity::Project(project.clone()),
        };
        let obstacle = self
            .obstacle(&what)
            .or_else(|| self.obstacle(&Entity::User(user.clone())))
            .or_else(|| (!self.has(permission)).then(|| Entity::Permission(permission.clone())));
        if let Some(absent) = obstacle {
            return Decision::Denied(Denial::Absent(absent));
        }
        match resource {
            Resource::Organization(organization) => {
                self.by_own_role(user, permission, organization)
            }
            Resource::Project(project) => self.on_project(user, permission, project),
        }
    }

    fn by_own_role(
        &self,
        user: &UserId,
        permission: &PermissionId,
        organization: &OrganizationId,
    ) -> Decision {
        let role = match self.role_in(organization, user) {
            Ok(role) => role,
            Err(absent) => return Decision::Denied(Denial::Absent(absent)),
        };
        if self.grants(&role, permission) {
            let organization = organization.clone();
            return Decision::Granted(Grant::OwnRole { organization, role });
        }
        let denial = match &role {
            AssignedRole::Custom(id) => self.obstacle(&Entity::Role(id.clone())),
            AssignedRole::BuiltIn(_) => None,
        };
        Decision::Denied(denial.map_or(Denial::NotGranted, Denial::Absent))
    }

    fn on_project(
        &self,
        user: &UserId,
        permission: &PermissionId,
        project: &ProjectId,
    ) -> Decision {
        let contents = self.get(&Entity::Project(project.clone()));
        match contents.and_then(crate::snapshot::owner) {
            Some(Entity::Organization(owner)) => {
                let decision = self.by_own_role(user, permission, &owner);
                if let Decision::Granted(_) = decision {
                    return decision;
                }
            }
            Some(Entity::User(owner))
                if owner == *user && OF_OWNER.contains(&permission.as_str()) =>
            {
                return Decision::Granted(Grant::Owner);
            }
            _ => {}
        }
        let works_on_it = Entity::ProjectUser {
            project: project.clone(),
            user: user.clone(),
        };
        if permission.as_str() == READ_PROJECT && self.is_effective(&works_on_it) {
            return Decision::Granted(Grant::ProjectUser);
        }
        let mut teams = self.teams_of(project);
        let grant = teams.find_map(|(organization, team)| {
            let member = Entity::TeamMember {
                organization: organization.clone(),
                team: team.clone(),
                user: user.clone(),
            };
            let granted = self.is_effective(&member)
                && (permission.as_str() == READ_PROJECT
                    || self
                        .role_in(organization, user)
                        .is_ok_and(|role| self.grants(&role, permission)));
            granted.then(|| Grant::Team {
                organization: organization.clone(),
                team: team.clone(),
            })
        });
        grant.map_or(Decision::Denied(Denial::NotGranted), Decision::Granted)
    }

    /// The effective teams of a project.
    fn teams_of<'a>(
        &'a self,
        project: &'a ProjectId,
    ) -> impl Iterator<Item = (&'a OrganizationId, &'a TeamId)> {
        self.entities().filter_map(move |entity| match entity {
            Entity::ProjectTeam {
                project: of,
                organization,
                team,
            } if of == project && self.is_effective(entity) => Some((organization, team)),
            _ => None,
        })
    }

    /// The role of an effective member, or the absent entity that makes the membership
    /// ineffective.
    fn role_in(
        &self,
        organization: &OrganizationId,
        user: &UserId,
    ) -> Result<AssignedRole, Entity> {
        let membership = Entity::Membership {
            organization: organization.clone(),
            user: user.clone(),
        };
        if let Some(absent) = self.obstacle(&membership) {
            return Err(absent);
        }
        self.get(&membership)
            .and_then(assigned_role)
            .ok_or(membership)
    }

    /// Whether a role grants an existing permission. A custom role must be in the snapshot.
    pub fn grants(&self, role: &AssignedRole, permission: &PermissionId) -> bool {
        match role {
            AssignedRole::BuiltIn(role) => role.permissions().contains(&permission.as_str()),
            AssignedRole::Custom(role) => {
                let mut listed = self.listed_by(role);
                listed.any(|listed| listed == permission.as_str())
            }
        }
    }

    /// The permissions that a custom role lists, if it is present.
    fn listed_by(&self, role: &RoleId) -> impl Iterator<Item = &str> {
        let contents = self.get(&Entity::Role(role.clone()));
        let listed = contents.and_then(|contents| contents.texts(Attribute::PermissionIds));
        listed.into_iter().flatten().map(String::as_str)
    }

    /// Whether a permission is built in or present.
    fn has(&self, permission: &PermissionId) -> bool {
        is_built_in_permission(permission.as_str())
            || self.is_effective(&Entity::Permission(permission.clone()))
    }
}
