//! The kinds of entity: which ids name one, and which fields it has.

use core::fmt;

use crate::json::Object;
use crate::role::{BuiltInRole, is_built_in_permission};
use crate::{
    EntityId, Field, Found, OrganizationId, PermissionId, ProjectId, Reason, Refusal, RoleId,
    TeamId, UserId,
};

/// What a fact can be about, with the ids that name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// A person or service account.
    User(UserId),
    /// A company or group of the producers' customers.
    Organization(OrganizationId),
    /// That a user belongs to an organization.
    Membership {
        /// Where the user belongs.
        organization: OrganizationId,
        /// Who belongs there.
        user: UserId,
    },
    /// A part of an organization.
    Team {
        /// Whose part it is.
        organization: OrganizationId,
        /// Which part.
        team: TeamId,
    },
    /// That a user belongs to a team.
    TeamMember {
        /// Whose team it is.
        organization: OrganizationId,
        /// Where the user belongs.
        team: TeamId,
        /// Who belongs there.
        user: UserId,
    },
    /// Something that people work on.
    Project(ProjectId),
    /// That a user works on a project.
    ProjectUser {
        /// On what.
        project: ProjectId,
        /// Who.
        user: UserId,
    },
    /// That a team works on a project.
    ProjectTeam {
        /// On what.
        project: ProjectId,
        /// Whose team it is.
        organization: OrganizationId,
        /// Which team.
        team: TeamId,
    },
    /// A set of permissions, beside those that are built in.
    Role(RoleId),
    /// Something that a role may allow, beside what is built in.
    Permission(PermissionId),
}

/// An [`Entity`] without its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// See [`Entity::User`].
    User,
    /// See [`Entity::Organization`].
    Organization,
    /// See [`Entity::Membership`].
    Membership,
    /// See [`Entity::Team`].
    Team,
    /// See [`Entity::TeamMember`].
    TeamMember,
    /// See [`Entity::Project`].
    Project,
    /// See [`Entity::ProjectUser`].
    ProjectUser,
    /// See [`Entity::ProjectTeam`].
    ProjectTeam,
    /// See [`Entity::Role`].
    Role,
    /// See [`Entity::Permission`].
    Permission,
}

/// One of the ids that name an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdName {
    /// What a payload calls it.
    pub payload: &'static str,
    /// What everybody else calls it.
    pub name: &'static str,
}

const ORGANIZATION: IdName = IdName::of_another("organizationId");
const USER: IdName = IdName::of_another("userId");
const TEAM: IdName = IdName::of_another("teamId");
const PROJECT: IdName = IdName::of_another("projectId");
const OWN_ORGANIZATION: IdName = IdName::own("organizationId");
const OWN_USER: IdName = IdName::own("userId");
const OWN_TEAM: IdName = IdName::own("teamId");
const OWN_PROJECT: IdName = IdName::own("projectId");
const OWN_ROLE: IdName = IdName::own("roleId");
const OWN_PERMISSION: IdName = IdName::own("permissionId");

