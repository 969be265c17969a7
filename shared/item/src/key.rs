//! The keys of an entity's item in the table and in its indexes.

use std::fmt::Display;

use roster_domain::{
    Attribute, Entity, Field, OrganizationId, Register, TeamId, claim_form, owner,
};
use sha2::{Digest, Sha256};

/// The sort key of an entity with its own partition.
pub const PROFILE: &str = "PROFILE";

/// The index partition of all roles. One partition takes 1,000 writes a second, which is enough
/// for what administrators change.
pub const ROLES: &str = "ROLES";
/// The index partition of all permissions.
pub const PERMISSIONS: &str = "PERMISSIONS";

/// Prefix of the partitions of the index of names with all users.
pub const USERS: &str = "USERS#";
/// Prefix of the partitions of the index of names with all organizations.
pub const ORGANIZATIONS: &str = "ORGANIZATIONS#";
/// The number of partitions over which users, and likewise organizations, are spread in the index
/// of names. One partition takes 1,000 writes a second. The number is permanent: an entity would be
/// in two partitions or in none after a change.
pub const SHARDS: u8 = 8;
/// The most bytes of a name in a sort key of the index of names. A sort key holds 1,024 bytes
/// (DynamoDB, "Quotas"), an id takes up to 256, and page tokens contain the key.
pub const NAME_PART: usize = 512;

/// Prefix of keys that contain the id of a user. Prefixes are permanent.
pub const USER: &str = "USER#";
/// Prefix of keys that contain the id of an organization.
pub const ORGANIZATION: &str = "ORG#";
/// Prefix of keys that contain the ids of a team and its organization.
pub const TEAM: &str = "TEAM#";
/// Prefix of keys that contain the id of a project.
pub const PROJECT: &str = "PROJECT#";
/// Prefix of keys that contain the id of a role.
pub const ROLE: &str = "ROLE#";
/// Prefix of keys that contain the id of a permission.
pub const PERMISSION: &str = "PERMISSION#";
/// Prefix of index partitions of claims to an email.
pub const EMAIL: &str = "EMAIL#";
/// Prefix of index partitions of claims to a name.
pub const NAME: &str = "NAME#";

/// The primary key of an item.
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
        let profile = || PROFILE.to_owned();
        let (pk, sk) = match entity {
            Entity::User(user) => (of(USER, user), profile()),
            Entity::Organization(organization) => (of(ORGANIZATION, organization), profile()),
            Entity::Membership { organization, user } => {
                (of(ORGANIZATION, organization), of(USER, user))
            }
            Entity::Team { organization, team } => (of(ORGANIZATION, organization), of(TEAM, team)),
            Entity::TeamMember {
                organization,
                team,
                user,
            } => (of_team(organization, team), of(USER, user)),
            Entity::Project(project) => (of(PROJECT, project), profile()),
            Entity::ProjectUser { project, user } => (of(PROJECT, project), of(USER, user)),
            Entity::ProjectTeam {
                project,
                organization,
                team,
            } => (of(PROJECT, project), of_team(organization, team)),
            Entity::Role(role) => (of(ROLE, role), profile()),
            Entity::Permission(permission) => (of(PERMISSION, permission), profile()),
        };
        Self { pk, sk }
    }
}

/// The index key of a present entity, if it depends on ids alone. The index finds a relationship
/// from its other end.
pub fn index_of_ids(entity: &Entity) -> Option<(String, String)> {
    match entity {
        Entity::User(_) | Entity::Organization(_) | Entity::Project(_) => None,
        Entity::Membership { .. }
        | Entity::Team { .. }
        | Entity::TeamMember { .. }
        | Entity::ProjectUser { .. }
        | Entity::ProjectTeam { .. } => {
            let Key { pk, sk } = Key::of(entity);
            Some((sk, pk))
        }
        Entity::Role(role) => Some((ROLES.to_owned(), of(ROLE, role))),
        Entity::Permission(permission) => {
            Some((PERMISSIONS.to_owned(), of(PERMISSION, permission)))
        }
    }
}

