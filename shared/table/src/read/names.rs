//! All users, or all organizations, in the order of their names.
//!
//! The index of names spreads them over [`SHARDS`] partitions by their ids, each in order. A page is
//! merged from all partitions.

use std::collections::VecDeque;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use roster_domain::{Attribute, Entity, OrganizationId, UserId, claim_form};
use roster_item::attribute::{GSI2PK, GSI2SK, PK, SK};
use roster_item::key::{self, Key, SHARDS};
use roster_item::{Record, UnreadableItem, required};

use crate::read::{ForeignCursor, Reader};
use crate::sdk::{Item, SdkItem};
use crate::{NAMES_INDEX, ReadError, ServiceError, Table};

/// Entities that are read from a partition in addition to its share, so that an uneven spread seldom
/// takes another request. Roster's own.
const SPARE: usize = 4;

/// Most entities that are read from a partition at once. Roster's own: their keys fit the 1 MiB of a
/// `Query`.
const LONGEST_READ: usize = 500;

/// Which users or organizations to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameList {
    /// The prefix of the partitions.
    partitions: &'static str,
    /// What a name begins with, without case.
    prefix: String,
}

/// The place of an entity in a list of names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePlace {
    /// The sort key in the index of names.
    sort: String,
    /// The entity. The index lags, so it may have another name by now, or be gone.
    pub entity: Entity,
}

/// A list of names, read from some place on.
#[derive(Debug)]
pub struct Names {
    list: NameList,
    shards: Vec<Shard>,
}

/// What was read of a partition, and not merged yet.
#[derive(Debug)]
struct Shard {
    number: u8,
    read: VecDeque<NamePlace>,
    from: Option<NamePlace>,
    ended: bool,
}

impl NameList {
    /// The users whose names begin so, in any case.
    pub fn users(prefix: &str) -> Self {
        Self::new(key::USERS, prefix)
    }

    /// The organizations whose names begin so, in any case.
    pub fn organizations(prefix: &str) -> Self {
        Self::new(key::ORGANIZATIONS, prefix)
    }

    fn new(partitions: &'static str, prefix: &str) -> Self {
        let prefix = claim_form(prefix);
        Self { partitions, prefix }
    }

    /// Whether the name of a record belongs to the list.
    pub fn includes(&self, record: &Record) -> bool {
        let name = record.text(Attribute::Name);
        name.is_some_and(|name| claim_form(name).starts_with(&self.prefix))
    }

    /// Starts reading after a place, or at the beginning.
    pub fn after(self, place: Option<&NamePlace>) -> Names {
        let shard = |number| Shard {
            number,
            read: VecDeque::new(),
            from: place.cloned(),
            ended: false,
        };
        Names {
            list: self,
            shards: (0..SHARDS).map(shard).collect(),
        }
    }

    fn place(&self, sort: &str) -> Option<NamePlace> {
        let id = key::id_of_name(sort)?;
        let entity = if self.partitions == key::USERS {
            Entity::User(UserId::parse(id).ok()?)
        } else {
            Entity::Organization(OrganizationId::parse(id).ok()?)
        };
        let sort = sort.to_owned();
        Some(NamePlace { sort, entity })
    }
}

impl NamePlace {
    /// Parses the result of [`NamePlace::as_str`] for the same list.
    ///
    /// # Errors
    ///
    /// [`ForeignCursor`] if the text is not a place of this list.
    pub fn parse(text: &str, list: &NameList) -> Result<Self, ForeignCursor> {
        let begins = text.starts_with(&key::name_part(&list.prefix));
        let place = list.place(text).filter(|_| begins);
        place.ok_or(ForeignCursor)
    }

    /// The place as text. It contains the entity's name and id.
    pub fn as_str(&self) -> &str {
        &self.sort
    }

    /// The key in the index, which need not exist, in a partition.
    fn key(&self, partition: String) -> Item {
        let Key { pk, sk } = Key::of(&self.entity);
        let parts = [
            (GSI2PK, partition),
            (GSI2SK, self.sort.clone()),
            (PK, pk),
            (SK, sk),
        ];
        let attribute = |(name, value): (&str, String)| (name.to_owned(), AttributeValue::S(value));
        parts.into_iter().map(attribute).collect()
    }
}

