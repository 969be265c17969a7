//! Entities that were read together, and which of them are effective.
//!
//! An entity may arrive before the entities it refers to, and those may be deleted later. It is
//! kept, and it is *effective* while it is present, everything it refers to is effective, and it
//! is not void:
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
//!
//! An entity is *void* if something it leads to was removed after the entity was put, even if
//! that has been created again: a new holder of an id does not inherit what the old one was
//! granted. An entity leads to what it refers to, what that refers to, and so on. Restating an
//! entity with a new put makes it count again; a patch does not, since it does not restate the
//! ids. A custom role that a relationship names counts only if it was assigned after the newest
//! removal of the role, and a permission only if the role's list was stated after the newest
//! removal of the permission. A restore takes a removal back, so only the removal before that one
//! counts.
//!
//! A deactivated user is not effective, and neither is any relationship of the user. A project
//! stays effective when the user who owns it is deactivated.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Attribute, BuiltInRole, Clock, Entity, EntityId, Field, LifeKind, PermissionId, RoleId, State,
    UserId, Value, is_active,
};

/// Present entities, each with the contents of all its fields and the clocks at which they were
/// stated. An entity that is not in a snapshot is absent or was not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    present: BTreeMap<Entity, (Value, Statements)>,
}

/// When a present entity was stated and removed. It decides which references are void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// The clock of the put in force, which stated the ids.
    pub put: Clock,
    /// The clocks at which the fields were stated.
    pub fields: BTreeMap<Field, Clock>,
    /// The newest removal that was not taken back by a restore. References stated before it are
    /// void.
    pub removed: Option<Clock>,
}

/// Why an entity is not effective.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// This is absent.
    Absent(Entity),
    /// This user is deactivated.
    Inactive(UserId),
    /// A reference is void.
    Void {
        /// The entity that states the reference.
        reference: Entity,
        /// What was removed after the reference was stated.
        removed: Entity,
    },
}

/// The role of a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignedRole {
    /// A built-in role.
    BuiltIn(BuiltInRole),
    /// A custom role.
    Custom(RoleId),
}

impl Statements {
    /// The statements of a present entity; none if it is absent.
    pub fn of(state: &State) -> Option<Self> {
        let life = state.life().filter(|life| life.kind == LifeKind::Put)?;
        let registers = state.registers();
        let fields = state.fields();
        Some(Self {
            put: life.clock.clone(),
            fields: fields
                .map(|(field, register)| (field, register.clock.clone()))
                .collect(),
            removed: match &registers.restored {
                Some(restored) => restored.floor.clone(),
                None => registers.removed.clone(),
            },
        })
    }
}

impl Snapshot {
    /// Adds a present entity.
    pub fn insert(&mut self, entity: Entity, value: Value, statements: Statements) {
        self.present.insert(entity, (value, statements));
    }

    /// Adds everything in another snapshot.
    pub fn extend(&mut self, other: Self) {
        self.present.extend(other.present);
    }

    /// The contents of an entity, if it is present.
    pub fn get(&self, entity: &Entity) -> Option<&Value> {
        self.present.get(entity).map(|(value, _)| value)
    }

    /// When an entity was stated and removed, if it is present.
    pub fn statements(&self, entity: &Entity) -> Option<&Statements> {
        self.present.get(entity).map(|(_, statements)| statements)
    }

    /// All present entities.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.present.keys()
    }

    /// Returns why an entity is not effective; none if it is. The references are checked in the
    /// order of the table above, then whether the entity itself is void.
    pub fn obstacle(&self, entity: &Entity) -> Option<Obstacle> {
        let Some((value, statements)) = self.present.get(entity) else {
            return Some(Obstacle::Absent(entity.clone()));
        };
        if let Entity::User(user) = entity
            && !is_active(value)
        {
            return Some(Obstacle::Inactive(user.clone()));
        }
        let mut references = refers_to(entity, Some(value)).into_iter();
        let obstacle = references.find_map(|other| match self.obstacle(&other)? {
            Obstacle::Inactive(_) if matches!(entity, Entity::Project(_)) => None,
            obstacle => Some(obstacle),
        });
        obstacle.or_else(|| {
            let mut leads_to = self.leads_to(entity).into_iter();
            leads_to.find_map(|other| self.void(entity, &statements.put, other))
        })
    }

    /// Whether the entity and everything it refers to are present and count.
    pub fn is_effective(&self, entity: &Entity) -> bool {
        self.obstacle(entity).is_none()
    }

    /// Returns why the value of a field does not count as a reference to `other`: `other` is
    /// absent, or was removed after the field was stated.
    pub(crate) fn obstacle_to(
        &self,
        entity: &Entity,
        attribute: Attribute,
        other: Entity,
    ) -> Option<Obstacle> {
        if let Some(obstacle) = self.obstacle(&other) {
            return Some(obstacle);
        }
        let clock = self
            .statements(entity)?
            .fields
            .iter()
            .find_map(|(field, clock)| field.attributes().any(|a| a == attribute).then_some(clock));
        self.void(entity, clock?, other)
    }

    /// Returns what is void although its entity may be effective: the custom role that a
    /// relationship names, or permissions that a role lists.
    pub fn void_values(&self, entity: &Entity) -> Vec<Obstacle> {
        let Some(value) = self.get(entity) else {
            return Vec::new();
        };
        let role = match assigned_role(value) {
            Some(AssignedRole::Custom(role)) => Some((Attribute::RoleId, Entity::Role(role))),
            _ => None,
        };
        let listed = value.texts(Attribute::PermissionIds).into_iter().flatten();
        let listed = listed.filter_map(|id| PermissionId::parse(id).ok());
        let listed = listed.map(|id| (Attribute::PermissionIds, Entity::Permission(id)));
        let values = role.into_iter().chain(listed);
        let obstacles = values.filter_map(|(of, other)| self.obstacle_to(entity, of, other));
        obstacles
            .filter(|obstacle| matches!(obstacle, Obstacle::Void { .. }))
            .collect()
    }

    /// Returns an obstacle if `other` was removed after `reference` was stated at `stated`.
    fn void(&self, reference: &Entity, stated: &Clock, other: Entity) -> Option<Obstacle> {
        (self.statements(&other)?.removed.as_ref()? > stated).then(|| Obstacle::Void {
            reference: reference.clone(),
            removed: other,
        })
    }

    /// What an entity refers to, what that refers to, and so on.
    fn leads_to(&self, entity: &Entity) -> Vec<Entity> {
        let mut found = refers_to(entity, self.get(entity));
        let mut at = 0;
        while let Some(next) = found.get(at) {
            let further = refers_to(next, self.get(next));
            found.extend(further);
            at += 1;
        }
        found
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

/// The role that a relationship states, from its contents: that of a member, or that of a user or a
/// team on a project.
pub fn assigned_role(relationship: &Value) -> Option<AssignedRole> {
    if let Some(role) = relationship.text(Attribute::Role) {
        return BuiltInRole::parse(role).ok().map(AssignedRole::BuiltIn);
    }
    let role = RoleId::parse(relationship.text(Attribute::RoleId)?).ok()?;
    Some(AssignedRole::Custom(role))
}

impl fmt::Display for Obstacle {
    /// Completes a sentence that begins with "no:".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(entity) => write!(f, "{entity} does not exist"),
            Self::Inactive(user) => write!(f, "user {user} is deactivated"),
            Self::Void { reference, removed } => write!(
                f,
                "{reference} was stated before {removed} was last removed"
            ),
        }
    }
}
