//! The kinds of entity, with the ids and the fields of each.

use core::fmt;

use crate::json::Object;
use crate::role::{BuiltInRole, built_in_permissions};
use crate::{
    EntityId, Field, Found, OrganizationId, PermissionId, ProjectId, Reason, Refusal, RoleId,
    TeamId, UserId,
};

/// Declares [`Entity`] and [`Kind`] from one row for each kind: its name, its ids in order, and
/// its [`KindDefinition`]. To add a kind, add a row.
macro_rules! entities {
    ($(
        $(#[$doc:meta])*
        $Kind:ident
        $(($id:ident: $Id:ty = $name:expr))?
        $({ $($(#[$id_doc:meta])* $ids:ident: $Ids:ty = $names:expr,)+ })?
        => $definition:expr;
    )+) => {
        /// An entity that events are about, with the ids that identify it.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Entity {
            $($(#[$doc])* $Kind $(($Id))? $({ $($(#[$id_doc])* $ids: $Ids,)+ })?,)+
        }

        /// The kind of an [`Entity`], without ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("See [`Entity::", stringify!($Kind), "`].")] $Kind,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: [Self; [$(stringify!($Kind)),+].len()] = [$(Self::$Kind),+];

            const fn definition(self) -> KindDefinition {
                match self {
                    $(Self::$Kind => $definition,)+
                }
            }

            /// The ids that identify an entity of this kind.
            pub const fn ids(self) -> &'static [IdName] {
                match self {
                    $(Self::$Kind => &[$($name)? $($($names),+)?],)+
                }
            }

            /// Builds the entity of this kind, calling `id` for each of [`Kind::ids`] in order.
            pub fn entity<E>(
                self,
                mut id: impl FnMut(IdName) -> Result<EntityId, E>,
            ) -> Result<Entity, E> {
                Ok(match self {
                    $(Self::$Kind => Entity::$Kind
                        $((id($name)?.into()))?
                        $({ $($ids: id($names)?.into(),)+ })?,)+
                })
            }
        }

        impl Entity {
            /// Returns the kind of the entity.
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Self::$Kind { .. } => Kind::$Kind,)+
                }
            }

            /// The ids, in the order of [`Kind::ids`].
            pub fn ids(&self) -> Vec<&str> {
                match self {
                    $(Self::$Kind $(($id))? $({ $($ids),+ })? => {
                        vec![$($id.as_str())? $($($ids.as_str()),+)?]
                    })+
                }
            }
        }
    };
}

entities! {
    /// A person or service account.
    User(user: UserId = OWN_USER) => KindDefinition {
        name: "user",
        plural: "users",
        code: "USER",
        fields: &[Field::PersonName, Field::Email, Field::Active],
    };
    /// A company or group of the producers' customers.
    Organization(organization: OrganizationId = OWN_ORGANIZATION) => KindDefinition {
        name: "organization",
        plural: "organizations",
        code: "ORGANIZATION",
        fields: &[Field::Name],
    };
    /// The membership of a user in an organization.
    Membership {
        /// The organization.
        organization: OrganizationId = ORGANIZATION,
        /// The user.
        user: UserId = USER,
    } => KindDefinition {
        name: "membership",
        plural: "memberships",
        code: "MEMBERSHIP",
        fields: &[Field::Role],
    };
    /// A part of an organization.
    Team {
        /// The organization.
        organization: OrganizationId = ORGANIZATION,
        /// The team.
        team: TeamId = OWN_TEAM,
    } => KindDefinition {
        name: "team",
        plural: "teams",
        code: "TEAM",
        fields: &[Field::Name],
    };
    /// The membership of a user in a team.
    TeamMember {
        /// The organization of the team.
        organization: OrganizationId = ORGANIZATION,
        /// The team.
        team: TeamId = TEAM,
        /// The user.
        user: UserId = USER,
    } => KindDefinition {
        name: "team member",
        plural: "team members",
        code: "TEAM_MEMBER",
        fields: &[],
    };
    /// Something that people work on.
    Project(project: ProjectId = OWN_PROJECT) => KindDefinition {
        name: "project",
        plural: "projects",
        code: "PROJECT",
        fields: &[Field::Name, Field::Description, Field::Owner, Field::Creator],
    };
    /// The assignment of a user to a project.
    ProjectUser {
        /// The project.
        project: ProjectId = PROJECT,
        /// The user.
        user: UserId = USER,
    } => KindDefinition {
        name: "project user",
        plural: "project users",
        code: "PROJECT_USER",
        fields: &[Field::ProjectRole],
    };
    /// The assignment of a team to a project.
    ProjectTeam {
        /// The project.
        project: ProjectId = PROJECT,
        /// The organization of the team.
        organization: OrganizationId = ORGANIZATION,
        /// The team.
        team: TeamId = TEAM,
    } => KindDefinition {
        name: "project team",
        plural: "project teams",
        code: "PROJECT_TEAM",
        fields: &[Field::ProjectRole],
    };
    /// A custom role: a set of permissions.
    Role(role: RoleId = OWN_ROLE) => KindDefinition {
        name: "role",
        plural: "roles",
        code: "ROLE",
        fields: &[Field::Name, Field::Description, Field::Permissions],
    };
    /// A custom permission.
    Permission(permission: PermissionId = OWN_PERMISSION) => KindDefinition {
        name: "permission",
        plural: "permissions",
        code: "PERMISSION",
        fields: &[Field::Name, Field::Description],
    };
}

/// The properties of a kind of entity, except its ids.
struct KindDefinition {
    name: &'static str,
    plural: &'static str,
    /// Permanent: content hashes and items contain it.
    code: &'static str,
    fields: &'static [Field],
}

/// An id of an entity: one part of what identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdName {
    /// Its name in payloads.
    pub payload: &'static str,
    /// Its name everywhere else.
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

impl Kind {
    /// The name of the kind, in the singular.
    pub const fn name(self) -> &'static str {
        self.definition().name
    }

    /// The name of the kind, in the plural.
    pub const fn plural(self) -> &'static str {
        self.definition().plural
    }

    /// The name of the kind in stored items.
    pub const fn code(self) -> &'static str {
        self.definition().code
    }

    /// Returns the kind with this [`Kind::code`].
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The fields of a present entity of this kind. A put states all of them except optional
    /// ones.
    pub const fn fields(self) -> &'static [Field] {
        self.definition().fields
    }

    /// The built-in ids of this kind, which no event may use for its entity.
    pub(crate) fn reserved_ids(self) -> Vec<&'static str> {
        match self {
            Self::Role => BuiltInRole::all().map(BuiltInRole::as_str).collect(),
            Self::Permission => built_in_permissions().collect(),
            _ => Vec::new(),
        }
    }

    /// Reads the ids of an entity of this kind from a payload.
    pub(crate) fn named_in(self, payload: &Object<'_>) -> Result<Entity, Refusal> {
        self.entity(|id| {
            let text = payload.text(id.payload)?;
            let valid =
                EntityId::parse(&text).map_err(|invalid| payload.invalid(id.payload, invalid))?;
            if self.reserved_ids().contains(&&*text) {
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

impl fmt::Display for Entity {
    /// Formats the kind and the ids, as in `membership acme ada`.
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
    fn an_entity_has_the_ids_of_its_kind_in_order() {
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
