//! Where the item of an entity stands in the table and in its index.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Entity, Field, OrganizationId, Register, UserId};

use crate::attribute::{PK, SK};

const PROFILE: &str = "PROFILE";

/// The primary key of an item. The prefixes are permanent; `TEAM#`, `PROJECT#`, `ROLE#` and
/// `PERMISSION#` are taken for later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    /// The key of an entity's item.
    pub fn of(entity: &Entity) -> Self {
        let (pk, sk) = match entity {
            Entity::User(user) => (of_user(user), PROFILE.to_owned()),
            Entity::Organization(organization) => {
                (of_organization(organization), PROFILE.to_owned())
            }
            Entity::Membership { organization, user } => {
                (of_organization(organization), of_user(user))
            }
        };
        Self { pk, sk }
    }

    pub(crate) fn into_attributes(self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk)),
            (SK.to_owned(), AttributeValue::S(self.sk)),
        ])
    }
}

/// The key in the index of a present entity, where it depends on the ids alone.
pub(crate) fn index_of_ids(entity: &Entity) -> Option<(String, String)> {
    match entity {
        Entity::User(_) | Entity::Organization(_) => None,
        Entity::Membership { organization, user } => {
            Some((of_user(user), of_organization(organization)))
        }
    }
}

/// The key in the index of a present entity, where a field makes it: a claim to a value that
/// only one entity should hold. Who claimed it first sorts first.
pub(crate) fn index_of_field(
    entity: &Entity,
    field: Field,
    register: &Register,
) -> Option<(String, String)> {
    let prefix = match (entity, field) {
        (Entity::User(_), Field::Email) => "EMAIL#",
        (Entity::Organization(_), Field::Name) => "NAME#",
        _ => return None,
    };
    let claim = format!("{prefix}{}", register.value.to_lowercase());
    Some((claim, register.clock.to_string()))
}

pub(crate) fn of_user(user: &UserId) -> String {
    format!("{USER}{user}")
}

pub(crate) fn of_organization(organization: &OrganizationId) -> String {
    format!("{ORGANIZATION}{organization}")
}

pub(crate) const USER: &str = "USER#";
pub(crate) const ORGANIZATION: &str = "ORG#";
