//! The views of records.

use roster_domain::{Attribute, BuiltInRole, Entity, Snapshot, Status, is_active};
use roster_table::Record;

use super::{
    EntityView, Membership, Organization, Permission, Project, ProjectOfUser, ProjectTeam,
    ProjectUser, Role, Team, TeamMember, User,
};

/// An id of an entity, by its place.
fn id(record: &Record, at: usize) -> String {
    let ids = record.entity.ids();
    ids.get(at).copied().unwrap_or_default().to_owned()
}

fn text(record: &Record, attribute: Attribute) -> Option<String> {
    record.text(attribute).map(str::to_owned)
}

/// The name of the user that a relationship is about.
fn name_of(record: &Record, snapshot: &Snapshot) -> Option<String> {
    let (Entity::Membership { user, .. }
    | Entity::TeamMember { user, .. }
    | Entity::ProjectUser { user, .. }) = &record.entity
    else {
        return None;
    };
    let user = snapshot.get(&Entity::User(user.clone()))?;
    user.text(Attribute::Name).map(str::to_owned)
}

/// Why a present entity is not effective.
fn reason(record: &Record, snapshot: &Snapshot) -> Option<String> {
    let obstacle = snapshot.obstacle(&record.entity);
    let obstacle = obstacle.filter(|_| record.is_present());
    obstacle.map(|obstacle| obstacle.to_string())
}

impl EntityView {
    /// Of a record, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        match record.entity {
            Entity::User(_) => Self::User(User::of(record)),
            Entity::Organization(_) => Self::Organization(Organization::of(record)),
            Entity::Membership { .. } => Self::Membership(Membership::of(record, snapshot)),
            Entity::Team { .. } => Self::Team(Team::of(record, snapshot)),
            Entity::TeamMember { .. } => Self::TeamMember(TeamMember::of(record, snapshot)),
            Entity::Project(_) => Self::Project(Project::of(record, snapshot)),
            Entity::ProjectUser { .. } => Self::ProjectUser(ProjectUser::of(record, snapshot)),
            Entity::ProjectTeam { .. } => Self::ProjectTeam(ProjectTeam::of(record, snapshot)),
            Entity::Role(_) => Self::Role(Role::of(record)),
            Entity::Permission(_) => Self::Permission(Permission::of(record)),
        }
    }

    /// Of a record in the list of a user's projects.
    pub fn of_user_project(record: &Record, snapshot: &Snapshot) -> Self {
        Self::ProjectOfUser(ProjectOfUser::of(record, snapshot))
    }
}

impl User {
    /// Of a record of one.
    pub fn of(record: &Record) -> Self {
        Self {
            user_id: id(record, 0),
            name: text(record, Attribute::Name),
            first_name: text(record, Attribute::FirstName),
            last_name: text(record, Attribute::LastName),
            email: text(record, Attribute::Email),
            active: is_active(&record.value),
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl Organization {
    /// Of a record of one.
    pub fn of(record: &Record) -> Self {
        Self {
            organization_id: id(record, 0),
            name: text(record, Attribute::Name),
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl Membership {
    /// Of a record of one, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            organization_id: id(record, 0),
            user_id: id(record, 1),
            name: name_of(record, snapshot),
            status: match record.status {
                Status::Active => "ACTIVE",
                Status::Removed => "REMOVED",
                Status::Pending => "PENDING",
            },
            role: text(record, Attribute::Role),
            role_id: text(record, Attribute::RoleId),
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl Team {
    /// Of a record of one, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            organization_id: id(record, 0),
            team_id: id(record, 1),
            name: text(record, Attribute::Name),
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl TeamMember {
    /// Of a record of one, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            organization_id: id(record, 0),
            team_id: id(record, 1),
            user_id: id(record, 2),
            name: name_of(record, snapshot),
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
        }
    }
}

impl Project {
    /// Of a record of one, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            project_id: id(record, 0),
            name: text(record, Attribute::Name),
            description: text(record, Attribute::Description),
            owner_user_id: text(record, Attribute::OwnerUserId),
            owner_organization_id: text(record, Attribute::OwnerOrganizationId),
            created_by_user_id: text(record, Attribute::CreatedByUserId),
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl ProjectOfUser {
    /// Of a project of the user's own, or of a project user, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            project_id: id(record, 0),
            role: match record.entity {
                Entity::Project(_) => "owner",
                _ => "user",
            },
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
        }
    }
}

impl ProjectUser {
    /// Of a record of one, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            project_id: id(record, 0),
            user_id: id(record, 1),
            name: name_of(record, snapshot),
            role: text(record, Attribute::Role),
            role_id: text(record, Attribute::RoleId),
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
        }
    }
}

impl ProjectTeam {
    /// Of a record of one, among what it refers to.
    pub fn of(record: &Record, snapshot: &Snapshot) -> Self {
        Self {
            project_id: id(record, 0),
            organization_id: id(record, 1),
            team_id: id(record, 2),
            role: text(record, Attribute::Role),
            role_id: text(record, Attribute::RoleId),
            effective: snapshot.is_effective(&record.entity),
            reason: reason(record, snapshot),
            created_at: record.created_at.clone(),
        }
    }
}

impl Role {
    /// Of a record of one.
    pub fn of(record: &Record) -> Self {
        let listed = record.value.texts(Attribute::PermissionIds);
        Self {
            role_id: id(record, 0),
            name: text(record, Attribute::Name),
            description: text(record, Attribute::Description),
            permission_ids: listed.into_iter().flatten().cloned().collect(),
            built_in: false,
        }
    }

    /// One that every organization has.
    pub fn built_in(role: BuiltInRole) -> Self {
        let listed = role.permissions().iter();
        Self {
            role_id: role.as_str().to_owned(),
            name: None,
            description: None,
            permission_ids: listed.map(|&id| id.to_owned()).collect(),
            built_in: true,
        }
    }
}

impl Permission {
    /// Of a record of one.
    pub fn of(record: &Record) -> Self {
        Self {
            permission_id: id(record, 0),
            name: text(record, Attribute::Name),
            description: text(record, Attribute::Description),
            built_in: false,
        }
    }

    /// One that is always there.
    pub fn built_in(id: &str) -> Self {
        Self {
            permission_id: id.to_owned(),
            name: None,
            description: None,
            built_in: true,
        }
    }
}
