//! The reads of one request: each key once, and no more keys than its budget.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use roster_domain::{Entity, Snapshot, closure, refers_to};

use roster_item::Record;

use crate::read::{List, Part, Slice};
use crate::{ReadError, Table};

/// Most lists that are read in parallel. Roster's own: each reserves its share of the remaining
/// budget while it is read.
pub const LISTS_AT_ONCE: usize = 16;

/// Most entities of a list that are requested at once. Roster's own: with the longest ids they
/// take half of the 1 MiB that a `Query` returns.
const LONGEST_PART: usize = 1_000;

/// Reads for one request, strongly consistent except for lists in the index.
///
/// A key costs one unit, whether it is read by its ids or as part of a list, and a `Query` costs
/// one more. A read that would exceed the budget is refused before it is sent.
#[derive(Debug)]
pub struct Reader<'a> {
    table: &'a Table,
    left: AtomicUsize,
    rounds: usize,
    asked: BTreeSet<Entity>,
    records: BTreeMap<Entity, Record>,
    snapshot: Snapshot,
    lists: BTreeMap<List, Vec<Entity>>,
}

impl<'a> Reader<'a> {
    /// Creates a reader with a budget of this many keys.
    pub fn new(table: &'a Table, budget: usize) -> Self {
        Self {
            table,
            left: AtomicUsize::new(budget),
            rounds: 0,
            asked: BTreeSet::new(),
            records: BTreeMap::new(),
            snapshot: Snapshot::default(),
            lists: BTreeMap::new(),
        }
    }

    pub(crate) fn unbounded(table: &'a Table) -> Self {
        Self::new(table, usize::MAX)
    }

    pub(crate) const fn table(&self) -> &Table {
        self.table
    }

    /// The remaining budget, in keys.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// The number of times it waited for reads by ids.
    pub const fn rounds(&self) -> usize {
        self.rounds
    }

    /// Returns an entity that was read, present or not; none if the table has no item for it or
    /// it was not read.
    pub fn record(&self, entity: &Entity) -> Option<&Record> {
        self.records.get(entity)
    }

    /// The present entities among those that were read.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The present entities among those that were read.
    pub fn into_snapshot(self) -> Snapshot {
        self.snapshot
    }

    /// Returns those of the entities that were not read yet.
    pub fn unread(&self, entities: impl IntoIterator<Item = Entity>) -> BTreeSet<Entity> {
        let mut entities: BTreeSet<_> = entities.into_iter().collect();
        entities.retain(|entity| !self.asked.contains(entity));
        entities
    }

    /// Reads these entities, but nothing they refer to.
    pub async fn fetch(
        &mut self,
        entities: impl IntoIterator<Item = Entity>,
    ) -> Result<(), ReadError> {
        let new = self.unread(entities);
        let records = self.load(&new).await?;
        self.insert(new, records);
        Ok(())
    }

    /// Reads the entities and everything they refer to, which shows whether they are effective.
    /// Entities that follow from ids are read at once, the owners of projects afterwards.
    pub async fn read(
        &mut self,
        entities: impl IntoIterator<Item = Entity>,
    ) -> Result<(), ReadError> {
        let mut open = closure(entities);
        loop {
            self.fetch(open.iter().cloned()).await?;
            let values = open
                .iter()
                .map(|entity| (entity, self.snapshot.get(entity)));
            let referred = values.flat_map(|(entity, value)| refers_to(entity, value));
            let next = self.unread(closure(referred));
            if next.is_empty() {
                return Ok(());
            }
            open = next;
        }
    }

    /// Reads a part of a list. Entities from the index may have changed since; those from the
    /// table may be passed to [`Reader::learn`].
    pub async fn query(&self, list: &List, part: Part) -> Result<Slice, ReadError> {
        let most = part.limit.map_or(0, usize::from).saturating_add(1);
        self.charge(most)?;
        let slice = self.table.query(list, part).await?;
        let unused = most.saturating_sub(slice.scanned.saturating_add(1));
        self.refund(unused);
        Ok(slice)
    }

    /// Reads a whole list, at most once.
    pub async fn whole(&mut self, list: &List) -> Result<&[Entity], ReadError> {
        if !self.lists.contains_key(list) {
            let read = self.whole_of(list).await?;
            self.keep(list.clone(), read);
        }
        Ok(self.lists.get(list).map_or(&[], Vec::as_slice))
    }

    /// Adds records from a strongly consistent list.
    pub fn learn(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            self.asked.insert(record.entity.clone());
            if let Some(statements) = record.statements.clone() {
                let (entity, value) = (record.entity.clone(), record.value.clone());
                self.snapshot.insert(entity, value, statements);
            }
            self.records.insert(record.entity.clone(), record);
        }
    }

    /// Records that these entities are not present, because a strongly consistent list does not
    /// contain them.
    pub fn learn_absent(&mut self, entities: impl IntoIterator<Item = Entity>) {
        self.asked.extend(entities);
    }

    /// Adds reads until this many rounds have been waited for, so that a denial takes as many for
    /// a resource that does not exist as for one that does. They cost nothing, like the reads
    /// they imitate.
    pub async fn pad(&mut self, rounds: usize, with: &Entity) -> Result<(), ReadError> {
        while self.rounds < rounds {
            self.load_paid(&BTreeSet::from([with.clone()])).await?;
            self.rounds += 1;
        }
        Ok(())
    }

    /// Reads without adding the result.
    pub(crate) async fn load(&self, new: &BTreeSet<Entity>) -> Result<Vec<Record>, ReadError> {
        self.charge(new.len())?;
        self.load_paid(new).await
    }

    /// Reads entities that are already charged for.
    pub(crate) async fn load_paid(&self, new: &BTreeSet<Entity>) -> Result<Vec<Record>, ReadError> {
        self.table.records(new.iter().cloned()).await
    }

    /// Adds what [`Reader::load`] read.
    pub(crate) fn insert(&mut self, asked: BTreeSet<Entity>, records: Vec<Record>) {
        self.rounds += usize::from(!asked.is_empty());
        self.asked.extend(asked);
        self.learn(records);
    }

    /// Reads all of a list that was not read yet.
    pub(crate) async fn whole_of(&self, list: &List) -> Result<Vec<Record>, ReadError> {
        let mut records = Vec::new();
        let mut from = None;
        loop {
            let limit = (self.left() / LISTS_AT_ONCE).clamp(1, LONGEST_PART);
            let part = Part {
                from,
                limit: u16::try_from(limit).ok(),
                absent: false,
            };
            let slice = self.query(list, part).await?;
            records.extend(slice.records);
            from = slice.next;
            if from.is_none() {
                return Ok(records);
            }
        }
    }

    /// Adds what [`Reader::whole_of`] read.
    pub(crate) fn keep(&mut self, list: List, records: Vec<Record>) {
        let entities = records.iter().map(|record| record.entity.clone()).collect();
        if list.is_consistent() {
            self.learn(records);
        }
        self.lists.insert(list, entities);
    }

    pub(crate) fn kept(&self, list: &List) -> Option<&[Entity]> {
        self.lists.get(list).map(Vec::as_slice)
    }

    /// Returns keys that were charged and not read.
    pub(crate) fn refund(&self, keys: usize) {
        self.left.fetch_add(keys, Ordering::Relaxed);
    }

    pub(crate) fn charge(&self, keys: usize) -> Result<(), ReadError> {
        let charged = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(keys)
            });
        charged.map(drop).map_err(|_| ReadError::OverBudget)
    }
}
