//! Who may do what, decided over a [`Snapshot`] and nowhere else.
//!
//! A permission is asked for on an organization or on a project:
//!
//! | path | what it grants |
//! | --- | --- |
//! | own role: an effective member of the organization, or of the one that owns the project | the permissions of the role |
//! | owner: the user that owns the project | to read, update and delete the project |
//! | project user: an effective user of the project | to read the project |
//! | through a team: an effective member of an effective team of the project | to read the project, and the permissions of the member's role in the team's organization |
//!
//! A role that is absent grants nothing, and a permission that is neither built in nor present is
//! granted by nothing.

use std::collections::BTreeSet;

use crate::role::is_built_in_permission;
use crate::snapshot::assigned_role;
use crate::{
    AssignedRole, Attribute, Entity, OrganizationId, PermissionId, ProjectId, RoleId, Snapshot,
    TeamId, UserId,
};

/// The permission that everybody has who works on a project.
const READ_PROJECT: &str = "projects:read";

/// The permissions of the user that owns a project.
const OF_OWNER: [&str; 3] = [READ_PROJECT, "projects:update", "projects:delete"];

/// What a permission is asked for on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// An organization.
    Organization(OrganizationId),
    /// A project.
    Project(ProjectId),
}

/// Whether it is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// It is, by the first of these paths in the order of the variants.
    Granted(Grant),
    /// It is not.
    Denied(Denial),
}

/// The path that grants a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The user's role in the organization that was asked about or that owns the project.
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
        /// Whose team it is.
        organization: OrganizationId,
        /// Which team.
        team: TeamId,
    },
}

/// Why a permission is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// Something on the way to it is absent: the resource, the user, the membership, the role or
    /// the permission.
    Absent(Entity),
    /// Everything is there, and nothing grants it.
    NotGranted,
}

impl Snapshot {
    /// The permissions of a user in an organization, by its role; nothing without an effective
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

    /// Whether a user may do that on the resource.
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

    /// The role of an effective member, or what keeps it from being one.
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

    /// Whether a role grants a permission that exists. A custom role has to be in the snapshot.
    pub fn grants(&self, role: &AssignedRole, permission: &PermissionId) -> bool {
        match role {
            AssignedRole::BuiltIn(role) => role.permissions().contains(&permission.as_str()),
            AssignedRole::Custom(role) => {
                let mut listed = self.listed_by(role);
                listed.any(|listed| listed == permission.as_str())
            }
        }
    }

    /// What a custom role lists, as long as it is present.
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
