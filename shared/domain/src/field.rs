//! The fields of an entity: what a payload says of each, and the attributes that show it.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use crate::json::Object;
use crate::role::BuiltInRole;
use crate::value::{InvalidText, check_description, check_email, check_name, check_part_of_name};
use crate::{EntityId, Found, Reason, Refusal, limits};

/// A register of an entity besides its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name of anything but a person.
    Name,
    /// The name of a person, whole or in two parts.
    PersonName,
    /// The email of a user.
    Email,
    /// What a member may do: a built-in role or one of the producers' own.
    Role,
    /// A description, which may be cleared.
    Description,
    /// The permissions of a role, all together.
    Permissions,
    /// The user or the organization that owns a project.
    Owner,
    /// Who created a project.
    Creator,
}

/// A part of a field with a name of its own, in payloads and in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// A name, or both parts of one with a space between them.
    Name,
    /// The first part of a person's name.
    FirstName,
    /// The last part of a person's name.
    LastName,
    /// An email.
    Email,
    /// A built-in role.
    Role,
    /// A role of the producers' own.
    RoleId,
    /// A description.
    Description,
    /// Permissions.
    PermissionIds,
    /// The user that owns a project.
    OwnerUserId,
    /// The organization that owns a project.
    OwnerOrganizationId,
    /// Who created a project.
    CreatedByUserId,
}

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// A text that is not empty.
    Text(String),
    /// A set of texts.
    Texts(BTreeSet<String>),
}

/// What a register holds: the contents of some of the attributes of its field. A description
/// that was cleared holds none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Value(BTreeMap<Attribute, Content>);

impl Field {
    /// The word for it, as in the name of its clock.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name | Self::PersonName => "name",
            Self::Email => "email",
            Self::Role => "role",
            Self::Description => "description",
            Self::Permissions => "permissionIds",
            Self::Owner => "owner",
            Self::Creator => "createdByUserId",
        }
    }

    /// The attributes that show it.
    pub const fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Name => &[Attribute::Name],
            Self::PersonName => &[Attribute::Name, Attribute::FirstName, Attribute::LastName],
            Self::Email => &[Attribute::Email],
            Self::Role => &[Attribute::Role, Attribute::RoleId],
            Self::Description => &[Attribute::Description],
            Self::Permissions => &[Attribute::PermissionIds],
            Self::Owner => &[Attribute::OwnerUserId, Attribute::OwnerOrganizationId],
            Self::Creator => &[Attribute::CreatedByUserId],
        }
    }

    /// The ways in which a payload may state it, each with the attributes that it takes. The
    /// first that is begun counts.
    pub const fn spellings(self) -> &'static [&'static [Attribute]] {
        match self {
            Self::Name => &[&[Attribute::Name]],
            Self::PersonName => &[
                &[Attribute::Name],
                &[Attribute::FirstName, Attribute::LastName],
            ],
            Self::Email => &[&[Attribute::Email]],
            Self::Role => &[&[Attribute::Role], &[Attribute::RoleId]],
            Self::Description => &[&[Attribute::Description]],
            Self::Permissions => &[&[Attribute::PermissionIds]],
            Self::Owner => &[&[Attribute::OwnerUserId], &[Attribute::OwnerOrganizationId]],
            Self::Creator => &[&[Attribute::CreatedByUserId]],
        }
    }

    /// Whether null, or nothing in a put, means that there is none.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Description)
    }

    /// Whether a patch may change it.
    pub const fn can_change(self) -> bool {
        !matches!(self, Self::Owner | Self::Creator)
    }

    /// Reads what a payload says of it, which must be something.
    pub(crate) fn required(self, payload: &Object<'_>) -> Result<Value, Refusal> {
        match self.stated(payload)? {
            Some(value) => Ok(value),
            None if self.is_optional() => Ok(Value::default()),
            None => Err(self.missing(payload)),
        }
    }

    /// Reads what a payload says of it, if it says something.
    pub(crate) fn stated(self, payload: &Object<'_>) -> Result<Option<Value>, Refusal> {
        let states = |attribute: &Attribute| payload.states(attribute.name());
        let mut begun = self.spellings().iter().filter(|s| s.iter().any(states));
        let Some(spelling) = begun.next() else {
            let is_null = |attribute: &Attribute| payload.has(attribute.name());
            return match self.attributes().iter().any(is_null) {
                false => Ok(None),
                true if self.is_optional() => Ok(Some(Value::default())),
                true => Err(self.missing(payload)),
            };
        };
        if let (Self::Owner, Some([other, ..])) = (self, begun.next()) {
            let found = Found::Text(payload.text(other.name())?.len());
            let expected = "only one of ownerUserId and ownerOrganizationId";
            return Err(payload.refuse(other.name(), Reason::Ambiguous, found, expected));
        }
        let read = |&attribute: &Attribute| Ok((attribute, attribute.read(payload)?));
        let contents = spelling.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Some(Value::from_contents(contents)))
    }

    fn missing(self, payload: &Object<'_>) -> Refusal {
        let (name, expected) = match self {
            Self::PersonName => ("name", "\"name\", or \"firstName\" and \"lastName\""),
            Self::Role => ("role", "\"role\" or \"roleId\""),
            Self::Owner => ("ownerUserId", "\"ownerUserId\" or \"ownerOrganizationId\""),
            Self::Permissions => ("permissionIds", PERMISSION_IDS),
            Self::Name | Self::Email | Self::Description | Self::Creator => {
                (self.name(), "a string that is not empty")
            }
        };
        let found = if payload.has(name) {
            Found::Null
        } else {
            Found::Nothing
        };
        payload.refuse(name, Reason::Missing, found, expected)
    }
}

