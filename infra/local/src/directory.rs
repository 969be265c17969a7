//! Everything in a table: what the tool shows, and a digest of it.
//!
//! Only this tool scans, and only a table that it made itself.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use roster_table::attribute::{
    EMAIL, ENTITY_TYPE, NAME, ORGANIZATION_ID, PK, REVISION, ROLE, SK, STATUS, USER_ID,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The present entities of a table, sorted, and a digest of all its items.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Directory {
    /// Present users by their id.
    pub users: BTreeMap<String, User>,
    /// Present organizations by their id.
    pub organizations: BTreeMap<String, Organization>,
    /// Present memberships.
    pub memberships: Vec<Membership>,
    /// See [`digest`].
    pub digest: String,
}

/// A user.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its email.
    pub email: String,
}

/// An organization.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// Its name.
    pub name: String,
}

/// A membership.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// Where the user belongs.
    pub organization_id: String,
    /// Who belongs there.
    pub user_id: String,
    /// What the user may do there.
    pub role: String,
}

/// An item as plain text.
pub type Item = BTreeMap<String, String>;

/// Partition and sort key of an item.
pub type ItemKey = (String, String);

/// Every item of a table.
pub type Items = BTreeMap<ItemKey, Item>;

/// Reads every item of a table.
pub async fn scan(client: &Client, table: &str) -> Result<Items> {
    let mut items = Items::new();
    let mut pages = client
        .scan()
        .table_name(table)
        .consistent_read(true)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        for item in page
            .context("cannot read the table")?
            .items
            .unwrap_or_default()
        {
            let item = plain(item)?;
            items.insert((get(&item, PK)?, get(&item, SK)?), item);
        }
    }
    Ok(items)
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
pub fn state(item: &Item) -> BTreeMap<&str, &str> {
    let state = item.iter().filter(|(name, _)| *name != REVISION);
    state
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

impl Directory {
    /// Reads a table.
    pub async fn scan(client: &Client, table: &str) -> Result<Self> {
        Self::of(&scan(client, table).await?)
    }

    /// What a reader sees of those items.
    pub fn of(items: &Items) -> Result<Self> {
        let mut directory = Self {
            digest: digest(items)?,
            ..Self::default()
        };
        let active = |item: &&Item| item.get(STATUS).is_some_and(|status| status == "ACTIVE");
        for item in items.values().filter(active) {
            directory.add(item)?;
        }
        directory.memberships.sort();
        Ok(directory)
    }

    fn add(&mut self, item: &Item) -> Result<()> {
        match get(item, ENTITY_TYPE)?.as_str() {
            "USER" => {
                let user = User {
                    name: get(item, NAME)?,
                    email: get(item, EMAIL)?,
                };
                self.users.insert(get(item, USER_ID)?, user);
            }
            "ORGANIZATION" => {
                let organization = Organization {
                    name: get(item, NAME)?,
                };
                self.organizations
                    .insert(get(item, ORGANIZATION_ID)?, organization);
            }
            "MEMBERSHIP" => self.memberships.push(Membership {
                organization_id: get(item, ORGANIZATION_ID)?,
                user_id: get(item, USER_ID)?,
                role: get(item, ROLE)?,
            }),
            other => anyhow::bail!("an item has the unknown entity type {other}"),
        }
        Ok(())
    }
}

fn plain(item: HashMap<String, AttributeValue>) -> Result<Item> {
    let plain = |(name, value)| match value {
        AttributeValue::S(text) => Ok((name, text)),
        AttributeValue::N(number) => Ok((name, number)),
        _ => anyhow::bail!("the attribute {name} is neither a string nor a number"),
    };
    item.into_iter().map(plain).collect()
}

fn get(item: &Item, name: &str) -> Result<String> {
    let value = item
        .get(name)
        .with_context(|| format!("an item has no {name}"))?;
    Ok(value.clone())
}
