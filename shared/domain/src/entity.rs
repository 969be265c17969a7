//! The kinds of entity: which ids name one, and which fields it has.

use core::fmt;

use crate::json::Object;
use crate::value::{InvalidText, check_email, check_name};
use crate::{OrganizationId, Refusal, Role, UserId};

/// What a fact can be about, with the ids that name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// A person or service account.
    User(UserId),
    /// A company or team of the producers' customers.
    Organization(OrganizationId),
    /// That a user belongs to an organization.
    Membership {
        /// Where the user belongs.
        organization: OrganizationId,
        /// Who belongs there.
        user: UserId,
    },
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
}

/// A register of an entity besides its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name of a user or an organization.
    Name,
    /// The email of a user.
    Email,
    /// The role of a member.
    Role,
}

impl Entity {
    /// Which kind of entity it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Organization(_) => Kind::Organization,
            Self::Membership { .. } => Kind::Membership,
        }
    }

    /// The ids, in the order of [`Kind::id_names`].
    pub fn ids(&self) -> Vec<&str> {
        match self {
            Self::User(user) => vec![user.as_str()],
            Self::Organization(organization) => vec![organization.as_str()],
            Self::Membership { organization, user } => {
                vec![organization.as_str(), user.as_str()]
            }
        }
    }
}

impl fmt::Display for Entity {
    /// As in `membership acme ada`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind().name(), self.ids().join(" "))
    }
}

impl Kind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Membership => "membership",
        }
    }

    /// The fields of a present entity of this kind. A put gives all of them.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::User => &[Field::Name, Field::Email],
            Self::Organization => &[Field::Name],
            Self::Membership => &[Field::Role],
        }
    }

    /// Reads from a payload which entity of this kind it is about.
    pub(crate) fn entity(self, payload: &Object<'_>) -> Result<Entity, Refusal> {
        Ok(match self {
            Self::User => Entity::User(id(payload, "id", UserId::parse)?),
            Self::Organization => Entity::Organization(id(payload, "id", OrganizationId::parse)?),
            Self::Membership => Entity::Membership {
                organization: id(payload, "organizationId", OrganizationId::parse)?,
                user: id(payload, "userId", UserId::parse)?,
            },
        })
    }
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Name, Self::Email, Self::Role];

    /// The name of the field in payloads and, for readers, in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Role => "role",
        }
    }

    /// Reads the field from a payload.
    pub(crate) fn read(self, payload: &Object<'_>) -> Result<String, Refusal> {
        let check: fn(&str) -> Result<(), InvalidText> = match self {
            Self::Name => check_name,
            Self::Email => check_email,
            Self::Role => |text| Role::parse(text).map(|_| ()),
        };
        let text = payload.text(self.name())?;
        check(&text).map_err(|invalid| at(payload, self.name(), invalid))?;
        Ok(text.into_owned())
    }
}

fn id<T>(
    payload: &Object<'_>,
    name: &str,
    parse: fn(&str) -> Result<T, InvalidText>,
) -> Result<T, Refusal> {
    parse(&payload.text(name)?).map_err(|invalid| at(payload, name, invalid))
}

fn at(payload: &Object<'_>, name: &str, invalid: InvalidText) -> Refusal {
    payload.refuse(name, invalid.reason, invalid.found, invalid.expected)
}
