//! Entities that were read together, and which of them count.
//!
//! An entity may arrive before what it refers to, and what it refers to may be deleted. It is
//! kept, and it is *effective* only while it is present and all that it refers to is effective:
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

/// Present entities, each with the contents of all its fields. What is not in it is absent, or
/// was not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    present: BTreeMap<Entity, Value>,
}

/// What a member may do, by the role it was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignedRole {
    /// One that every organization has.
    BuiltIn(BuiltInRole),
    /// A custom role.
    Custom(RoleId),
}

impl Snapshot {
    /// Adds a present entity.
    pub fn insert(&mut self, entity: Entity, value: Value) {
        self.present.insert(entity, value);
    }

    /// Adds everything in another one.
    pub fn extend(&mut self, other: Self) {
        self.present.extend(other.present);
    }

    /// The contents of a present entity.
    pub fn get(&self, entity: &Entity) -> Option<&Value> {
        self.present.get(entity)
    }

    /// Every present entity.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.present.keys()
    }

    /// What keeps the entity from being effective: itself or, in the order of the table above,
    /// the first thing that is absent of what it refers to. None if it is effective.
    pub fn obstacle(&self, entity: &Entity) -> Option<Entity> {
        let Some(value) = self.get(entity) else {
            return Some(entity.clone());
        };
        let mut references = refers_to(entity, Some(value)).into_iter();
        references.find_map(|other| self.obstacle(&other))
    }

    /// Whether the entity and all that it refers to is present.
    pub fn is_effective(&self, entity: &Entity) -> bool {
        self.obstacle(entity).is_none()
    }
}

/// What an entity refers to directly. The owner of a project is known by its contents only.
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

/// Everything that has to be read to tell whether those entities are effective, as far as their
/// ids tell.
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

/// The owner in the contents of a project.
pub fn owner(project: &Value) -> Option<Entity> {
    let id = |attribute| EntityId::parse(project.text(attribute)?).ok();
    let user = id(Attribute::OwnerUserId).map(|id| Entity::User(id.into()));
    user.or_else(|| {
        Some(Entity::Organization(
            id(Attribute::OwnerOrganizationId)?.into(),
        ))
    })
}

/// The role in the contents of a membership.
pub fn assigned_role(membership: &Value) -> Option<AssignedRole> {
    if let Some(role) = membership.text(Attribute::Role) {
        return BuiltInRole::parse(role).ok().map(AssignedRole::BuiltIn);
    }
    let role = RoleId::parse(membership.text(Attribute::RoleId)?).ok()?;
    Some(AssignedRole::Custom(role))
}
