//! A [`Write`] as the expressions of an `UpdateItem` request.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Entity, Status};

use crate::attribute::{ITEM_VERSION, NEWEST_CLOCK, PK, REVISION, STATUS};
use crate::item::{
    ITEM_VERSION as ITEM_VERSION_KNOWN, attributes, patch_attributes, patched_attributes,
    possible_attributes,
};
use crate::protocol::{Condition, Effect, Write};

/// The expressions, with the names and values that they stand for.
#[derive(Debug, Default)]
pub struct Expressions {
    pub update: String,
    pub condition: String,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

impl Expressions {
    pub fn of(entity: &Entity, write: &Write) -> Self {
        let mut expressions = Self::default();
        expressions.update = expressions.update_to(entity, &write.effect);
        expressions.condition = expressions.only_if(&write.condition);
        expressions
    }

    fn update_to(&mut self, entity: &Entity, effect: &Effect) -> String {
        let (set, decided): (_, Vec<_>) = match effect {
            Effect::Patch(patch) => (
                patch_attributes(entity, patch),
                patched_attributes(patch).collect(),
            ),
            Effect::Replace(state) => (
                attributes(entity, state),
                possible_attributes(entity).collect(),
            ),
        };
        let gone = decided.into_iter().filter(|name| !set.contains_key(name));
        let remove: Vec<_> = gone.map(|name| self.name(name)).collect();
        let set: Vec<_> = set
            .into_iter()
            .map(|(name, value)| format!("{} = {}", self.name(name), self.value(name, value)))
            .collect();
        let one = self.value("one", AttributeValue::N("1".to_owned()));
        let mut update = format!("SET {} ADD {} {one}", set.join(", "), self.name(REVISION));
        if !remove.is_empty() {
            update.push_str(" REMOVE ");
            update.push_str(&remove.join(", "));
        }
        update
    }

    fn only_if(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::NoItem => format!("attribute_not_exists({})", self.name(PK)),
            Condition::AllOlder(clock) => {
                let older = self.all_older(clock.as_str());
                format!("attribute_not_exists({}) OR ({older})", self.name(PK))
            }
            Condition::PresentAndAllOlder(clock) => {
                let older = self.all_older(clock.as_str());
                let active = self.value(
                    "active",
                    AttributeValue::S(Status::Active.name().to_owned()),
                );
                format!("{} = {active} AND {older}", self.name(STATUS))
            }
            Condition::Unchanged { revision, newest } => {
                let revision = self.value("read", AttributeValue::N(revision.to_string()));
                let newest = self.value("readNewest", AttributeValue::S(newest.to_string()));
                format!(
                    "{} = {revision} AND {} = {newest}",
                    self.name(REVISION),
                    self.name(NEWEST_CLOCK)
                )
            }
        }
    }

    /// The item is one of this version, too: it would be read if the condition failed, but not
    /// before a write that takes effect.
    fn all_older(&mut self, clock: &str) -> String {
        let oldest = self.value("oldest", AttributeValue::S(clock.to_owned()));
        let known = self.value("known", AttributeValue::N(ITEM_VERSION_KNOWN.to_string()));
        format!(
            "{} < {oldest} AND {} <= {known}",
            self.name(NEWEST_CLOCK),
            self.name(ITEM_VERSION)
        )
    }

    fn name(&mut self, name: &str) -> String {
        let alias = format!("#{name}");
        self.names.insert(alias.clone(), name.to_owned());
        alias
    }

    fn value(&mut self, name: &str, value: AttributeValue) -> String {
        let alias = format!(":{name}");
        self.values.insert(alias.clone(), value);
        alias
    }
}
