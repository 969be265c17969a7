//! Access decisions. All of them are made here, over a [`Snapshot`].
//!
//! A permission is checked on an organization or on a project:
//!
//! | path | permissions |
//! | --- | --- |
//! | own role: an effective member of the organization, or of the organization that owns the project | those of the role |
//! | owner: the user who owns the project | read, update and delete the project |
//! | project user: an effective user of the project | read the project, and those of the role stated for that user on the project |
//! | through a team: an effective member of an effective team of the project | read the project, and those of the role stated for the team on the project that the member's role in the team's organization grants as well |
//!
//! The role stated for a team on a project is an upper bound: it admits no member to more than the
//! member's own organization does, and the other organization's role admits nobody to more than the
//! project's owner agreed to. Without a role, a project user or team may only read.
//!
//! An absent or void role grants nothing, and a permission that is neither built in nor present is
//! never granted.

use std::collections::BTreeSet;

use crate::role::is_built_in_permission;
use crate::snapshot::assigned_role;
use crate::{
    AssignedRole, Attribute, Entity, Obstacle, OrganizationId, PermissionId, ProjectId, RoleId,
    Snapshot, TeamId, UserId,
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
    ProjectUser {
        /// The role of the user on the project, if the permission needs one.
        role: Option<AssignedRole>,
    },
    /// The user belongs to a team that works on the project.
    Team {
        /// The organization of the team.
        organization: OrganizationId,
        /// The team.
        team: TeamId,
        /// The role of the team on the project, if the permission needs one. The user's role in
        /// the team's organization grants the permission as well.
        role: Option<AssignedRole>,
    },
}

/// Why a permission is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// A prerequisite is not effective: the resource, the user, the membership, the role or the
    /// permission.
    Obstacle(Obstacle),
    /// Everything is effective, but nothing grants the permission.
    NotGranted,
}

