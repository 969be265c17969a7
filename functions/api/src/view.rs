//! Entities as callers see them. Names are those of the item format.

use roster_domain::{Attribute, BuiltInRole, Entity, Snapshot, Status};
use roster_table::Record;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! view {
    ($(#[$doc:meta])* struct $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $(
            $(#[$of])*
            #[serde(skip_serializing_if = "Skip::skip")]
            pub $field: $type,
        )* }
    };
}

/// What is left out of an answer when it is not there.
trait Skip {
    fn skip(&self) -> bool {
        false
    }
}

impl Skip for String {}
impl Skip for bool {}
impl Skip for Vec<String> {}
impl Skip for &'static str {}
impl Skip for Option<String> {
    fn skip(&self) -> bool {
        self.is_none()
    }
}

view!(
    /// A user.
    struct User {
        /// Its id.
        user_id: String,
        /// Its whole name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// The first part of its name, if it came in parts.
        #[schema(nullable = false)]
        first_name: Option<String>,
        /// The last part of its name, if it came in parts.
        #[schema(nullable = false)]
        last_name: Option<String>,
        /// Its email.
        #[schema(nullable = false)]
        email: Option<String>,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        updated_at: Option<String>,
    }
);

view!(
    /// An organization.
    struct Organization {
        /// Its id.
        organization_id: String,
        /// Its name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        updated_at: Option<String>,
    }
);

view!(
    /// That a user belongs to an organization, did, or will.
    struct Membership {
        /// Where.
        organization_id: String,
        /// Who.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        name: Option<String>,
        /// `ACTIVE`, `REMOVED`, or `PENDING` while only updates came.
        status: &'static str,
        /// A built-in role: `admin`, `writer` or `reader`.
        #[schema(nullable = false)]
        role: Option<String>,
        /// Or a custom role.
        #[schema(nullable = false)]
        role_id: Option<String>,
        /// Whether it counts: it, the organization and the user are there.
        effective: bool,
        /// When it was added, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        updated_at: Option<String>,
    }
);

view!(
    /// A part of an organization.
    struct Team {
        /// Whose part it is.
        organization_id: String,
        /// Its id, which is one within the organization.
        team_id: String,
        /// Its name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Whether it counts: it and the organization are there.
        effective: bool,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        updated_at: Option<String>,
    }
);

view!(
    /// That a user belongs to a team.
    struct TeamMember {
        /// Whose team it is.
        organization_id: String,
        /// Which team.
        team_id: String,
        /// Who.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Whether it counts: it, the team and the user's membership are there.
        effective: bool,
        /// When it was added, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// Something that people work on.
    struct Project {
        /// Its id.
        project_id: String,
        /// Its name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Its description, if it has one.
        #[schema(nullable = false)]
        description: Option<String>,
        /// The user that owns it.
        #[schema(nullable = false)]
        owner_user_id: Option<String>,
        /// Or the organization that owns it.
        #[schema(nullable = false)]
        owner_organization_id: Option<String>,
        /// Who created it.
        #[schema(nullable = false)]
        created_by_user_id: Option<String>,
        /// Whether it counts: it and its owner are there.
        effective: bool,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        updated_at: Option<String>,
    }
);

view!(
    /// That a user owns a project or works on it.
    struct ProjectOfUser {
        /// Which project.
        project_id: String,
        /// `owner` or `user`.
        role: &'static str,
        /// Whether it counts: it, the project, its owner and the user are there.
        effective: bool,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// That a user works on a project.
    struct ProjectUser {
        /// Which project.
        project_id: String,
        /// Who.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Whether it counts: it, the project, its owner and the user are there.
        effective: bool,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// That a team works on a project.
    struct ProjectTeam {
        /// Which project.
        project_id: String,
        /// Whose team it is.
        organization_id: String,
        /// Which team.
        team_id: String,
        /// Whether it counts: it, the project, its owner, the team and its organization are there.
        effective: bool,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// A set of permissions.
    struct Role {
        /// Its id.
        role_id: String,
        /// Its name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Its description, if it has one.
        #[schema(nullable = false)]
        description: Option<String>,
        /// The permissions that it lists.
        permission_ids: Vec<String>,
        /// Whether every organization has it.
        built_in: bool,
    }
);

view!(
    /// Something that a role may allow.
    struct Permission {
        /// Its id, which is the name of the action in `/access`.
        permission_id: String,
        /// Its name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Its description, if it has one.
        #[schema(nullable = false)]
        description: Option<String>,
        /// Whether it is always there.
        built_in: bool,
    }
);

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

impl User {
    /// Of a record of one.
    pub fn of(record: &Record) -> Self {
        Self {
            user_id: id(record, 0),
            name: text(record, Attribute::Name),
            first_name: text(record, Attribute::FirstName),
            last_name: text(record, Attribute::LastName),
            email: text(record, Attribute::Email),
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
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl Team {
    /// Of a record of one.
    pub fn of(record: &Record, effective: bool) -> Self {
        Self {
            organization_id: id(record, 0),
            team_id: id(record, 1),
            name: text(record, Attribute::Name),
            effective,
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
            created_at: record.created_at.clone(),
        }
    }
}

impl Project {
    /// Of a record of one.
    pub fn of(record: &Record, effective: bool) -> Self {
        Self {
            project_id: id(record, 0),
            name: text(record, Attribute::Name),
            description: text(record, Attribute::Description),
            owner_user_id: text(record, Attribute::OwnerUserId),
            owner_organization_id: text(record, Attribute::OwnerOrganizationId),
            created_by_user_id: text(record, Attribute::CreatedByUserId),
            effective,
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
        }
    }
}

impl ProjectOfUser {
    /// Of a project of the user's own, or of a project user.
    pub fn of(record: &Record, effective: bool) -> Self {
        Self {
            project_id: id(record, 0),
            role: match record.entity {
                Entity::Project(_) => "owner",
                _ => "user",
            },
            effective,
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
            effective: snapshot.is_effective(&record.entity),
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
            effective: snapshot.is_effective(&record.entity),
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
