//! Folding events of one entity into its item.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use roster_domain::{Entity, Event, Outcome, State};

use crate::attribute::{PK, SK};
use crate::expression::Expressions;
use crate::item::{self, Item, UnreadableItem};
use crate::protocol::{Stored, Write};
use crate::{Key, ServiceError, Table};

/// How many conditional writes one call of [`Table::apply`] sends at most. Roster's own: a
/// write loses only to one that won, so this many others must have won meanwhile.
pub const WRITE_ATTEMPTS: usize = 12;

/// What became of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Its outcome.
    pub outcome: Outcome,
    /// Whether an event with the same time and id but other content was already there. The
    /// order is still defined, but its producer has a bug.
    pub contradicts: bool,
}

/// Why the events were not folded into the item, or not certainly so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// DynamoDB did not answer as asked.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The item there is not one of this version.
    #[error(transparent)]
    Unreadable(#[from] UnreadableItem),
    /// Others kept writing the item.
    #[error(transparent)]
    LostRaces(#[from] LostRaces),
}

/// Other consumers wrote the item between every read and its write back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lost {WRITE_ATTEMPTS} races for the item against other consumers")]
pub struct LostRaces;

impl Table {
    /// Folds events of `entity` into its item and says what became of each, in their order.
    ///
    /// It sends one request in the usual case and [`WRITE_ATTEMPTS`] at most. If it fails or
    /// is dropped midway the events may or may not be in the table; applying them again is
    /// always safe.
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
                Reply::ConditionFailed { item } => found = item,
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
            .set_key(Some(Key::of(entity).into_attributes()))
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

/// Reads the item before a write. Where there was none, DynamoDB answers with no attributes
/// and the embedded server with those of the key.
fn stored(item: Option<&Item>) -> Result<Option<Stored>, UnreadableItem> {
    let beyond_key = |item: &&Item| item.keys().any(|name| name != PK && name != SK);
    item.filter(beyond_key).map(item::read).transpose()
}

/// Applies the events one by one to what was there, to tell them apart.
fn outcomes(before: Option<Stored>, events: &[&Event]) -> Vec<Applied> {
    let mut state = before.map(|stored| stored.state).unwrap_or_default();
    let apply = |event: &&Event| Applied {
        contradicts: state.contradicts(event),
        outcome: state.apply(event),
    };
    events.iter().map(apply).collect()
}
