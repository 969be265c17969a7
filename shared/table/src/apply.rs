//! Folding events of one entity into its item.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use roster_domain::{Entity, Event, Outcome, State};

use crate::expression::Expressions;
use roster_item::attribute::{PK, SK};
use roster_item::{Key, UnreadableItem};

use crate::protocol::{Stored, Write};
use crate::sdk::{Item, SdkItem, key_of};
use crate::{ApplyError, LostRaces, ServiceError, Table};

/// Most conditional writes in one call of [`Table::apply`]. Roster's own: a write loses a race
/// only to one that succeeded, so this many other writes must have succeeded in the meantime.
pub const WRITE_ATTEMPTS: usize = 12;

/// The result of applying one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Its outcome.
    pub outcome: Outcome,
    /// Whether an event with the same time and id but different content was already in the item.
    /// The order is still defined, but the producer has a bug.
    pub contradicts: bool,
}

impl Applied {
    /// Applies one event to a state in memory.
    pub(crate) fn to(state: &mut State, event: &Event) -> Self {
        Self {
            contradicts: state.contradicts(event),
            outcome: state.apply(event),
        }
    }
}

impl Table {
    /// Folds events of `entity` into its item and returns the result of each, in their order.
    ///
    /// It usually sends one request, and at most [`WRITE_ATTEMPTS`]. If it fails or is dropped
    /// midway, the events may or may not be in the table. Applying them again is always safe.
    pub async fn apply(
        &self,
        entity: &Entity,
        events: &[&Event],
    ) -> Result<Vec<Applied>, ApplyError> {
        let mut delta = State::default();
        for event in events {
            delta.merge(&event.delta);
        }
        let mut next = Write::first(&delta);
        let mut found = None;
        for _ in 0..WRITE_ATTEMPTS {
            let Some(write) = next else {
                return Ok(outcomes(found, events));
            };
            match self.send(entity, &write).await? {
                Reply::Written { before } => return Ok(outcomes(before, events)),
                Reply::ConditionFailed { item } => {
                    self.meter.condition_lost();
                    found = item;
                }
            }
            next = Write::after(&delta, found.as_ref());
        }
        match next {
            Some(_) => Err(LostRaces.into()),
            None => Ok(outcomes(found, events)),
        }
    }

    async fn send(&self, entity: &Entity, write: &Write) -> Result<Reply, ApplyError> {
        let expressions = Expressions::of(entity, write);
        let sent = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_of(Key::of(entity))))
            .update_expression(expressions.update)
            .condition_expression(expressions.condition)
            .set_expression_attribute_names(Some(expressions.names))
            .set_expression_attribute_values(Some(expressions.values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(output) => Ok(Reply::Written {
                before: stored(output.attributes.as_ref())?,
            }),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Reply::ConditionFailed {
                        item: stored(failure.item.as_ref())?,
                    })
                }
                _ => Err(ServiceError::from(error).into()),
            },
        }
    }
}

enum Reply {
    Written { before: Option<Stored> },
    ConditionFailed { item: Option<Stored> },
}

/// Reads the item before a write. If there was none, DynamoDB returns no attributes and the
/// embedded server returns those of the key.
fn stored(item: Option<&Item>) -> Result<Option<Stored>, UnreadableItem> {
    let beyond_key = |item: &&Item| item.keys().any(|name| name != PK && name != SK);
    item.filter(beyond_key)
        .map(|item| Stored::read(&SdkItem(item)))
        .transpose()
}

