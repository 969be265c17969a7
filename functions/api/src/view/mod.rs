//! The JSON representations of entities, in the API's responses and in the output of the `roster`
//! command. Fields have the names of the item format.

mod read;

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! view {
    ($(#[$doc:meta])* struct $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $(
            $(#[$of])*
            pub $field: $type,
        )* }
    };
}

view!(
    /// A user.
    struct User {
        /// The id.
        user_id: String,
        /// The full name.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The first name, if the event stated it separately.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        first_name: Option<String>,
        /// The last name, if the event stated it separately.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        last_name: Option<String>,
        /// The email address, if any.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// Whether the user is active.
        active: bool,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
);

view!(
    /// An organization.
    struct Organization {
        /// The id.
        organization_id: String,
        /// The name.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
);

view!(
    /// A current, removed or pending membership of a user in an organization.
    struct Membership {
        /// The organization.
        organization_id: String,
        /// The user.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// `ACTIVE`, `REMOVED`, or `PENDING` if only updates of it have arrived so far.
        status: &'static str,
        /// The built-in role, such as `admin`. A member without a role has no permissions.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        /// The id of the custom role.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        role_id: Option<String>,
        /// Whether the membership is effective: it, the organization and the user exist, and it is
        /// not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When it was added, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
);

view!(
    /// A team of an organization.
    struct Team {
        /// The organization that the team belongs to.
        organization_id: String,
        /// The id, which is unique within the organization.
        team_id: String,
        /// The name.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Whether the team is effective: it and the organization exist, and it is not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
);

view!(
    /// The membership of a user in a team.
    struct TeamMember {
        /// The organization that the team belongs to.
        organization_id: String,
        /// The team.
        team_id: String,
        /// The user.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Whether the team membership is effective: it, the team and the user's membership in the
        /// organization exist, and it is not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When it was added, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
    }
);

view!(
    /// A project.
    struct Project {
        /// The id.
        project_id: String,
        /// The name.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The description, if any.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The user that owns the project.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        owner_user_id: Option<String>,
        /// The organization that owns the project.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        owner_organization_id: Option<String>,
        /// The user that created the project.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_by_user_id: Option<String>,
        /// Whether the project is effective: it and its owner exist, and it is not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When it was created, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// When it last changed, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
    }
);

view!(
    /// A project that a user owns or works on.
    struct ProjectOfUser {
        /// The project.
        project_id: String,
        /// `owner` or `user`.
        role: &'static str,
        /// Whether the relationship is effective: it, the project, its owner and the user exist, and
        /// it is not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
    }
);

view!(
    /// A user that works on a project.
    struct ProjectUser {
        /// The project.
        project_id: String,
        /// The user.
        user_id: String,
        /// The user's whole name, if the user exists.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The built-in role of the user on the project.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        /// The id of the custom role of the user on the project.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        role_id: Option<String>,
        /// Whether the relationship is effective: it, the project, its owner and the user exist, and
        /// it is not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
    }
);

view!(
    /// A team that works on a project.
    struct ProjectTeam {
        /// The project.
        project_id: String,
        /// The organization that the team belongs to.
        organization_id: String,
        /// The team.
        team_id: String,
        /// The built-in role that bounds what the team's members may do on the project.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        /// The id of the custom role that bounds it.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        role_id: Option<String>,
        /// Whether the relationship is effective: it, the project, its owner, the team and the
        /// team's organization exist, and it is not void.
        effective: bool,
        /// Why it is not effective, in words; left out if it is.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Since when, in UTC.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
    }
);

view!(
    /// A set of permissions.
    struct Role {
        /// The id.
        role_id: String,
        /// The name.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The description, if any.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The permissions that the role grants.
        permission_ids: Vec<String>,
        /// Whether the role is built in, and so available in every organization.
        built_in: bool,
    }
);

view!(
    /// A permission that roles can grant.
    struct Permission {
        /// The id, which is also the name of the action in `/access`.
        permission_id: String,
        /// The name.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The description, if any.
        #[schema(nullable = false)]
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Whether the permission is built in, and so always exists.
        built_in: bool,
    }
);

/// An entity of any kind, as its own route or a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each variant holds the view of its name")]
pub enum EntityView {
    User(User),
    Organization(Organization),
    Membership(Membership),
    Team(Team),
    TeamMember(TeamMember),
    Project(Project),
    ProjectOfUser(ProjectOfUser),
    ProjectUser(ProjectUser),
    ProjectTeam(ProjectTeam),
    Role(Role),
    Permission(Permission),
}