const PERMISSION_IDS: &str = "an array of at most 250 ids";

impl Attribute {
    /// Every attribute.
    pub const ALL: [Self; 11] = [
        Self::Name,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Role,
        Self::RoleId,
        Self::Description,
        Self::PermissionIds,
        Self::OwnerUserId,
        Self::OwnerOrganizationId,
        Self::CreatedByUserId,
    ];

    /// The name, in payloads and, for readers, in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Email => "email",
            Self::Role => "role",
            Self::RoleId => "roleId",
            Self::Description => "description",
            Self::PermissionIds => "permissionIds",
            Self::OwnerUserId => "ownerUserId",
            Self::OwnerOrganizationId => "ownerOrganizationId",
            Self::CreatedByUserId => "createdByUserId",
        }
    }

    fn read(self, payload: &Object<'_>) -> Result<Content, Refusal> {
        let name = self.name();
        if let Self::PermissionIds = self {
            let parse = |text: &str| EntityId::parse(text).map(|id| id.to_string());
            let ids = payload.texts(name, limits::PERMISSIONS, PERMISSION_IDS, parse)?;
            return Ok(Content::Texts(ids.into_iter().collect()));
        }
        let text = payload.text(name)?;
        let checked = match self {
            Self::Name => check_name(&text),
            Self::FirstName | Self::LastName => check_part_of_name(&text),
            Self::Email => check_email(&text),
            Self::Description => check_description(&text),
            Self::Role => {
                let role = BuiltInRole::parse(&text).map_err(|i| payload.invalid(name, i))?;
                return Ok(Content::Text(role.as_str().to_owned()));
            }
            Self::RoleId => role_id(&text),
            Self::PermissionIds
            | Self::OwnerUserId
            | Self::OwnerOrganizationId
            | Self::CreatedByUserId => EntityId::parse(&text).map(|_| ()),
        };
        checked.map_err(|invalid| payload.invalid(name, invalid))?;
        Ok(Content::Text(text.into_owned()))
    }
}

/// A built-in role has one way to be named, so that a member has one value for it.
fn role_id(text: &str) -> Result<(), InvalidText> {
    if BuiltInRole::has_id(text) {
        return Err(InvalidText {
            reason: Reason::Reserved,
            found: Found::Text(text.len()),
            expected: "the id of a role that is not built in; those go into \"role\"",
        });
    }
    EntityId::parse(text).map(|_| ())
}

impl fmt::Display for Content {
    /// A text as it is, or texts with spaces between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => {
                let texts: Vec<_> = texts.iter().map(String::as_str).collect();
                f.write_str(&texts.join(" "))
            }
        }
    }
}

impl Value {
    /// The value with those contents. A name in parts gets the whole one, too.
    pub fn from_contents(mut contents: BTreeMap<Attribute, Content>) -> Self {
        let text = |attribute| match contents.get(&attribute) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        };
        let parts = (text(Attribute::FirstName), text(Attribute::LastName));
        if let (Some(first), Some(last)) = parts {
            let whole = Content::Text(format!("{first} {last}"));
            contents.insert(Attribute::Name, whole);
        }
        Self(contents)
    }

    /// Every attribute that it has a content for.
    pub fn contents(&self) -> impl Iterator<Item = (Attribute, &Content)> {
        self.0
            .iter()
            .map(|(attribute, content)| (*attribute, content))
    }

    /// The content of an attribute.
    pub fn get(&self, attribute: Attribute) -> Option<&Content> {
        self.0.get(&attribute)
    }

    /// Whether it says that there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of an attribute, if it is one and there.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.0.get(&attribute) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The texts of an attribute, if they are some and there.
    pub fn texts(&self, attribute: Attribute) -> Option<&BTreeSet<String>> {
        match self.0.get(&attribute) {
            Some(Content::Texts(texts)) => Some(texts),
            _ => None,
        }
    }

    /// Adds the contents of another field of the same entity.
    pub fn extend(&mut self, other: &Self) {
        let contents = other.contents();
        self.0
            .extend(contents.map(|(attribute, content)| (attribute, content.clone())));
    }
}