impl From<Obstacle> for Denial {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

impl From<Obstacle> for Box<Denial> {
    fn from(obstacle: Obstacle) -> Self {
        Self::new(obstacle.into())
    }
}

impl Snapshot {
    /// The permissions that a user's role grants in an organization; empty without an effective
    /// membership.
    pub fn permissions(&self, user: &UserId, organization: &OrganizationId) -> BTreeSet<String> {
        let membership = membership(organization, user);
        if !self.is_effective(&membership) {
            return BTreeSet::new();
        }
        match self.get(&membership).and_then(assigned_role) {
            None => BTreeSet::new(),
            Some(AssignedRole::BuiltIn(role)) => {
                role.permissions().iter().map(|&id| id.to_owned()).collect()
            }
            Some(AssignedRole::Custom(role)) => {
                let listed = self.listed_by(&role).map(str::to_owned);
                let granted = |id: &String| {
                    PermissionId::parse(id)
                        .is_ok_and(|id| self.has(&id) && self.role_grants(&membership, &id))
                };
                listed.filter(granted).collect()
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
        let absent = || Obstacle::Absent(Entity::Permission(permission.clone()));
        let obstacle = self
            .obstacle(&what)
            .or_else(|| self.obstacle(&Entity::User(user.clone())))
            .or_else(|| (!self.has(permission)).then(absent));
        if let Some(obstacle) = obstacle {
            return Decision::Denied(obstacle.into());
        }
        let granted = match resource {
            Resource::Organization(organization) => {
                self.by_own_role(user, permission, organization)
            }
            Resource::Project(project) => self.on_project(user, permission, project),
        };
        granted.map_or_else(|denial| Decision::Denied(*denial), Decision::Granted)
    }

    fn by_own_role(
        &self,
        user: &UserId,
        permission: &PermissionId,
        organization: &OrganizationId,
    ) -> Result<Grant, Box<Denial>> {
        let membership = membership(organization, user);
        if let Some(obstacle) = self.obstacle(&membership) {
            return Err(obstacle.into());
        }
        let role = self.granting_role(&membership, permission)?;
        let organization = organization.clone();
        Ok(Grant::OwnRole { organization, role })
    }

    fn on_project(
        &self,
        user: &UserId,
        permission: &PermissionId,
        project: &ProjectId,
    ) -> Result<Grant, Box<Denial>> {
        let contents = self.get(&Entity::Project(project.clone()));
        let mut denials = Vec::new();
        match contents.and_then(crate::snapshot::owner) {
            Some(Entity::Organization(owner)) => match self.by_own_role(user, permission, &owner) {
                Ok(grant) => return Ok(grant),
                Err(denial) => denials.push(*denial),
            },
            Some(Entity::User(owner))
                if owner == *user && OF_OWNER.contains(&permission.as_str()) =>
            {
                return Ok(Grant::Owner);
            }
            _ => {}
        }
        match self.as_project_user(user, permission, project) {
            Ok(grant) => return Ok(grant),
            Err(denial) => denials.push(*denial),
        }
        for (organization, team) in self.teams_of(project) {
            match self.through(user, permission, project, (organization, team)) {
                Ok(grant) => return Ok(grant),
                Err(denial) => denials.push(*denial),
            }
        }
        // Of several paths that do not grant it, only one that would if it were not void matters.
        let is_void = |denial: &Denial| matches!(denial, Denial::Obstacle(Obstacle::Void { .. }));
        let void = denials.into_iter().find(is_void);
        Err(Box::new(void.unwrap_or(Denial::NotGranted)))
    }

    fn as_project_user(
        &self,
        user: &UserId,
        permission: &PermissionId,
        project: &ProjectId,
    ) -> Result<Grant, Box<Denial>> {
        let works_on_it = Entity::ProjectUser {
            project: project.clone(),
            user: user.clone(),
        };
        if let Some(obstacle) = self.obstacle(&works_on_it) {
            return Err(obstacle.into());
        }
        let role = match permission.as_str() {
            READ_PROJECT => None,
            _ => Some(self.granting_role(&works_on_it, permission)?),
        };
        Ok(Grant::ProjectUser { role })
    }

    fn through(
        &self,
        user: &UserId,
        permission: &PermissionId,
        project: &ProjectId,
        (organization, team): (&OrganizationId, &TeamId),
    ) -> Result<Grant, Box<Denial>> {
        let (organization, team) = (organization.clone(), team.clone());
        let place = Entity::ProjectTeam {
            project: project.clone(),
            organization: organization.clone(),
            team: team.clone(),
        };
        let member = Entity::TeamMember {
            organization: organization.clone(),
            team: team.clone(),
            user: user.clone(),
        };
        let obstacle = self.obstacle(&member).or_else(|| self.obstacle(&place));
        if let Some(obstacle) = obstacle {
            return Err(obstacle.into());
        }
        let mut role = None;
        if permission.as_str() != READ_PROJECT {
            role = Some(self.granting_role(&place, permission)?);
            self.granting_role(&membership(&organization, user), permission)?;
        }
        Ok(Grant::Team {
            organization,
            team,
            role,
        })
    }

    /// The teams of a project, effective or not.
    fn teams_of<'a>(
        &'a self,
        project: &'a ProjectId,
    ) -> impl Iterator<Item = (&'a OrganizationId, &'a TeamId)> {
        self.entities().filter_map(move |entity| match entity {
            Entity::ProjectTeam {
                project: of,
                organization,
                team,
            } if of == project => Some((organization, team)),
            _ => None,
        })
    }

    /// Whether the role that a relationship states grants an existing permission. A custom role
    /// and the permission must be in the snapshot. Whether the relationship is effective is not
    /// checked.
    pub fn role_grants(&self, relationship: &Entity, permission: &PermissionId) -> bool {
        self.granting_role(relationship, permission).is_ok()
    }

    /// The role that a relationship states, if it grants an existing permission.
    fn granting_role(
        &self,
        relationship: &Entity,
        permission: &PermissionId,
    ) -> Result<AssignedRole, Box<Denial>> {
        let role = self.get(relationship).and_then(assigned_role);
        let role = role.ok_or_else(|| Box::new(Denial::NotGranted))?;
        let lists = match &role {
            AssignedRole::BuiltIn(role) => role.permissions().contains(&permission.as_str()),
            AssignedRole::Custom(id) => {
                let of = Entity::Role(id.clone());
                let assigned = self.obstacle_to(relationship, Attribute::RoleId, of.clone());
                if let Some(obstacle) = assigned {
                    return Err(obstacle.into());
                }
                let lists = self
                    .listed_by(id)
                    .any(|listed| listed == permission.as_str());
                if lists && !is_built_in_permission(permission.as_str()) {
                    let listed = Entity::Permission(permission.clone());
                    if let Some(obstacle) = self.obstacle_to(&of, Attribute::PermissionIds, listed)
                    {
                        return Err(obstacle.into());
                    }
                }
                lists
            }
        };
        if lists {
            Ok(role)
        } else {
            Err(Box::new(Denial::NotGranted))
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

fn membership(organization: &OrganizationId, user: &UserId) -> Entity {
    Entity::Membership {
        organization: organization.clone(),
        user: user.clone(),
    }
}
