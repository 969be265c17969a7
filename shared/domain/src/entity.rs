//! The kinds of entity: which ids name one, and which fields it has.

use core::fmt;

use crate::json::Object;
use crate::role::{BuiltInRole, built_in_permissions};
use crate::{
    EntityId, Field, Found, OrganizationId, PermissionId, ProjectId, Reason, Refusal, RoleId,
    TeamId, UserId,
};

/// Declares [`Entity`] and [`Kind`] from one row for each kind: its name, its ids, in their order,
/// and the rest of what there is to know. Adding a kind is adding a row.
macro_rules! entities {
    ($(
        $(#[$doc:meta])*
        $Kind:ident
        $(($id:ident: $Id:ty = $name:expr))?
        $({ $($(#[$id_doc:meta])* $ids:ident: $Ids:ty = $names:expr,)+ })?
        => $definition:expr;
    )+) => {
        /// What a fact can be about, with the ids that name it.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Entity {
            $($(#[$doc])* $Kind $(($Id))? $({ $($(#[$id_doc])* $ids: $Ids,)+ })?,)+
        }

        /// An [`Entity`] without its ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("See [`Entity::", stringify!($Kind), "`].")] $Kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: [Self; [$(stringify!($Kind)),+].len()] = [$(Self::$Kind),+];

            const fn definition(self) -> Definition {
                match self {
                    $(Self::$Kind => $definition,)+
                }
            }

            /// The ids that name one.
            pub const fn ids(self) -> &'static [IdName] {
                match self {
                    $(Self::$Kind => &[$($name)? $($($names),+)?],)+
                }
            }

            /// The entity of this kind whose ids `id` reads, in the order of [`Kind::ids`].
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
            /// Which kind of entity it is.
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
    User(user: UserId = OWN_USER) => Definition {
        name: "user",
        plural: "users",
        code: "USER",
        fields: &[Field::PersonName, Field::Email],
    };
    /// A company or group of the producers' customers.
    Organization(organization: OrganizationId = OWN_ORGANIZATION) => Definition {
        name: "organization",
        plural: "organizations",
        code: "ORGANIZATION",
        fields: &[Field::Name],
    };
    /// That a user belongs to an organization.
    Membership {
        /// Where the user belongs.
        organization: OrganizationId = ORGANIZATION,
        /// Who belongs there.
        user: UserId = USER,
    } => Definition {
        name: "membership",
        plural: "memberships",
        code: "MEMBERSHIP",
        fields: &[Field::Role],
    };
    /// A part of an organization.
    Team {
        /// Whose part it is.
        organization: OrganizationId = ORGANIZATION,
        /// Which part.
        team: TeamId = OWN_TEAM,
    } => Definition {
        name: "team",
        plural: "teams",
        code: "TEAM",
        fields: &[Field::Name],
    };
    /// That a user belongs to a team.
    TeamMember {
        /// Whose team it is.
        organization: OrganizationId = ORGANIZATION,
        /// Where the user belongs.
        team: TeamId = TEAM,
        /// Who belongs there.
        user: UserId = USER,
    } => Definition {
        name: "team member",
        plural: "team members",
        code: "TEAM_MEMBER",
        fields: &[],
    };
    /// Something that people work on.
    Project(project: ProjectId = OWN_PROJECT) => Definition {
        name: "project",
        plural: "projects",
        code: "PROJECT",
        fields: &[Field::Name, Field::Description, Field::Owner, Field::Creator],
    };
    /// That a user works on a project.
    ProjectUser {
        /// On what.
        project: ProjectId = PROJECT,
        /// Who.
        user: UserId = USER,
    } => Definition {
        name: "project user",
        plural: "project users",
        code: "PROJECT_USER",
        fields: &[],
    };
    /// That a team works on a project.
    ProjectTeam {
        /// On what.
        project: ProjectId = PROJECT,
        /// Whose team it is.
        organization: OrganizationId = ORGANIZATION,
        /// Which team.
        team: TeamId = TEAM,
    } => Definition {
        name: "project team",
        plural: "project teams",
        code: "PROJECT_TEAM",
        fields: &[],
    };
    /// A set of permissions, beside those that are built in.
    Role(role: RoleId = OWN_ROLE) => Definition {
        name: "role",
        plural: "roles",
        code: "ROLE",
        fields: &[Field::Name, Field::Description, Field::Permissions],
    };
    /// Something that a role may allow, beside what is built in.
    Permission(permission: PermissionId = OWN_PERMISSION) => Definition {
        name: "permission",
        plural: "permissions",
        code: "PERMISSION",
        fields: &[Field::Name, Field::Description],
    };
}

/// What there is to know about a kind of entity, besides its ids.
struct Definition {
    name: &'static str,
    plural: &'static str,
    /// Permanent: content hashes and items contain it.
    code: &'static str,
    fields: &'static [Field],
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

impl Kind {
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

    /// The fields of a present entity of this kind. A put states all of them, but for optional
    /// ones.
    pub const fn fields(self) -> &'static [Field] {
        self.definition().fields
    }

    /// Ids that are built in, so that no event may name them as its own.
    pub(crate) fn reserved_ids(self) -> Vec<&'static str> {
        match self {
            Self::Role => BuiltInRole::all().map(BuiltInRole::as_str).collect(),
            Self::Permission => built_in_permissions().collect(),
            _ => Vec::new(),
        }
    }

    /// Reads from a payload which entity of this kind it is about.
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
