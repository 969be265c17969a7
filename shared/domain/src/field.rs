//! The fields of entities and the attributes that represent them, one row for each.

use std::collections::{BTreeMap, BTreeSet};

use crate::form::PERMISSION_IDS;
use crate::json::Object;
use crate::rows::rows;
use crate::{Content, Form, Found, Reason, Refusal, limits};

rows! {
    /// One named part of a field, in payloads and in the table. The names are permanent: content
    /// hashes and items contain them.
    pub enum Attribute: (&'static str, Form) {
        /// A name; of a person, also the first and the last name joined by a space.
        Name = ("name", Form::Text { limit: limits::NAME, expected: "1 to 1024 bytes" }),
        /// The first part of a person's name.
        FirstName = ("firstName", PART_OF_NAME),
        /// The last part of a person's name.
        LastName = ("lastName", PART_OF_NAME),
        /// An email.
        Email = ("email", Form::Email),
        /// A built-in role.
        Role = ("role", Form::BuiltInRole),
        /// A custom role.
        RoleId = ("roleId", Form::CustomRole),
        /// A description.
        Description = ("description", Form::Text {
            limit: limits::DESCRIPTION,
            expected: "1 to 4096 bytes",
        }),
        /// Permissions.
        PermissionIds = ("permissionIds", Form::Permissions),
        /// The user who owns a project.
        OwnerUserId = ("ownerUserId", Form::Id),
        /// The organization that owns a project.
        OwnerOrganizationId = ("ownerOrganizationId", Form::Id),
        /// The user who created a project.
        CreatedByUserId = ("createdByUserId", Form::Id),
    }
}

const PART_OF_NAME: Form = Form::Text {
    limit: limits::PART_OF_NAME,
    expected: "1 to 511 bytes",
};

rows! {
    /// A register of an entity other than its life. Items store its clock under [`Field::name`],
    /// so the name is permanent, and no two fields of one kind have the same name.
    pub enum Field: FieldDefinition {
        /// The name of any entity except a person.
        Name = FieldDefinition {
            name: "name",
            spellings: &[&[Attribute::Name]],
            ..REQUIRED_TEXT
        },
        /// The name of a person, as a whole or in two parts.
        PersonName = FieldDefinition {
            name: "name",
            spellings: &[
                &[Attribute::Name],
                &[Attribute::FirstName, Attribute::LastName],
            ],
            expected: "\"name\", or \"firstName\" and \"lastName\"",
            ..REQUIRED_TEXT
        },
        /// The email of a user.
        Email = FieldDefinition {
            name: "email",
            spellings: &[&[Attribute::Email]],
            ..REQUIRED_TEXT
        },
        /// The role of a member: built-in or custom.
        Role = FieldDefinition {
            name: "role",
            spellings: &[&[Attribute::Role], &[Attribute::RoleId]],
            expected: "\"role\" or \"roleId\"",
            ..REQUIRED_TEXT
        },
        /// The role of a user or a team on a project: built-in or custom.
        ProjectRole = FieldDefinition {
            name: "role",
            spellings: &[&[Attribute::Role], &[Attribute::RoleId]],
            is_optional: true,
            ..REQUIRED_TEXT
        },
        /// A description.
        Description = FieldDefinition {
            name: "description",
            spellings: &[&[Attribute::Description]],
            is_optional: true,
            ..REQUIRED_TEXT
        },
        /// The permissions of a role, as one value.
        Permissions = FieldDefinition {
            name: "permissionIds",
            spellings: &[&[Attribute::PermissionIds]],
            expected: PERMISSION_IDS,
            ..REQUIRED_TEXT
        },
        /// The user or the organization that owns a project.
        Owner = FieldDefinition {
            name: "owner",
            spellings: &[&[Attribute::OwnerUserId], &[Attribute::OwnerOrganizationId]],
            expected: "\"ownerUserId\" or \"ownerOrganizationId\"",
            only_one: Some("only one of ownerUserId and ownerOrganizationId"),
            can_change: false,
            ..REQUIRED_TEXT
        },
        /// The user who created a project.
        Creator = FieldDefinition {
            name: "createdByUserId",
            spellings: &[&[Attribute::CreatedByUserId]],
            can_change: false,
            ..REQUIRED_TEXT
        },
    }
}

/// The properties of a field.
struct FieldDefinition {
    /// See [`Field::name`].
    name: &'static str,
    /// See [`Field::spellings`].
    spellings: &'static [&'static [Attribute]],
    /// The `expected` of a refusal if the field is missing.
    expected: &'static str,
    /// See [`Field::is_optional`].
    is_optional: bool,
    /// See [`Field::can_change`].
    can_change: bool,
    /// The `expected` of a refusal if a payload uses two spellings at once, where that is an
    /// error.
    only_one: Option<&'static str>,
}

/// The defaults: a required text that a patch may change.
const REQUIRED_TEXT: FieldDefinition = FieldDefinition {
    name: "",
    spellings: &[],
    expected: "a string that is not empty",
    is_optional: false,
    can_change: true,
    only_one: None,
};

/// What a payload states for a field: the contents of the attributes of one spelling; empty if it
/// clears the field.
pub(crate) type Contents = BTreeMap<Attribute, Content>;

