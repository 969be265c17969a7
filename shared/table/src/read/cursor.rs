//! Where a page of a list starts.

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Entity, EntityId, UserId};

use roster_item::attribute::{GSI1PK, GSI1SK, PK, SK};
use roster_item::key::{self, Key, PROFILE};
use roster_item::{UnreadableItem, required};

use crate::read::list::{List, Place};
use crate::sdk::{Item, SdkItem};

/// The key of the last entity before a page. It contains only the part of the key that the list
/// does not determine, so it cannot lead out of the list. The entity need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key in the table, or in the index.
    sort: String,
    /// In the index, the primary key, which orders entries with equal sort keys.
    primary: Option<(String, String)>,
}

/// The text is not a cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct ForeignCursor;

/// Separates the parts of a cursor's text. No key contains it: ids have no control characters,
/// and a clock has only tabs.
const SEPARATOR: char = '\n';

/// Marks the cursor of an entity with its own partition, such as a project.
const OWN_PARTITION: &str = "P";

impl Cursor {
    /// Returns the cursor after an entity of the list; none for a list of claims, whose order
    /// does not depend on ids alone.
    pub fn behind(list: &List, entity: &Entity) -> Option<Self> {
        let Place { index, sk, .. } = list.place();
        let key = Key::of(entity);
        if !index {
            return Some(Self {
                sort: key.sk,
                primary: None,
            });
        }
        if sk.is_empty() {
            return None;
        }
        // In the index every entity sorts by its partition key.
        Some(Self {
            sort: key.pk.clone(),
            primary: Some((key.pk, key.sk)),
        })
    }

    /// Returns the cursor after a user in a list of users, who need not be in it; none for any
    /// other list.
    pub fn behind_user(list: &List, user: &UserId) -> Option<Self> {
        let Place { index, sk, .. } = list.place();
        (!index && sk == key::USER).then(|| Self {
            sort: key::of(key::USER, user),
            primary: None,
        })
    }

    /// The user up to whom a list of users was read.
    pub fn user(&self) -> Option<UserId> {
        UserId::parse(self.sort.strip_prefix(key::USER)?).ok()
    }

    /// Parses the result of [`Cursor::to_text`] for the same list.
    pub fn parse(text: &str, list: &List) -> Result<Self, ForeignCursor> {
        let Place { index, pk, sk } = list.place();
        let parts: Vec<_> = text.split(SEPARATOR).collect();
        let (sort, primary) = match (index, &*parts) {
            (false, [sort]) => (*sort, None),
            (true, [sort]) => (*sort, Some(((*sort).to_owned(), pk))),
            (true, [sort, mark]) if *mark == OWN_PARTITION => {
                (*sort, Some(((*sort).to_owned(), PROFILE.to_owned())))
            }
            (true, [sort, pk, PROFILE]) if sk.is_empty() => {
                (*sort, Some(((*pk).to_owned(), PROFILE.to_owned())))
            }
            _ => return Err(ForeignCursor),
        };
        let id = sort.strip_prefix(sk).ok_or(ForeignCursor)?;
        let ids = |text: &str| text.split('\t').all(|id| EntityId::parse(id).is_ok());
        let valid = if sk.is_empty() {
            !sort.is_empty() && primary.as_ref().is_some_and(|(pk, _)| !pk.is_empty())
        } else {
            ids(id)
        };
        let sort = sort.to_owned();
        valid.then_some(Self { sort, primary }).ok_or(ForeignCursor)
    }

    /// The cursor as text. It contains ids of entities in the list.
    pub fn to_text(&self, list: &List) -> String {
        match &self.primary {
            None => self.sort.clone(),
            Some((pk, sk)) if *pk == self.sort && *sk == list.place().pk => self.sort.clone(),
            Some((pk, sk)) if *pk == self.sort && sk == PROFILE => {
                format!("{}{SEPARATOR}{OWN_PARTITION}", self.sort)
            }
            Some((pk, sk)) => [&self.sort, pk, sk].map(String::as_str).join("\n"),
        }
    }

    pub(crate) fn after(key: &Item, index: bool) -> Result<Self, UnreadableItem> {
        let part = |name| required(&SdkItem(key), name).map(str::to_owned);
        Ok(if index {
            Self {
                sort: part(GSI1SK)?,
                primary: Some((part(PK)?, part(SK)?)),
            }
        } else {
            Self {
                sort: part(SK)?,
                primary: None,
            }
        })
    }

    pub(crate) fn into_key(self, list: &List) -> Item {
        let pk = list.place().pk;
        let parts = match self.primary {
            None => vec![(PK, pk), (SK, self.sort)],
            Some((primary, sk)) => {
                vec![(GSI1PK, pk), (GSI1SK, self.sort), (PK, primary), (SK, sk)]
            }
        };
        let attribute = |(name, value): (&str, String)| (name.to_owned(), AttributeValue::S(value));
        parts.into_iter().map(attribute).collect()
    }
}
