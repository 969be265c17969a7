//! What differs between two tables, and the events behind it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::directory::{ItemKey, Items, state};

/// An item that depends on the order of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Partition key of the item.
    pub pk: String,
    /// Sort key of the item.
    pub sk: String,
    /// The attributes that differ, after delivery in clock order.
    pub in_clock_order: BTreeMap<String, Option<String>>,
    /// The same attributes after the other delivery.
    pub in_other_order: BTreeMap<String, Option<String>>,
    /// The events of the item.
    pub events: Vec<Line>,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// Its number, counted from 1.
    pub line: usize,
    /// The values there.
    pub body: String,
}

/// The items whose state differs.
pub fn keys(expected: &Items, found: &Items) -> BTreeSet<ItemKey> {
    let differs = |key: &&ItemKey| expected.get(*key).map(state) != found.get(*key).map(state);
    expected
        .keys()
        .chain(found.keys())
        .filter(differs)
        .cloned()
        .collect()
}

/// The difference with the fewest events behind it. `lines` holds those of each item that
/// differs.
pub fn smallest(
    expected: &Items,
    found: &Items,
    mut lines: BTreeMap<ItemKey, Vec<Line>>,
) -> Option<Difference> {
    let events_behind = |key: &ItemKey| lines.get(key).map_or(0, Vec::len);
    let key = keys(expected, found)
        .into_iter()
        .min_by_key(events_behind)?;
    let (left, right) = (expected.get(&key).map(state), found.get(&key).map(state));
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    let all_names = left.keys().chain(right.keys());
    let names: BTreeSet<_> = all_names
        .filter(|name| left.get(*name) != right.get(*name))
        .collect();
    let values = |item: &BTreeMap<&str, &str>| {
        let value = |name: &&&str| {
            (
                (**name).to_owned(),
                item.get(**name).map(|v| (*v).to_owned()),
            )
        };
        names.iter().map(value).collect()
    };
    Some(Difference {
        in_clock_order: values(&left),
        in_other_order: values(&right),
        events: lines.remove(&key).unwrap_or_default(),
        pk: key.0,
        sk: key.1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(rows: &[(&str, &str, &str)]) -> Items {
        let mut items = Items::new();
        for (pk, name, value) in rows {
            let key = ((*pk).to_owned(), "PROFILE".to_owned());
            let item = items.entry(key).or_default();
            item.insert((*name).to_owned(), (*value).to_owned());
        }
        items
    }

    fn lines(rows: &[(&str, usize)]) -> BTreeMap<ItemKey, Vec<Line>> {
        let line = |line| Line {
            line,
            body: String::new(),
        };
        let rows = rows.iter().map(|(pk, count)| {
            let key = ((*pk).to_owned(), "PROFILE".to_owned());
            (key, (1..=*count).map(line).collect())
        });
        rows.collect()
    }

    #[test]
    fn the_revision_alone_makes_no_difference() {
        let left = items(&[("a", "role", "admin"), ("a", "revision", "1")]);
        let right = items(&[("a", "role", "admin"), ("a", "revision", "7")]);
        assert!(keys(&left, &right).is_empty());
        assert_eq!(smallest(&left, &right, BTreeMap::new()), None);
    }

    #[test]
    fn the_item_with_the_fewest_events_is_shown_with_what_differs() {
        let left = items(&[
            ("a", "role", "admin"),
            ("b", "role", "admin"),
            ("b", "x", "1"),
        ]);
        let right = items(&[
            ("a", "role", "reader"),
            ("b", "x", "1"),
            ("c", "role", "admin"),
        ]);
        let behind = lines(&[("a", 3), ("b", 1), ("c", 2)]);
        let difference = smallest(&left, &right, behind).unwrap();
        assert_eq!((difference.pk.as_str(), difference.events.len()), ("b", 1));
        let role =
            |value: Option<&str>| BTreeMap::from([("role".to_owned(), value.map(str::to_owned))]);
        assert_eq!(difference.in_clock_order, role(Some("admin")));
        assert_eq!(difference.in_other_order, role(None));
    }
}