/// The value in a register: the contents of some of the attributes of its field. It is empty for
/// a description that was cleared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Value(BTreeMap<Attribute, Content>);

impl Attribute {
    /// The name in payloads and, while the entity is present, in items.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The values it may have.
    pub const fn form(self) -> Form {
        self.row().1
    }
}

impl Field {
    /// The name of the field, which the name of its clock in an item starts with.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The alternative ways to state the field in a payload, each with its attributes. The first
    /// one with an attribute that is not null is read.
    pub const fn spellings(self) -> &'static [&'static [Attribute]] {
        self.row().spellings
    }

    /// The attributes that represent the field.
    pub fn attributes(self) -> impl Iterator<Item = Attribute> {
        self.spellings().iter().copied().flatten().copied()
    }

    /// Whether the field may have no value. A put that does not state an optional field creates
    /// no register for it, so an optional field can be added to a kind that already has items.
    pub const fn is_optional(self) -> bool {
        self.row().is_optional
    }

    /// Whether a patch may change it.
    pub const fn can_change(self) -> bool {
        self.row().can_change
    }

    /// Whether using two spellings at once is an error.
    pub const fn has_one_spelling(self) -> bool {
        self.row().only_one.is_some()
    }

    /// Reads what a payload states for the field, if anything.
    pub(crate) fn stated(self, payload: &Object<'_>) -> Result<Option<Contents>, Refusal> {
        let states = |attribute: &Attribute| payload.states(attribute.name());
        let mut begun = self.spellings().iter().filter(|s| s.iter().any(states));
        let Some(spelling) = begun.next() else {
            let is_null = |attribute: Attribute| payload.has(attribute.name());
            return match self.attributes().any(is_null) {
                false => Ok(None),
                true if self.is_optional() => Ok(Some(Contents::default())),
                true => Err(self.missing(payload)),
            };
        };
        if let (Some(expected), Some([other, ..])) = (self.row().only_one, begun.next()) {
            let found = Found::Text(payload.text(other.name())?.len());
            return Err(payload.refuse(other.name(), Reason::Ambiguous, found, expected));
        }
        let read = |&attribute: &Attribute| {
            let content = attribute.form().read(payload, attribute.name())?;
            Ok((attribute, content))
        };
        spelling
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The refusal of a payload that does not state the field.
    pub(crate) fn missing(self, payload: &Object<'_>) -> Refusal {
        let name = self
            .attributes()
            .next()
            .map_or(self.name(), Attribute::name);
        let found = if payload.has(name) {
            Found::Null
        } else {
            Found::Nothing
        };
        payload.refuse(name, Reason::Missing, found, self.row().expected)
    }
}

impl Value {
    /// Creates a value from contents. A name in two parts also gets the full name.
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

    /// All attributes that have a content, with their contents.
    pub fn contents(&self) -> impl Iterator<Item = (Attribute, &Content)> {
        self.0
            .iter()
            .map(|(attribute, content)| (*attribute, content))
    }

    /// The content of an attribute.
    pub fn get(&self, attribute: Attribute) -> Option<&Content> {
        self.0.get(&attribute)
    }

    /// Whether the value is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content of an attribute, if it has one that is a text.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.0.get(&attribute) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The content of an attribute, if it has one that is a set of texts.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventType, Kind};

    #[test]
    fn the_fields_and_attributes_of_a_kind_have_different_names() {
        for kind in Kind::ALL {
            let fields: BTreeSet<_> = kind.fields().iter().map(|field| field.name()).collect();
            assert_eq!(fields.len(), kind.fields().len(), "{kind:?}");
            let attributes: Vec<_> = kind.fields().iter().flat_map(|f| f.attributes()).collect();
            let names: BTreeSet<_> = attributes.iter().map(|a| a.name()).collect();
            assert_eq!(names.len(), attributes.len(), "{kind:?}");
        }
    }

    #[test]
    fn the_expected_text_of_a_refusal_states_the_limit() {
        for attribute in Attribute::ALL {
            if let Form::Text { limit, expected } = attribute.form() {
                assert_eq!(expected, format!("1 to {limit} bytes"));
            }
        }
        assert!(PERMISSION_IDS.contains(&limits::PERMISSIONS.to_string()));
    }

    #[test]
    fn a_text_may_be_as_long_as_its_limit_in_bytes() {
        let role = EventType::named("RoleCreated").unwrap();
        for (field, limit) in [
            (Field::Name, limits::NAME),
            (Field::Description, limits::DESCRIPTION),
        ] {
            assert!(role.fields().any(|of_role| of_role == field));
            let stated = |text: &str| {
                let payload = format!(r#"{{"{}":"{text}"}}"#, field.name());
                field.stated(&Object::parse(&payload, "$").unwrap())
            };
            let longest = "é".repeat(limit / 2);
            assert!(stated(&longest).unwrap().is_some());
            let longer = stated(&format!("{longest}x")).unwrap_err();
            assert_eq!(longer.reason, Reason::TooLong);
        }
        assert_eq!(2 * limits::PART_OF_NAME + 1, limits::NAME - 1);
    }
}
