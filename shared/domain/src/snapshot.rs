//! Entities that were read together, and which of them are effective.
//!
//! An entity may arrive before the entities it refers to, and those may be deleted later. It is
//! kept, and it is *effective* while it is present and everything it refers to is effective:
//!
//! | kind | refers to |
//! | --- | --- |
//! | user, organization, role, permission | nothing |
//! | membership | its organization, its user |
//! | team | its organization |
//! | team member | its team, the membership of its user in the team's organization |
//! | project | its owner, a user or an organization |
//! | project user | its project, its user |
//! | project team | its project, its team |

use std::collections::{BTreeMap, BTreeSet};

use crate::{Attribute, BuiltInRole, Entity, EntityId, RoleId, Value};

/// Present entities, each with the contents of all its fields. An entity that is not in a
/// snapshot is absent or was not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    present: BTreeMap<Entity, Value>,
}

/// The role of a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignedRole {
    /// A built-in role.
    BuiltIn(BuiltInRole),
    /// A custom role.
    Custom(RoleId),
}

impl Snapshot {
    /// Adds a present entity.
    pub fn insert(&mut self, entity: Entity, value: Value) {
        self.present.insert(entity, value);
    }

    /// Adds everything in another snapshot.
    pub fn extend(&mut self, other: Self) {
        self.present.extend(other.present);
    }

    /// The contents of an entity, if it is present.
    pub fn get(&self, entity: &Entity) -> Option<&Value> {
        self.present.get(entity)
    }

    /// All present entities.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.present.keys()
    }

    /// Returns the first absent entity that makes this one ineffective: itself or, in the order
    /// of the table above, one it refers to. None if it is effective.
    pub fn obstacle(&self, entity: &Entity) -> Option<Entity> {
        let Some(value) = self.get(entity) else {
            return Some(entity.clone());
        };
        let mut references = refers_to(entity, Some(value)).into_iter();
        references.find_map(|other| self.obstacle(&other))
    }

    /// Whether the entity and everything it refers to are present.
    pub fn is_effective(&self, entity: &Entity) -> bool {
        self.obstacle(entity).is_none()
    }
}

/// The entities that an entity refers to directly. The owner of a project is known only from its
/// contents.
pub fn refers_to(entity: &Entity, value: Option<&Value>) -> Vec<Entity> {
    match entity {
        Entity::User(_) | Entity::Organization(_) | Entity::Role(_) | Entity::Permission(_) => {
            Vec::new()
        }
        Entity::Membership { organization, user } => vec![
            Entity::Organization(organization.clone()),
            Entity::User(user.clone()),
        ],
        Entity::Team { organization, .. } => vec![Entity::Organization(organization.clone())],
        Entity::TeamMember {
            organization,
            team,
            user,
        } => vec![
            Entity::Team {
                organization: organization.clone(),
                team: team.clone(),
            },
            Entity::Membership {
                organization: organization.clone(),
                user: user.clone(),
            },
        ],
        Entity::Project(_) => value.and_then(owner).into_iter().collect(),
        Entity::ProjectUser { project, user } => {
            vec![Entity::Project(project.clone()), Entity::User(user.clone())]
        }
        Entity::ProjectTeam {
            project,
            organization,
            team,
        } => vec![
            Entity::Project(project.clone()),
            Entity::Team {
                organization: organization.clone(),
                team: team.clone(),
            },
        ],
    }
}

/// All entities needed to tell whether these are effective, as far as they follow from ids.
pub fn closure(entities: impl IntoIterator<Item = Entity>) -> BTreeSet<Entity> {
    let mut open: Vec<_> = entities.into_iter().collect();
    let mut closure = BTreeSet::new();
    while let Some(entity) = open.pop() {
        if !closure.contains(&entity) {
            open.extend(refers_to(&entity, None));
            closure.insert(entity);
        }
    }
    closure
}

/// The owner, from the contents of a project.
pub fn owner(project: &Value) -> Option<Entity> {
    let id = |attribute| EntityId::parse(project.text(attribute)?).ok();
    let user = id(Attribute::OwnerUserId).map(|id| Entity::User(id.into()));
    user.or_else(|| {
        Some(Entity::Organization(
            id(Attribute::OwnerOrganizationId)?.into(),
        ))
    })
}

/// The role, from the contents of a membership.
pub fn assigned_role(membership: &Value) -> Option<AssignedRole> {
    if let Some(role) = membership.text(Attribute::Role) {
        return BuiltInRole::parse(role).ok().map(AssignedRole::BuiltIn);
    }
    let role = RoleId::parse(membership.text(Attribute::RoleId)?).ok()?;
    Some(AssignedRole::Custom(role))
}