/// Applies the events one by one to the previous state, to get an outcome for each.
fn outcomes(before: Option<Stored>, events: &[&Event]) -> Vec<Applied> {
    let mut state = before.map(|stored| stored.state).unwrap_or_default();
    let apply = |event: &&Event| Applied::to(&mut state, event);
    events.iter().map(apply).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use aws_sdk_dynamodb::types::AttributeValue;
    use roster_domain::json::Object;
    use roster_domain::{Change, EventId, EventTime, EventType, Kind};
    use tokio::net::TcpListener;

    use roster_emulator::dynamodb::{DynamoDb, TABLE_NAME, config, create_table};

    use super::*;
    use crate::protocol::{Condition, Effect};

    fn event(change: Change, millis: u64, user: usize) -> Event {
        let event_type = match change {
            Change::Put => EventType::named("OrganizationUserAdded").unwrap(),
            Change::Patch => EventType::named("OrganizationUserUpdated").unwrap(),
            Change::Remove => EventType::named("OrganizationUserRemoved").unwrap(),
            Change::Restore => &RESTORED,
        };
        let floor = event_floor(millis);
        let payload = format!(
            r#"{{"organizationId":"o","userId":"{user}","role":"reader","floor":{floor}}}"#
        );
        Event::validate(
            event_type,
            EventId::parse("e").unwrap(),
            EventTime::from_unix_millis(millis).unwrap(),
            None,
            &Object::parse(&payload, "$").unwrap(),
        )
        .unwrap()
    }

    /// The catalogue has no event type that restores yet.
    static RESTORED: EventType = EventType {
        name: "OrganizationUserRestored",
        kind: Kind::Membership,
        change: Change::Restore,
        example: "{}",
    };

    /// None for a restore at times 2 and 5, otherwise an earlier removal.
    fn event_floor(millis: u64) -> String {
        let zeros = "0".repeat(32);
        let removal = format!("1970-01-01T00:00:00.000000000Z\t\t2\te\t{zeros}");
        match millis {
            2 | 5 => "null".to_owned(),
            _ => format!("{removal:?}"),
        }
    }

    /// Every state that up to two events at times 2 and 4 lead to, and no state.
    fn states(user: usize) -> Vec<Option<State>> {
        let mut states = vec![None];
        for first in Change::ALL {
            let mut one = State::default();
            one.merge(&event(first, 2, user).delta);
            states.push(Some(one.clone()));
            for second in Change::ALL {
                let mut two = one.clone();
                two.merge(&event(second, 4, user).delta);
                states.push(Some(two));
            }
        }
        states
    }

    /// The most conditions that [`conditions`] returns.
    const MOST_CONDITIONS: usize = 19;

    fn conditions(stored: Option<&Stored>, user: usize) -> Vec<Condition> {
        let clocks = [1, 2, 3, 4, 5].map(|millis| event(Change::Put, millis, user).clock);
        let mut conditions = vec![Condition::NoItem];
        for clock in clocks {
            conditions.push(Condition::AllOlder(clock.clone()));
            conditions.push(Condition::PresentAndAllOlder(clock.clone()));
            conditions.push(Condition::Unchanged {
                revision: 1,
                newest: clock,
            });
        }
        if let Some(newest) = stored.and_then(|stored| stored.state.newest()) {
            for revision in [0, 1, 2] {
                conditions.push(Condition::Unchanged {
                    revision,
                    newest: newest.clone(),
                });
            }
        }
        conditions
    }

    /// Each change, alone and with a removal before it.
    fn deltas() -> impl Iterator<Item = (Change, bool)> {
        let changes = Change::ALL.into_iter();
        changes.flat_map(|change| [(change, false), (change, true)])
    }

    async fn table() -> (DynamoDb, Table) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = DynamoDb::serve(listener, None).unwrap();
        create_table(&server.client(), TABLE_NAME).await.unwrap();
        let table = Table::new(config(server.address), TABLE_NAME);
        (server, table)
    }

    async fn found(table: &Table, entity: &Entity) -> Option<Stored> {
        let item = table.get(entity).await.unwrap();
        item.map(|item| Stored::read(&SdkItem(&item)).unwrap())
    }

    /// Writes over the wire take effect exactly when and as [`Write::on`] says, which the model
    /// checker relies on.
    #[tokio::test]
    async fn the_expressions_implement_the_protocol() {
        let (_server, table) = table().await;
        let mut user = 0;
        let mut effects = 0;
        for state in 0..states(0).len() {
            for number in 0..MOST_CONDITIONS {
                for (change, after_removal) in deltas() {
                    user += 1;
                    let before = states(user).swap_remove(state);
                    let newest = event(change, 5, user);
                    let mut delta = newest.delta.clone();
                    if after_removal {
                        delta.merge(&event(Change::Remove, 3, user).delta);
                    }
                    if let Some(state) = &before {
                        let write = Write {
                            effect: Effect::Replace(state.clone()),
                            condition: Condition::NoItem,
                        };
                        table.send(&newest.entity, &write).await.unwrap();
                    }
                    let before = before.map(|state| Stored { revision: 1, state });
                    let Some(condition) = conditions(before.as_ref(), user).into_iter().nth(number)
                    else {
                        continue;
                    };
                    let is_present = matches!(condition, Condition::PresentAndAllOlder(_));
                    let effect = if is_present && delta.life().is_none() {
                        Effect::Patch(delta)
                    } else {
                        Effect::Replace(delta)
                    };
                    let write = Write { effect, condition };
                    let expected = write.on(before.as_ref());
                    let reply = table.send(&newest.entity, &write).await.unwrap();
                    let took_effect = matches!(reply, Reply::Written { .. });
                    assert_eq!(took_effect, expected.is_some(), "{write:?} on {before:?}");
                    let after = found(&table, &newest.entity).await;
                    assert_eq!(
                        after,
                        expected.or(before.clone()),
                        "{write:?} on {before:?}"
                    );
                    effects += usize::from(took_effect);
                }
            }
        }
        assert!(effects > 100 && effects < user - 100);
    }

    #[tokio::test]
    async fn each_event_of_a_fold_has_its_outcome() {
        let (_server, table) = table().await;
        let (put, older) = (event(Change::Put, 2, 1), event(Change::Patch, 1, 1));
        let outcomes = async |events: &[&Event]| {
            let applied = table.apply(&put.entity, events).await.unwrap();
            applied.iter().map(|one| one.outcome).collect::<Vec<_>>()
        };
        let first = [Outcome::Applied, Outcome::Duplicate, Outcome::Stale];
        assert_eq!(outcomes(&[&put, &put, &older]).await, first);
        let again = [Outcome::Duplicate, Outcome::Stale];
        assert_eq!(outcomes(&[&put, &older]).await, again);
    }

    #[tokio::test]
    async fn an_item_of_a_later_version_or_without_a_newest_clock_is_not_changed() {
        let (server, table) = table().await;
        for (user, changed, value) in [
            (1, "itemVersion", Some(AttributeValue::N("2".to_owned()))),
            (2, "newestClock", None),
        ] {
            let put = event(Change::Put, 1, user);
            table.apply(&put.entity, &[&put]).await.unwrap();
            let mut item = table.get(&put.entity).await.unwrap().unwrap();
            item.remove(changed);
            item.extend(value.map(|value| (changed.to_owned(), value)));
            let write = server.client().put_item().table_name(TABLE_NAME);
            write.set_item(Some(item.clone())).send().await.unwrap();
            for change in Change::ALL {
                let newer = event(change, 2, user);
                let error = table.apply(&newer.entity, &[&newer]).await;
                assert!(
                    matches!(error, Err(ApplyError::Unreadable(_))),
                    "{changed}: {error:?}"
                );
            }
            assert_eq!(table.get(&put.entity).await.unwrap(), Some(item));
        }
    }
}