impl Names {
    /// Returns the next `wanted` entities, or fewer at the end of the list.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the index cannot be read.
    pub async fn next(
        &mut self,
        reader: &Reader<'_>,
        wanted: usize,
    ) -> Result<Vec<NamePlace>, ReadError> {
        let mut next = Vec::new();
        while next.len() < wanted {
            self.refill(reader, wanted - next.len()).await?;
            let shards = self.shards.iter_mut();
            let shards = shards.filter(|shard| !shard.read.is_empty());
            let Some(first) = shards.min_by(|a, b| a.read.front().cmp(&b.read.front())) else {
                break;
            };
            next.extend(first.read.pop_front());
        }
        Ok(next)
    }

    /// Whether anything follows.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the index cannot be read.
    pub async fn goes_on(&mut self, reader: &Reader<'_>) -> Result<bool, ReadError> {
        self.refill(reader, 1).await?;
        Ok(self.shards.iter().any(|shard| !shard.read.is_empty()))
    }

    /// Reads on in each partition of which nothing is left to merge.
    async fn refill(&mut self, reader: &Reader<'_>, wanted: usize) -> Result<(), ReadError> {
        let share = wanted / usize::from(SHARDS);
        let size = (share + share / 2 + SPARE).min(LONGEST_READ);
        loop {
            let list = &self.list;
            let shards = self.shards.iter_mut();
            let empty = shards.filter(|shard| shard.read.is_empty() && !shard.ended);
            let reads: Vec<_> = empty
                .map(|shard| shard.read_on(reader, list, size))
                .collect();
            if reads.is_empty() {
                return Ok(());
            }
            try_join_all(reads).await?;
        }
    }
}

impl Shard {
    async fn read_on(
        &mut self,
        reader: &Reader<'_>,
        list: &NameList,
        size: usize,
    ) -> Result<(), ReadError> {
        let read = reader.names(list, self.number, self.from.as_ref(), size);
        let (places, ended) = read.await?;
        self.from = places.last().cloned().or(self.from.take());
        self.read.extend(places);
        self.ended = ended;
        Ok(())
    }
}

impl Reader<'_> {
    /// Reads entities of a partition, and whether they are its last ones.
    async fn names(
        &self,
        list: &NameList,
        shard: u8,
        from: Option<&NamePlace>,
        size: usize,
    ) -> Result<(Vec<NamePlace>, bool), ReadError> {
        self.charge(size + 1)?;
        let (places, ended) = self.table().names(list, shard, from, size).await?;
        self.refund(size.saturating_sub(places.len()));
        Ok((places, ended))
    }
}

impl Table {
    async fn names(
        &self,
        list: &NameList,
        shard: u8,
        from: Option<&NamePlace>,
        size: usize,
    ) -> Result<(Vec<NamePlace>, bool), ReadError> {
        let partition = key::of(list.partitions, shard);
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(NAMES_INDEX)
            .expression_attribute_names("#pk", GSI2PK)
            .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
            .set_limit(i32::try_from(size).ok())
            .set_exclusive_start_key(from.map(|place| place.key(partition)));
        let mut condition = "#pk = :pk";
        if !list.prefix.is_empty() {
            let prefix = AttributeValue::S(key::name_part(&list.prefix));
            query = query
                .expression_attribute_names("#sk", GSI2SK)
                .expression_attribute_values(":sk", prefix);
            condition = "#pk = :pk AND begins_with(#sk, :sk)";
        }
        let query = query.key_condition_expression(condition);
        let output = query.send().await.map_err(ServiceError::from)?;
        let place = |item: &Item| {
            let item = SdkItem(item);
            let sort = required(&item, GSI2SK)?;
            list.place(sort).ok_or_else(|| UnreadableItem {
                attribute: GSI2SK.into(),
                expected: "a name and an id",
            })
        };
        let places = output.items().iter().map(place);
        let places = places.collect::<Result<_, _>>()?;
        Ok((places, output.last_evaluated_key.is_none()))
    }
}