/// Whether the index key of the entity depends on this field.
pub const fn decides_index(entity: &Entity, field: Field) -> bool {
    matches!(
        (entity, field),
        (Entity::User(_), Field::Email)
            | (Entity::Organization(_), Field::Name)
            | (Entity::Project(_), Field::Owner)
    )
}

/// The index key of a present entity, if it depends on a field: the owner of a project, or a
/// claim to a value that only one entity should have. The earliest claim sorts first.
pub fn index_of_field(
    entity: &Entity,
    field: Field,
    register: &Register,
) -> Option<(String, String)> {
    let claim = |prefix, attribute| {
        let value = register.value.text(attribute)?;
        Some((of_claim(prefix, value), register.clock.to_string()))
    };
    match (entity, field) {
        (Entity::User(_), Field::Email) => claim(EMAIL, Attribute::Email),
        (Entity::Organization(_), Field::Name) => claim(NAME, Attribute::Name),
        (Entity::Project(project), Field::Owner) => {
            let owner = Key::of(&owner(&register.value)?);
            Some((owner.pk, of(PROJECT, project)))
        }
        _ => None,
    }
}

/// The key of a present user or organization in the index of names, if this register has its name.
pub fn index_of_name(entity: &Entity, register: &Register) -> Option<(String, String)> {
    let (prefix, id) = match entity {
        Entity::User(user) => (USERS, user.as_str()),
        Entity::Organization(organization) => (ORGANIZATIONS, organization.as_str()),
        _ => return None,
    };
    let name = register.value.text(Attribute::Name)?;
    let sort = format!("{}\t{id}", name_part(name));
    Some((of(prefix, shard(id)), sort))
}

/// The shard of an id: the first byte of its SHA-256, modulo the number of shards.
fn shard(id: &str) -> u8 {
    let hash = Sha256::digest(id.as_bytes());
    hash.first().map_or(0, |byte| byte % SHARDS)
}

/// What a sort key in the index of names contains of a name: its beginning, without case.
pub fn name_part(name: &str) -> String {
    let mut part = claim_form(name);
    part.truncate(part.floor_char_boundary(NAME_PART));
    part
}

/// The id in a sort key of the index of names. No id contains a tab, but a name may.
pub fn id_of_name(sort: &str) -> Option<&str> {
    sort.rsplit_once('\t').map(|(_, id)| id)
}

/// Part of a key: a prefix and an id.
pub fn of(prefix: &str, id: impl Display) -> String {
    format!("{prefix}{id}")
}

/// The id of a team is unique within its organization only. No id contains the tab between the
/// two.
pub fn of_team(organization: &OrganizationId, team: &TeamId) -> String {
    format!("{TEAM}{organization}\t{team}")
}

/// The index partition of the claims to an email or a name, in any case.
pub fn of_claim(prefix: &str, value: &str) -> String {
    format!("{prefix}{}", claim_form(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The table holds these: another function would lose entities.
    #[test]
    fn the_shard_of_an_id_never_changes() {
        let shards = ["ada", "grace", "u1", "acme", "é", "x"].map(shard);
        assert_eq!(shards, [5, 0, 3, 2, 2, 5]);
    }

    #[test]
    fn ids_are_spread_evenly() {
        let mut sizes = BTreeMap::new();
        for n in 0..8_000 {
            *sizes.entry(shard(&format!("user-{n}"))).or_insert(0) += 1;
        }
        assert_eq!(sizes.len(), usize::from(SHARDS));
        assert!(
            sizes.values().all(|size| (850..1_150).contains(size)),
            "{sizes:?}"
        );
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let part = name_part(&"É".repeat(NAME_PART));
        assert_eq!(part, "é".repeat(NAME_PART / 2));
        let odd = name_part(&format!("x{}", "é".repeat(NAME_PART)));
        assert_eq!(odd.len(), NAME_PART - 1);
        assert_eq!(name_part("Ada"), "ada");
    }
}
