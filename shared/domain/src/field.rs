//! The fields of entities and the attributes that represent them, one row for each.

use crate::contents::Contents;
use crate::form::PERMISSION_IDS;
use crate::json::Object;
use crate::rows::rows;
use crate::{Change, Form, Found, Reason, Refusal, limits};

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
        /// Whether a user is active.
        Active = ("active", Form::Flag),
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
        /// The name of a person, as a whole or in parts. The last name may be absent and, in a
        /// put, the first name instead.
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
            expected: TEXT_OR_NULL,
            ..REQUIRED_TEXT
        },
        /// The role of a member: built-in or custom.
        Role = FieldDefinition {
            name: "role",
            spellings: &[&[Attribute::Role], &[Attribute::RoleId]],
            expected: "\"role\" or \"roleId\", or null if there is none",
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
        /// Whether a user is active. A user whose events never state it is.
        Active = FieldDefinition {
            name: "active",
            spellings: &[&[Attribute::Active]],
            is_optional: true,
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

/// The `expected` of a refusal of a text that may be absent.
const TEXT_OR_NULL: &str = "a string, or null if there is none";

/// The defaults: a required text that a patch may change.
const REQUIRED_TEXT: FieldDefinition = FieldDefinition {
    name: "",
    spellings: &[],
    expected: "a string that is not empty",
    is_optional: false,
    can_change: true,
    only_one: None,
};

impl Attribute {
    /// The name in payloads and, while the entity is present, in items.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The values it may have.
    pub const fn form(self) -> Form {
        self.row().1
    }

    /// Whether there may be none, which `null` and `""` state.
    pub const fn may_be_absent(self) -> bool {
        matches!(
            self,
            Self::LastName | Self::Email | Self::Role | Self::RoleId | Self::Description
        )
    }
}

impl Field {
    /// The name of the field, which the name of its clock in an item starts with.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The alternative ways to state the field in a payload, each with its attributes. The first
    /// one that has a value is read.
    pub const fn spellings(self) -> &'static [&'static [Attribute]] {
        self.row().spellings
    }

    /// The attributes that represent the field.
    pub fn attributes(self) -> impl Iterator<Item = Attribute> {
        self.spellings().iter().copied().flatten().copied()
    }

    /// Whether a put need not state it. A put that does not creates no register for it, so an
    /// optional field can be added to a kind that already has items.
    pub const fn is_optional(self) -> bool {
        self.row().is_optional
    }

    /// Whether `null` and `""` state that there is no value. A put then creates no register for
    /// the field, and a patch clears it.
    pub fn may_be_absent(self) -> bool {
        self.attributes().all(Attribute::may_be_absent)
    }

    /// Whether a present entity may have no value for it.
    pub fn may_have_no_value(self) -> bool {
        self.is_optional() || self.may_be_absent()
    }

    /// Whether a patch may change it.
    pub const fn can_change(self) -> bool {
        self.row().can_change
    }

    /// Whether using two spellings at once is an error.
    pub const fn has_one_spelling(self) -> bool {
        self.row().only_one.is_some()
    }

    /// Reads what a payload states for the field, if anything. Empty contents state that there is
    /// no value.
    pub(crate) fn stated(
        self,
        change: Change,
        payload: &Object<'_>,
    ) -> Result<Option<Contents>, Refusal> {
        let has_value = |attribute: &Attribute| self.has_value(*attribute, payload);
        let mut begun = self.spellings().iter().filter(|s| s.iter().any(has_value));
        let Some(spelling) = begun.next() else {
            return self.stated_without_value(payload);
        };
        let contents = read(spelling, change, payload)?;
        if let (Some(expected), Some(other)) = (self.row().only_one, begun.next()) {
            read(other, change, payload)?;
            let name = other.first().map_or(self.name(), |other| other.name());
            let found = Found::Text(payload.text(name)?.len());
            return Err(payload.refuse(name, Reason::Ambiguous, found, expected));
        }
        Ok(Some(contents))
    }

    /// Whether a payload has a value for an attribute. An empty text is none where there may be
    /// none, and where another spelling can have the value instead.
    fn has_value(self, attribute: Attribute, payload: &Object<'_>) -> bool {
        let has_others = self.spellings().len() > 1 && !self.has_one_spelling();
        let name = attribute.name();
        let may_be_empty = attribute.may_be_absent() || has_others;
        payload.has_value(name) || payload.is_empty_text(name) && !may_be_empty
    }

    /// What a payload states that has no value for the field.
    fn stated_without_value(self, payload: &Object<'_>) -> Result<Option<Contents>, Refusal> {
        let mut attributes = self.attributes();
        if self.may_be_absent() {
            let is_stated = attributes.any(|attribute| payload.has(attribute.name()));
            return Ok(is_stated.then(Contents::default));
        }
        let mut required = attributes.filter(|attribute| !attribute.may_be_absent());
        match required.find(|attribute| payload.is_empty_text(attribute.name())) {
            None => Ok(None),
            Some(attribute) => {
                let expected = self.row().expected;
                let name = attribute.name();
                Err(payload.refuse(name, Reason::Empty, Found::EmptyText, expected))
            }
        }
    }

    /// The refusal of a payload that does not state the field.
    pub(crate) fn missing(self, payload: &Object<'_>) -> Refusal {
        let mut required = self.attributes().filter(|a| !a.may_be_absent());
        let null = required.find(|attribute| payload.has(attribute.name()));
        let named = null.or_else(|| self.attributes().next());
        let name = named.map_or(self.name(), Attribute::name);
        let found = if payload.has(name) {
            Found::Null
        } else {
            Found::Nothing
        };
        payload.refuse(name, Reason::Missing, found, self.row().expected)
    }
}

/// Reads the attributes of a spelling that has a value.
fn read(spelling: &[Attribute], change: Change, payload: &Object<'_>) -> Result<Contents, Refusal> {
    let mut contents = Contents::default();
    for &attribute in spelling {
        if is_stated_empty(attribute, change, payload) {
            continue;
        }
        let name = attribute.name();
        if !attribute.may_be_absent() || payload.has_value(name) {
            let content = attribute.form().read(payload, name);
            let content = content.map_err(|refusal| match refusal.reason {
                Reason::WrongType if attribute.may_be_absent() => Refusal {
                    expected: TEXT_OR_NULL,
                    ..refusal
                },
                _ => refusal,
            });
            contents.insert(attribute, content?);
        } else if !payload.has(name) {
            return Err(payload.refuse(name, Reason::Missing, Found::Nothing, TEXT_OR_NULL));
        }
    }
    Ok(contents)
}

/// Whether a put states that there is no first name: it is null or empty, and the last name, which
/// has a value, is the whole name. In a patch, a first name of null states nothing.
fn is_stated_empty(attribute: Attribute, change: Change, payload: &Object<'_>) -> bool {
    let name = attribute.name();
    attribute == Attribute::FirstName
        && change == Change::Put
        && payload.has(name)
        && !payload.has_value(name)
        && payload.has_value(Attribute::LastName.name())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
                field.stated(Change::Put, &Object::parse(&payload, "$").unwrap())
            };
            let longest = "é".repeat(limit / 2);
            assert!(stated(&longest).unwrap().is_some());
            let longer = stated(&format!("{longest}x")).unwrap_err();
            assert_eq!(longer.reason, Reason::TooLong);
        }
        assert_eq!(2 * limits::PART_OF_NAME + 1, limits::NAME - 1);
    }
}
