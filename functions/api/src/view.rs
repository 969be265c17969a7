//! The JSON representations of entities. Fields have the names of the item format.

use roster_domain::{Attribute, BuiltInRole, Entity, Snapshot, Status};
use roster_table::Record;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! view {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)* }) => {
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

/// Decides whether a field is omitted from a response.
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
    User {
        /// The id.
        user_id: String,
        /// The full name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// The first name, if the event stated it separately.
        #[schema(nullable = false)]
        first_name: Option<String>,
        /// The last name, if the event stated it separately.
        #[schema(nullable = false)]
        last_name: Option<String>,
        /// The email address.
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
    Organization {
        /// The id.
        organization_id: String,
        /// The name.
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
    /// A current, removed or pending membership of a user in an organization.
    Membership {
        /// The organization.
        organization_id: String,
        /// The user.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        name: Option<String>,
        /// `ACTIVE`, `REMOVED`, or `PENDING` if only updates of it have arrived so far.
        status: &'static str,
        /// The built-in role, such as `admin`.
        #[schema(nullable = false)]
        role: Option<String>,
        /// The id of the custom role.
        #[schema(nullable = false)]
        role_id: Option<String>,
        /// Whether the membership is effective: it, the organization and the user exist.
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
    /// A team of an organization.
    Team {
        /// The organization that the team belongs to.
        organization_id: String,
        /// The id, which is unique within the organization.
        team_id: String,
        /// The name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Whether the team is effective: it and the organization exist.
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
    /// The membership of a user in a team.
    TeamMember {
        /// The organization that the team belongs to.
        organization_id: String,
        /// The team.
        team_id: String,
        /// The user.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Whether the team membership is effective: it, the team and the user's membership in the
        /// organization exist.
        effective: bool,
        /// When it was added, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// A project.
    Project {
        /// The id.
        project_id: String,
        /// The name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// The description, if any.
        #[schema(nullable = false)]
        description: Option<String>,
        /// The user that owns the project.
        #[schema(nullable = false)]
        owner_user_id: Option<String>,
        /// The organization that owns the project.
        #[schema(nullable = false)]
        owner_organization_id: Option<String>,
        /// The user that created the project.
        #[schema(nullable = false)]
        created_by_user_id: Option<String>,
        /// Whether the project is effective: it and its owner exist.
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
/// A project that a user owns or works on.
ProjectOfUser {
    /// The project.
    project_id: String,
    /// `owner` or `user`.
    role: &'static str,
    /// Whether the relationship is effective: it, the project, its owner and the user exist.
        effective: bool,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
        }
    );

view!(
            /// A user that works on a project.
            ProjectUser {
            /// The project.
            project_id: String,
            /// The user.
            user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        name: Option<String>,
        /// Whether the relationship is effective: it, the project, its owner and the user exist.
        effective: bool,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// A team that works on a project.
        ProjectTeam {
        /// The project.
        project_id: String,
        /// The organization that the team belongs to.
        organization_id: String,
        /// The team.
        team_id: String,
        /// Whether the relationship is effective: it, the project, its owner, the team and the
        /// team's organization exist.
        effective: bool,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        created_at: Option<String>,
    }
);

view!(
    /// A set of permissions.
    Role {
        /// The id.
        role_id: String,
        /// The name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// The description, if any.
        #[schema(nullable = false)]
        description: Option<String>,
        /// The permissions that the role grants.
        permission_ids: Vec<String>,
        /// Whether the role is built in, and so available in every organization.
        built_in: bool,
    }
);

view!(
    /// A permission that roles can grant.
    Permission {
        /// The id, which is also the name of the action in `/access`.
        permission_id: String,
        /// The name.
        #[schema(nullable = false)]
        name: Option<String>,
        /// The description, if any.
        #[schema(nullable = false)]
        description: Option<String>,
        /// Whether the permission is built in, and so always exists.
        built_in: bool,
    }
);

/// Returns the id at an index among an entity's ids.
fn id(record: &Record, at: usize) -> String {
    let ids = record.entity.ids();
    ids.get(at).copied().unwrap_or_default().to_owned()
}

fn text(record: &Record, attribute: Attribute) -> Option<String> {
    record.text(attribute).map(str::to_owned)
}

/// Returns the name of the user in a relationship.
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
    /// Converts a record.
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
    /// Converts a record.
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
    /// Converts a record; `snapshot` has the entities that it refers to.
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
    /// Converts a record.
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
    /// Converts a record; `snapshot` has the entities that it refers to.
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
    /// Converts a record.
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
    /// Converts the record of a project that the user owns, or of a project user.
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
    /// Converts a record; `snapshot` has the entities that it refers to.
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
    /// Converts a record; `snapshot` has the entities that it refers to.
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
    /// Converts a record.
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

    /// Returns a built-in role.
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
    /// Converts a record.
    pub fn of(record: &Record) -> Self {
        Self {
            permission_id: id(record, 0),
            name: text(record, Attribute::Name),
            description: text(record, Attribute::Description),
            built_in: false,
        }
    }

    /// Returns a built-in permission.
    pub fn built_in(id: &str) -> Self {
        Self {
            permission_id: id.to_owned(),
            name: None,
            description: None,
            built_in: true,
        }
    }
}
