//! Entities as callers see them, in the answers of the API and in the JSON of the `roster` command.
//! Names are those of the item format.

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
