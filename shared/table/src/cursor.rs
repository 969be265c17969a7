//! Where a page of a list begins.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::attribute::{GSI1PK, GSI1SK, PK, SK};
use crate::item::{Item, UnreadableItem, required};
use crate::list::{List, Place};

/// The key of the last entity of the page before. It says nothing of the partition of its list,
/// which the list itself does, so it leads nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key in the table, or in the index.
    sort: String,
    /// In the index, the primary key that tells apart what sorts alike there.
    primary: Option<(String, String)>,
}

/// The text is no cursor of that list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct ForeignCursor;

/// Stands between the parts of a cursor. It is in no key: ids have no control characters, claims
/// end in a clock, and a clock has tabs only.
const SEPARATOR: char = '\n';

impl Cursor {
    /// Reads back what [`Cursor::to_text`] gave for the same list.
    pub fn parse(text: &str, list: &List) -> Result<Self, ForeignCursor> {
        let Place { index, sk, .. } = list.place();
        let parts: Vec<_> = text.split(SEPARATOR).collect();
        let cursor = match (index, &*parts) {
            (false, [sort]) => Self {
                sort: (*sort).to_owned(),
                primary: None,
            },
            (true, [sort, pk, key]) => Self {
                sort: (*sort).to_owned(),
                primary: Some(((*pk).to_owned(), (*key).to_owned())),
            },
            _ => return Err(ForeignCursor),
        };
        let longer = cursor.sort.len() > sk.len();
        if longer && cursor.sort.starts_with(sk) {
            Ok(cursor)
        } else {
            Err(ForeignCursor)
        }
    }

    /// The cursor as text. It holds ids of entities in the list.
    pub fn to_text(&self) -> String {
        match &self.primary {
            None => self.sort.clone(),
            Some((pk, sk)) => [&self.sort, pk, sk].map(String::as_str).join("\n"),
        }
    }

    pub(crate) fn after(key: &Item, index: bool) -> Result<Self, UnreadableItem> {
        let part = |name| required(key, name).map(str::to_owned);
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