/// What there is to say about a kind of entity.
struct Definition {
    name: &'static str,
    plural: &'static str,
    code: &'static str,
    ids: &'static [IdName],
    fields: &'static [Field],
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Organization,
        Self::Membership,
        Self::Team,
        Self::TeamMember,
        Self::Project,
        Self::ProjectUser,
        Self::ProjectTeam,
        Self::Role,
        Self::Permission,
    ];

    const fn definition(self) -> Definition {
        match self {
            Self::User => Definition {
                name: "user",
                plural: "users",
                code: "USER",
                ids: &[OWN_USER],
                fields: &[Field::PersonName, Field::Email],
            },
            Self::Organization => Definition {
                name: "organization",
                plural: "organizations",
                code: "ORGANIZATION",
                ids: &[OWN_ORGANIZATION],
                fields: &[Field::Name],
            },
            Self::Membership => Definition {
                name: "membership",
                plural: "memberships",
                code: "MEMBERSHIP",
                ids: &[ORGANIZATION, USER],
                fields: &[Field::Role],
            },
            Self::Team => Definition {
                name: "team",
                plural: "teams",
                code: "TEAM",
                ids: &[ORGANIZATION, OWN_TEAM],
                fields: &[Field::Name],
            },
            Self::TeamMember => Definition {
                name: "team member",
                plural: "team members",
                code: "TEAM_MEMBER",
                ids: &[ORGANIZATION, TEAM, USER],
                fields: &[],
            },
            Self::Project => Definition {
                name: "project",
                plural: "projects",
                code: "PROJECT",
                ids: &[OWN_PROJECT],
                fields: &[
                    Field::Name,
                    Field::Description,
                    Field::Owner,
                    Field::Creator,
                ],
            },
            Self::ProjectUser => Definition {
                name: "project user",
                plural: "project users",
                code: "PROJECT_USER",
                ids: &[PROJECT, USER],
                fields: &[],
            },
            Self::ProjectTeam => Definition {
                name: "project team",
                plural: "project teams",
                code: "PROJECT_TEAM",
                ids: &[PROJECT, ORGANIZATION, TEAM],
                fields: &[],
            },
            Self::Role => Definition {
                name: "role",
                plural: "roles",
                code: "ROLE",
                ids: &[OWN_ROLE],
                fields: &[Field::Name, Field::Description, Field::Permissions],
            },
            Self::Permission => Definition {
                name: "permission",
                plural: "permissions",
                code: "PERMISSION",
                ids: &[OWN_PERMISSION],
                fields: &[Field::Name, Field::Description],
            },
        }
    }

    /// The word for one.
    pub const fn name(self) -> &'static str {
        self.definition().name
    }

    /// The word for several.
    pub const fn plural(self) -> &'static str {
        self.definition().plural
    }

    /// The word for one as it is stored.
    pub const fn code(self) -> &'static str {
        self.definition().code
    }

    /// The kind of that [`Kind::code`].
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The ids that name one.
    pub const fn ids(self) -> &'static [IdName] {
        self.definition().ids
    }

    /// The fields of a present entity of this kind. A put states all of them.
    pub const fn fields(self) -> &'static [Field] {
        self.definition().fields
    }

    /// The entity of this kind whose ids `id` reads, in the order of [`Kind::ids`].
    pub fn entity<E>(self, mut id: impl FnMut(IdName) -> Result<EntityId, E>) -> Result<Entity, E> {
        Ok(match self {
            Self::User => Entity::User(id(OWN_USER)?.into()),
            Self::Organization => Entity::Organization(id(OWN_ORGANIZATION)?.into()),
            Self::Membership => Entity::Membership {
                organization: id(ORGANIZATION)?.into(),
                user: id(USER)?.into(),
            },
            Self::Team => Entity::Team {
                organization: id(ORGANIZATION)?.into(),
                team: id(OWN_TEAM)?.into(),
            },
            Self::TeamMember => Entity::TeamMember {
                organization: id(ORGANIZATION)?.into(),
                team: id(TEAM)?.into(),
                user: id(USER)?.into(),
            },
            Self::Project => Entity::Project(id(OWN_PROJECT)?.into()),
            Self::ProjectUser => Entity::ProjectUser {
                project: id(PROJECT)?.into(),
                user: id(USER)?.into(),
            },
            Self::ProjectTeam => Entity::ProjectTeam {
                project: id(PROJECT)?.into(),
                organization: id(ORGANIZATION)?.into(),
                team: id(TEAM)?.into(),
            },
            Self::Role => Entity::Role(id(OWN_ROLE)?.into()),
            Self::Permission => Entity::Permission(id(OWN_PERMISSION)?.into()),
        })
    }

    /// Reads from a payload which entity of this kind it is about.
    pub(crate) fn named_in(self, payload: &Object<'_>) -> Result<Entity, Refusal> {
        self.entity(|id| {
            let text = payload.text(id.payload)?;
            let valid =
                EntityId::parse(&text).map_err(|invalid| payload.invalid(id.payload, invalid))?;
            let reserved = match self {
                Self::Role => BuiltInRole::has_id(&text),
                Self::Permission => is_built_in_permission(&text),
                _ => false,
            };
            if reserved {
                return Err(payload.refuse(
                    id.payload,
                    Reason::Reserved,
                    Found::Text(text.len()),
                    "an id that is not built in",
                ));
            }
            Ok(valid)
        })
    }
}

impl Entity {
    /// Which kind of entity it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Organization(_) => Kind::Organization,
            Self::Membership { .. } => Kind::Membership,
            Self::Team { .. } => Kind::Team,
            Self::TeamMember { .. } => Kind::TeamMember,
            Self::Project(_) => Kind::Project,
            Self::ProjectUser { .. } => Kind::ProjectUser,
            Self::ProjectTeam { .. } => Kind::ProjectTeam,
            Self::Role(_) => Kind::Role,
            Self::Permission(_) => Kind::Permission,
        }
    }

    /// The ids, in the order of [`Kind::ids`].
    pub fn ids(&self) -> Vec<&str> {
        match self {
            Self::User(user) => vec![user.as_str()],
            Self::Organization(organization) => vec![organization.as_str()],
            Self::Membership { organization, user } => {
                vec![organization.as_str(), user.as_str()]
            }
            Self::Team { organization, team } => vec![organization.as_str(), team.as_str()],
            Self::TeamMember {
                organization,
                team,
                user,
            } => vec![organization.as_str(), team.as_str(), user.as_str()],
            Self::Project(project) => vec![project.as_str()],
            Self::ProjectUser { project, user } => vec![project.as_str(), user.as_str()],
            Self::ProjectTeam {
                project,
                organization,
                team,
            } => vec![project.as_str(), organization.as_str(), team.as_str()],
            Self::Role(role) => vec![role.as_str()],
            Self::Permission(permission) => vec![permission.as_str()],
        }
    }
}

impl fmt::Display for Entity {
    /// As in `membership acme ada`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind().name(), self.ids().join(" "))
    }
}

impl IdName {
    const fn of_another(name: &'static str) -> Self {
        Self {
            payload: name,
            name,
        }
    }

    const fn own(name: &'static str) -> Self {
        Self {
            payload: "id",
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_has_the_ids_of_its_kind_in_their_order() {
        for kind in Kind::ALL {
            let mut asked = Vec::new();
            let entity = kind.entity(|id| {
                asked.push(id);
                EntityId::parse(id.name)
            });
            let entity = entity.unwrap();
            assert_eq!(asked, kind.ids());
            assert_eq!(entity.kind(), kind);
            let names: Vec<_> = kind.ids().iter().map(|id| id.name).collect();
            assert_eq!(entity.ids(), names);
            assert_eq!(Kind::of_code(kind.code()), Some(kind));
            assert_eq!(kind.plural(), format!("{}s", kind.name()));
            let told = format!("{} {}", kind.name(), names.join(" "));
            assert_eq!(entity.to_string(), told);
        }
        assert_eq!(Kind::of_code("user"), None);
    }
}
