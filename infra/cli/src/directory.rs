//! Everything in a table: what the tool shows, and a digest of it.
//!
//! Only this tool scans, and only a table that it made itself.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use api::view::EntityView;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Entity, Kind, Obstacle, Snapshot};
use roster_table::attribute::{PK, REVISION, SK};
use roster_table::{Item, Record};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The present entities of a table, sorted, and a digest of all its items.
///
/// As JSON it has a field for each kind: an object by id where one id names an entity, and
/// otherwise a list. The API shows each entity in the same way.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// Each present entity.
    pub present: BTreeMap<Entity, Record>,
    /// See [`digest`].
    pub digest: String,
}

/// An entity that is present but void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoidEntity {
    /// Its kind and ids.
    pub entity: String,
    /// What was removed after what was stated.
    pub reason: String,
}

/// An item as plain text.
pub type PlainItem = BTreeMap<String, String>;

/// Partition and sort key of an item.
pub type ItemKey = (String, String);

/// Every item of a table.
pub type Items = BTreeMap<ItemKey, PlainItem>;

/// Reads every item of a table.
pub async fn scan(client: &Client, table: &str) -> Result<Items> {
    raw(client, table).await?.iter().map(plain).collect()
}

async fn raw(client: &Client, table: &str) -> Result<Vec<Item>> {
    let pages = client
        .scan()
        .table_name(table)
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    pages.try_collect().await.context("cannot read the table")
}

/// SHA-256 of all items with all their attributes but the revision, in hexadecimal. It depends
/// on the state of the entities and on nothing else.
pub fn digest(items: &Items) -> Result<String> {
    let mut hash = Sha256::new();
    for item in items.values() {
        hash.update(serde_json::to_vec(&state(item))?);
        hash.update(b"\n");
    }
    let bytes = hash.finalize();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The attributes of an item that do not depend on arrival.
pub fn state(item: &PlainItem) -> BTreeMap<&str, &str> {
    let state = item.iter().filter(|(name, _)| *name != REVISION);
    state
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

impl Directory {
    /// Reads a table.
    pub async fn scan(client: &Client, table: &str) -> Result<Self> {
        let raw = raw(client, table).await?;
        let items = raw.iter().map(plain).collect::<Result<_>>()?;
        let records: Vec<_> = raw
            .iter()
            .map(roster_table::record)
            .collect::<Result<_, _>>()?;
        let present = records.into_iter().filter(Record::is_present);
        Ok(Self {
            present: present
                .map(|record| (record.entity.clone(), record))
                .collect(),
            digest: digest(&items)?,
        })
    }

    /// The present entities of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = (&Entity, &Record)> {
        self.present
            .iter()
            .filter(move |(entity, _)| entity.kind() == kind)
    }

    /// What they refer to each other by.
    fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (entity, record) in &self.present {
            if let Some(statements) = record.statements.clone() {
                snapshot.insert(entity.clone(), record.value.clone(), statements);
            }
        }
        snapshot
    }

    /// What is present but void, with what makes it so: entities, the roles that they name, and the
    /// permissions that they list.
    pub fn void(&self) -> Vec<VoidEntity> {
        let snapshot = self.snapshot();
        let obstacles = self.present.keys().flat_map(|entity| {
            let obstacle = snapshot.obstacle(entity).into_iter();
            let void = obstacle.filter(|obstacle| matches!(obstacle, Obstacle::Void { .. }));
            let void = void.chain(snapshot.void_values(entity));
            void.map(|obstacle| VoidEntity {
                entity: entity.to_string(),
                reason: obstacle.to_string(),
            })
        });
        obstacles.collect()
    }

    /// The present entities of one kind, as the API shows them.
    fn views(&self, kind: Kind, snapshot: &Snapshot) -> EntityViews {
        let views = self.of(kind).map(|(entity, record)| {
            let id = entity.ids().concat();
            (id, EntityView::of(record, snapshot))
        });
        match kind.ids() {
            [_] => EntityViews::ById(views.collect()),
            _ => EntityViews::List(views.map(|(_, view)| view).collect()),
        }
    }
}

/// The entities of one kind: by id where one id names an entity.
#[derive(Serialize)]
#[serde(untagged)]
enum EntityViews {
    ById(BTreeMap<String, EntityView>),
    List(Vec<EntityView>),
}

impl Serialize for Directory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.snapshot();
        let mut map = serializer.serialize_map(None)?;
        for kind in Kind::ALL {
            let views = self.views(kind, &snapshot);
            map.serialize_entry(&camel_case(kind.plural()), &views)?;
        }
        map.serialize_entry("digest", &self.digest)?;
        map.end()
    }
}

/// The key of an item, and all its attributes.
fn plain(item: &Item) -> Result<(ItemKey, PlainItem)> {
    let attributes = item.iter().map(|(name, value)| {
        let text =
            text(value).with_context(|| format!("the attribute {name} has an unknown type"))?;
        Ok((name.clone(), text))
    });
    let item: PlainItem = attributes.collect::<Result<_>>()?;
    let key = |name| {
        item.get(name)
            .cloned()
            .with_context(|| format!("an item has no {name}"))
    };
    Ok(((key(PK)?, key(SK)?), item))
}

fn text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
        AttributeValue::L(texts) => {
            let texts: Option<Vec<_>> = texts.iter().map(text).collect();
            Some(json!(texts?).to_string())
        }
        AttributeValue::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn camel_case(words: &str) -> String {
    let mut after_space = false;
    let letter = |letter: char| {
        let upper = std::mem::replace(&mut after_space, letter == ' ');
        (letter != ' ').then(|| {
            if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        })
    };
    words.chars().filter_map(letter).collect()
}
