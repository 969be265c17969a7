//! A [`Write`] as the expressions of an `UpdateItem` request.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Entity, Status};

use roster_item::attribute::{ITEM_VERSION, NEWEST_CLOCK, PK, REVISION, STATUS};
use roster_item::{
    ITEM_VERSION as ITEM_VERSION_KNOWN, Name, attributes, patch_attributes, patched_attributes,
    possible_attributes,
};

use crate::protocol::{Condition, Effect, Write};
use crate::sdk::value_of;

/// The expressions, with the names and values of their placeholders.
#[derive(Debug, Default)]
pub struct Expressions {
    pub update: String,
    pub condition: String,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

/// More names or values than any write has, so that no map is reallocated.
const ROOM: usize = 32;

impl Expressions {
    pub fn of(entity: &Entity, write: &Write) -> Self {
        let mut expressions = Self {
            values: HashMap::with_capacity(ROOM),
            ..Self::default()
        };
        expressions.update = expressions.update_to(entity, &write.effect);
        expressions.condition = expressions.only_if(&write.condition);
        expressions
    }

    fn update_to(&mut self, entity: &Entity, effect: &Effect) -> String {
        let (set, decided): (_, Vec<_>) = match effect {
            Effect::Patch(patch) => (
                patch_attributes(entity, patch),
                patched_attributes(entity, patch).collect(),
            ),
            Effect::Replace(state) => (
                attributes(entity, state),
                possible_attributes(entity, state).collect(),
            ),
        };
        let gone = decided.into_iter().filter(|name| !set.contains_key(name));
        let remove: Vec<_> = gone.collect();
        let mut update = String::with_capacity(ROOM * ROOM);
        let mut before = "SET ";
        for (name, value) in set {
            update.push_str(before);
            update.push_str(&self.name(name.clone()));
            update.push_str(" = ");
            update.push_str(&self.value(&name, value_of(value)));
            before = ", ";
        }
        update.push_str(" ADD ");
        update.push_str(&self.name(REVISION));
        update.push(' ');
        update.push_str(&self.value("one_more", AttributeValue::N("1".to_owned())));
        before = " REMOVE ";
        for name in remove {
            update.push_str(before);
            update.push_str(&self.name(name));
            before = ", ";
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
                    "present_status",
                    AttributeValue::S(Status::Active.name().to_owned()),
                );
                format!("{} = {active} AND {older}", self.name(STATUS))
            }
            Condition::Unchanged { revision, newest } => {
                let revision = self.value("read_revision", AttributeValue::N(revision.to_string()));
                let newest = self.value("read_newest", AttributeValue::S(newest.to_string()));
                format!(
                    "{} = {revision} AND {} = {newest}",
                    self.name(REVISION),
                    self.name(NEWEST_CLOCK)
                )
            }
        }
    }

    /// Also requires this version of the item: a failed condition returns the item to be read,
    /// but a write that takes effect does not read it first.
    fn all_older(&mut self, clock: &str) -> String {
        let oldest = self.value("oldest_clock", AttributeValue::S(clock.to_owned()));
        let known = self.value(
            "known_version",
            AttributeValue::N(ITEM_VERSION_KNOWN.to_string()),
        );
        format!(
            "{} < {oldest} AND {} <= {known}",
            self.name(NEWEST_CLOCK),
            self.name(ITEM_VERSION)
        )
    }

    /// Returns a name as it may appear in an expression. DynamoDB reserves words, so a name of
    /// one word gets an alias. It reserves no name of several words, which a test checks.
    fn name(&mut self, name: impl Into<Name>) -> Name {
        let name = name.into();
        if is_bare(&name) {
            return name;
        }
        let alias = format!("#{name}");
        self.names.insert(alias.clone(), name.into_owned());
        alias.into()
    }

    /// Adds the value of the attribute `name`, or an operand. The names of operands have an
    /// underscore and those of attributes have none, so that they are never the same.
    fn value(&mut self, name: &str, value: AttributeValue) -> String {
        let alias = format!(":{name}");
        self.values.insert(alias.clone(), value);
        alias
    }
}

fn is_bare(name: &str) -> bool {
    name.contains(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    use roster_domain::{EntityId, Kind, State};
    use roster_emulator::dynamodb::{DynamoDb, TABLE_NAME, create_table};
    use tokio::net::TcpListener;

    use super::*;
    use crate::attribute::{NEWEST_CLOCK, REMOVED_CLOCK, RESTORED_CLOCK, RESTORED_FLOOR, SK};

    /// The embedded server rejects DynamoDB's reserved words in conditions.
    #[tokio::test]
    async fn no_name_without_an_alias_is_reserved() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = DynamoDb::serve(listener, None).unwrap();
        let client = server.client();
        create_table(&client, TABLE_NAME).await.unwrap();
        let condition = async |name: &str| {
            let update = client.update_item().table_name(TABLE_NAME);
            let key = |text: &str| AttributeValue::S(text.to_owned());
            let update = update.key(PK, key("reserved")).key(SK, key(name));
            let update = update.condition_expression(format!("attribute_not_exists({name})"));
            update.send().await
        };
        assert!(
            condition("status").await.is_err(),
            "the server checks names"
        );
        let entity = |kind: Kind| kind.entity(|id| EntityId::parse(id.name)).unwrap();
        let entities = Kind::ALL.map(entity);
        let state = State::default();
        let possible = |entity| possible_attributes(entity, &state);
        let mut names: BTreeSet<_> = entities.iter().flat_map(possible).collect();
        names.extend([PK, ITEM_VERSION, NEWEST_CLOCK, REMOVED_CLOCK].map(Name::from));
        names.extend([RESTORED_CLOCK, RESTORED_FLOOR].map(Name::from));
        for name in names.into_iter().filter(|name| is_bare(name)) {
            let written = condition(&name).await;
            assert!(written.is_ok(), "{name}: {written:?}");
        }
    }
}
