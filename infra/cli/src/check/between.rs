//! Where it matters in which order an entity was removed and another one stated a reference to it.
//!
//! A reference counts only if it was stated after the newest removal of what it leads to. What
//! does not exist at the end is left out: no reference to it counts in either order.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use roster_domain::{
    AssignedRole, Attribute, Clock, Entity, Event, Field, LifeKind, PermissionId, Statements,
    Value, assigned_role, refers_to,
};
use roster_table::{Key, Record};

use super::certainty::{Placed, parts};
use super::uncertain::Uncertain;
use crate::directory::Directory;

/// The valid events of each entity, in the order of their clocks.
pub type Histories = BTreeMap<Entity, Vec<Placed>>;

/// A reference in force.
struct Reference<'a> {
    /// The entity that states it.
    entity: &'a Entity,
    /// The clock at which it was stated.
    stated: &'a Clock,
    /// The field that states it; none if it follows from the ids, which a put states.
    field: Option<Field>,
    /// What it leads to.
    leads_to: BTreeSet<Entity>,
    /// The name and the value of what counts or does not.
    shown: (&'static str, String),
}

/// The references that count in one order that the producer left open, and not in another.
pub fn between(
    histories: &Histories,
    directory: &Directory,
    event: &impl Fn(usize) -> Result<Option<Event>>,
) -> Result<Vec<Uncertain>> {
    let mut uncertain = Vec::new();
    for (entity, record) in &directory.present {
        let Some(statements) = &record.statements else {
            continue;
        };
        for reference in references(entity, record, statements, directory) {
            uncertain.extend(reference.uncertain(histories, directory, event)?);
        }
    }
    Ok(uncertain)
}

impl Reference<'_> {
    /// Compares the reference with the newest removal of what it leads to: if it was stated after
    /// that one, it was stated after all of them.
    fn uncertain(
        &self,
        histories: &Histories,
        directory: &Directory,
        event: &impl Fn(usize) -> Result<Option<Event>>,
    ) -> Result<Option<Uncertain>> {
        let removals = self
            .leads_to
            .iter()
            .filter_map(|other| newest_removal(other, histories, directory));
        let Some(removal) = removals.max_by(|a, b| a.clock.cmp(&b.clock)) else {
            return Ok(None);
        };
        let Some(stated) = event_at(self.entity, self.stated, histories) else {
            return Ok(None);
        };
        if !may_follow(removal, stated) {
            return Ok(None);
        }
        // Another event may state the same and be the last to do so.
        for other in histories.get(self.entity).into_iter().flatten() {
            let is_last = other.line == stated.line || may_follow(other, stated);
            if is_last && may_follow(other, removal) && self.is_stated_by(other, event)? {
                return Ok(Some(self.report(stated, other, removal)));
            }
        }
        Ok(None)
    }

    fn is_stated_by(
        &self,
        placed: &Placed,
        event: &impl Fn(usize) -> Result<Option<Event>>,
    ) -> Result<bool> {
        let event = event(placed.line)?.context("an event is not valid any more")?;
        Ok(match self.field {
            None => {
                let life = event.delta.life();
                life.is_some_and(|life| life.kind == LifeKind::Put)
            }
            Some(field) => event.delta.fields().any(|(stated, _)| stated == field),
        })
    }

    /// `stated` is in force here, and `last` may be the last event that states the same.
    fn report(&self, stated: &Placed, last: &Placed, removal: &Placed) -> Uncertain {
        let counts = stated.clock > removal.clock;
        let (first, last) = match counts {
            true => (stated, removal),
            false => (removal, last),
        };
        let (name, value) = &self.shown;
        let shown = |counts: bool| {
            let value = counts.then(|| value.clone());
            BTreeMap::from([((*name).to_owned(), value)])
        };
        let Key { pk, sk } = Key::of(self.entity);
        Uncertain {
            pk,
            sk,
            lines: vec![first.line, last.line],
            last: last.line,
            here: shown(counts),
            in_other_order: shown(!counts),
        }
    }
}

/// The references that a present entity states.
fn references<'a>(
    entity: &'a Entity,
    record: &'a Record,
    statements: &'a Statements,
    directory: &Directory,
) -> Vec<Reference<'a>> {
    let by_put = Reference {
        entity,
        stated: &statements.put,
        field: None,
        leads_to: leads_to(entity, directory),
        shown: ("counts", "yes".to_owned()),
    };
    let by_field = referred_by_field(&record.value).into_iter();
    let by_field = by_field.filter_map(|(attribute, other)| {
        let mut fields = statements.fields.iter();
        let (field, stated) =
            fields.find(|(field, _)| field.attributes().any(|has| has == attribute))?;
        Some(Reference {
            entity,
            stated,
            field: Some(*field),
            shown: (attribute.name(), other.ids().concat()),
            leads_to: BTreeSet::from([other]),
        })
    });
    std::iter::once(by_put).chain(by_field).collect()
}

/// The custom role that is assigned, and the permissions that are listed.
fn referred_by_field(value: &Value) -> Vec<(Attribute, Entity)> {
    let role = match assigned_role(value) {
        Some(AssignedRole::Custom(role)) => Some((Attribute::RoleId, Entity::Role(role))),
        _ => None,
    };
    let permissions = value.texts(Attribute::PermissionIds).into_iter().flatten();
    let permissions = permissions.filter_map(|id| {
        let permission = PermissionId::parse(id).ok()?;
        Some((Attribute::PermissionIds, Entity::Permission(permission)))
    });
    role.into_iter().chain(permissions).collect()
}

/// What an entity refers to, what that refers to, and so on.
fn leads_to(entity: &Entity, directory: &Directory) -> BTreeSet<Entity> {
    let others = |of: &Entity| {
        let record = directory.present.get(of);
        refers_to(of, record.map(|record| &record.value))
    };
    let mut open = others(entity);
    let mut found = BTreeSet::new();
    while let Some(other) = open.pop() {
        open.extend(others(&other));
        found.insert(other);
    }
    found
}

/// The newest removal of an entity that exists again.
fn newest_removal<'a>(
    entity: &Entity,
    histories: &'a Histories,
    directory: &Directory,
) -> Option<&'a Placed> {
    let statements = directory.present.get(entity)?.statements.as_ref()?;
    event_at(entity, statements.removed.as_ref()?, histories)
}

fn event_at<'a>(entity: &Entity, clock: &Clock, histories: &'a Histories) -> Option<&'a Placed> {
    let events = histories.get(entity)?;
    let place = events.binary_search_by(|placed| placed.clock.cmp(clock));
    events.get(place.ok()?)
}

/// Whether `a` comes after `b` here or in an order that the producer left open. An event without
/// a time may come after any other.
fn may_follow(a: &Placed, b: &Placed) -> bool {
    let [time, sequence, ..] = parts(&a.clock);
    let [other_time, other_sequence, ..] = parts(&b.clock);
    let is_tie = !b.is_undated && (time, sequence) == (other_time, other_sequence);
    a.is_undated || a.clock > b.clock || is_tie
}
