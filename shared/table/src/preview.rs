//! Previews the effect of events without writing.

use std::collections::{HashMap, HashSet};

use roster_domain::{Entity, Event, State};
use roster_item::{Key, UnreadableItem};

use crate::apply::Applied;
use crate::protocol::Stored;
use crate::sdk::SdkItem;
use crate::{ReadError, Table};

/// The states that events would lead to, starting from the table at the time it was read.
///
/// It keeps the state of each entity it was given and reads each once.
#[derive(Debug)]
pub struct Preview<'a> {
    table: &'a Table,
    states: HashMap<Entity, Result<State, UnreadableItem>>,
}

impl Table {
    /// Starts a preview of what [`Table::apply`] would do.
    pub fn preview(&self) -> Preview<'_> {
        Preview {
            table: self,
            states: HashMap::new(),
        }
    }
}

impl Preview<'_> {
    /// Returns the results of applying the events one after the other, following those passed in
    /// earlier calls. An event whose item cannot be read has a result of its own, since
    /// [`Table::apply`] does not change such an item.
    pub async fn apply(
        &mut self,
        events: &[&Event],
    ) -> Result<Vec<Result<Applied, UnreadableItem>>, ReadError> {
        self.read(events).await?;
        let apply = |event: &&Event| {
            let state = self.states.entry(event.entity.clone());
            match state.or_insert_with(|| Ok(State::default())) {
                Ok(state) => Ok(Applied::to(state, event)),
                Err(unreadable) => Err(unreadable.clone()),
            }
        };
        Ok(events.iter().map(apply).collect())
    }

    /// Reads the items that were not read yet.
    async fn read(&mut self, events: &[&Event]) -> Result<(), ReadError> {
        let entities = events.iter().map(|event| &event.entity);
        let new: HashSet<_> = entities
            .filter(|entity| !self.states.contains_key(entity))
            .collect();
        let new: Vec<_> = new.into_iter().cloned().collect();
        let items = self.table.items_of(&new).await?;
        for entity in new {
            let state = match items.get(&Key::of(&entity)) {
                Some(item) => Stored::read(&SdkItem(item)).map(|stored| stored.state),
                None => Ok(State::default()),
            };
            self.states.insert(entity, state);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use aws_sdk_dynamodb::types::AttributeValue;
    use roster_domain::json::Object;
    use roster_domain::{EventId, EventTime, EventType, Outcome};
    use roster_emulator::dynamodb::{DynamoDb, TABLE_NAME, config, create_table};
    use tokio::net::TcpListener;

    use super::*;

    fn event(name: &str, millis: u64, user: usize) -> Event {
        let payload = format!(r#"{{"organizationId":"o","userId":"{user}","role":"reader"}}"#);
        Event::validate(
            EventType::named(name).unwrap(),
            EventId::parse("e").unwrap(),
            EventTime::from_unix_millis(millis).unwrap(),
            None,
            &Object::parse(&payload, "$").unwrap(),
        )
        .unwrap()
    }

    async fn table() -> (DynamoDb, Table) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = DynamoDb::serve(listener, None).unwrap();
        create_table(&server.client(), TABLE_NAME).await.unwrap();
        let table = Table::new(config(server.address), TABLE_NAME);
        (server, table)
    }

    fn outcomes(foretold: Vec<Result<Applied, UnreadableItem>>) -> Vec<Outcome> {
        let outcome = |one: Result<Applied, UnreadableItem>| one.unwrap().outcome;
        foretold.into_iter().map(outcome).collect()
    }

    #[tokio::test]
    async fn a_preview_predicts_the_outcomes_and_writes_nothing() {
        let (_server, table) = table().await;
        let there = event("OrganizationUserAdded", 2, 0);
        table.apply(&there.entity, &[&there]).await.unwrap();
        // More entities than one request can read.
        let mut events = vec![
            there.clone(),
            event("OrganizationUserRemoved", 1, 0),
            event("OrganizationUserUpdated", 3, 0),
        ];
        events.extend((1..250).map(|user| event("OrganizationUserAdded", 2, user)));
        let events: Vec<_> = events.iter().collect();
        let mut preview = table.preview();
        let (early, late) = events.split_at(2);
        let mut foretold = outcomes(preview.apply(early).await.unwrap());
        foretold.extend(outcomes(preview.apply(late).await.unwrap()));
        assert_eq!(
            foretold[..4],
            [
                Outcome::Duplicate,
                Outcome::Applied,
                Outcome::Applied,
                Outcome::Applied
            ]
        );
        assert_eq!(table.get(&events[3].entity).await.unwrap(), None);
        for (event, foretold) in events.iter().zip(foretold) {
            let applied = table.apply(&event.entity, &[event]).await.unwrap();
            assert_eq!(applied[0].outcome, foretold, "{event:?}");
        }
    }

    #[tokio::test]
    async fn previewed_events_count_as_applied() {
        let (_server, table) = table().await;
        let (newer, older) = (
            event("OrganizationUserAdded", 2, 1),
            event("OrganizationUserUpdated", 1, 1),
        );
        let mut preview = table.preview();
        let first = outcomes(preview.apply(&[&newer]).await.unwrap());
        let second = outcomes(preview.apply(&[&older, &newer]).await.unwrap());
        assert_eq!(first, [Outcome::Applied]);
        assert_eq!(second, [Outcome::Stale, Outcome::Duplicate]);
    }

    #[tokio::test]
    async fn an_unreadable_item_has_a_result_of_its_own() {
        let (server, table) = table().await;
        let (one, two) = (
            event("OrganizationUserAdded", 1, 1),
            event("OrganizationUserAdded", 1, 2),
        );
        table.apply(&one.entity, &[&one]).await.unwrap();
        let mut item = table.get(&one.entity).await.unwrap().unwrap();
        item.insert("itemVersion".to_owned(), AttributeValue::N("2".to_owned()));
        let write = server.client().put_item().table_name(TABLE_NAME);
        write.set_item(Some(item)).send().await.unwrap();
        let foretold = table.preview().apply(&[&one, &two]).await.unwrap();
        assert!(foretold[0].is_err() && foretold[1].is_ok());
    }
}
