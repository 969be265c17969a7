//! Strongly consistent reads of entities by their ids.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures::future::try_join_all;
use roster_domain::{Entity, Snapshot};

use roster_item::attribute::{PK, SK};
use roster_item::{Key, Record, required};

use crate::read::Reader;
use crate::sdk::{Item, SdkItem, key_of, record};
use crate::{ReadError, ServiceError, Table};

/// Most keys in one `BatchGetItem` (DynamoDB API reference).
const BATCH_GET: usize = 100;

/// How many times keys that DynamoDB left unprocessed are requested.
const BATCH_GET_ATTEMPTS: u32 = 8;

impl Table {
    /// Reads an entity, whether it is present, removed or waiting for its put. One `GetItem`.
    pub async fn record(&self, entity: &Entity) -> Result<Option<Record>, ReadError> {
        let item = self.get(entity).await?;
        Ok(item.as_ref().map(record).transpose()?)
    }

    /// Reads those of the entities that are in the table, with one `BatchGetItem` for each
    /// hundred, in parallel.
    pub async fn records(
        &self,
        entities: impl IntoIterator<Item = Entity>,
    ) -> Result<Vec<Record>, ReadError> {
        let entities: BTreeSet<_> = entities.into_iter().collect();
        let entities: Vec<_> = entities.into_iter().collect();
        let items = self.items_of(&entities).await?;
        let records = items.values().map(record);
        Ok(records.collect::<Result<_, _>>()?)
    }

    /// Reads everything needed to tell which of the entities are effective: themselves and what
    /// they refer to. Entities that follow from ids are read at once, the owners of projects
    /// afterwards.
    pub async fn snapshot(
        &self,
        entities: impl IntoIterator<Item = Entity>,
    ) -> Result<Snapshot, ReadError> {
        let mut reader = Reader::unbounded(self);
        reader.read(entities).await?;
        Ok(reader.into_snapshot())
    }

    pub(crate) async fn get(&self, entity: &Entity) -> Result<Option<Item>, ReadError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_of(Key::of(entity))))
            .consistent_read(true)
            .send()
            .await
            .map_err(ServiceError::from)?;
        Ok(output.item)
    }

    /// Reads the items of these entities, which must be distinct, strongly consistent.
    pub(crate) async fn items_of(
        &self,
        entities: &[Entity],
    ) -> Result<HashMap<Key, Item>, ReadError> {
        let requests = entities.chunks(BATCH_GET).map(|chunk| {
            let keys = chunk.iter().map(|entity| key_of(Key::of(entity)));
            self.batch_get(keys.collect())
        });
        let mut items = HashMap::new();
        for item in try_join_all(requests).await?.into_iter().flatten() {
            let key = Key {
                pk: required(&SdkItem(&item), PK)?.to_owned(),
                sk: required(&SdkItem(&item), SK)?.to_owned(),
            };
            items.insert(key, item);
        }
        Ok(items)
    }

    async fn batch_get(&self, mut keys: Vec<Item>) -> Result<Vec<Item>, ReadError> {
        let mut items = Vec::with_capacity(keys.len());
        for attempt in 0..BATCH_GET_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(25) * 2_u32.pow(attempt)).await;
            }
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| ServiceError::invalid(&error))?;
            let mut output = self
                .client
                .batch_get_item()
                .request_items(&self.name, request)
                .send()
                .await
                .map_err(ServiceError::from)?;
            if let Some(got) = output.responses.as_mut().and_then(|r| r.remove(&self.name)) {
                items.extend(got);
            }
            let left = output
                .unprocessed_keys
                .and_then(|mut left| left.remove(&self.name));
            match left {
                None => return Ok(items),
                Some(left) => keys = left.keys,
            }
        }
        Err(ServiceError::unprocessed().into())
    }
}
