//! One entity, for a person or a program.

use std::collections::BTreeMap;

use api::view::EntityView;
use roster_domain::{Attribute, Content, Entity, Snapshot, Status, Value};
use roster_table::Record;
use serde::Serialize;

use super::lists::Listed;
use crate::commands::output::title;

/// An entity and what belongs to it.
#[derive(Serialize)]
pub struct EntityAnswer {
    /// As the API shows it. One that does not exist has its ids only.
    #[serde(flatten)]
    entity: EntityView,
    #[serde(flatten)]
    lists: ListsAnswer,
}

/// Lists by their names.
#[derive(Serialize)]
pub struct ListsAnswer {
    #[serde(flatten)]
    lists: BTreeMap<&'static str, Vec<EntityView>>,
    /// Which of them are strongly consistent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    consistent: BTreeMap<&'static str, bool>,
}

impl EntityAnswer {
    /// The answer about an entity, `snapshot` being what it refers to.
    pub fn new(
        entity: &Entity,
        record: Option<&Record>,
        snapshot: &Snapshot,
        lists: &[Listed],
    ) -> Self {
        let unknown = Record {
            entity: entity.clone(),
            status: Status::Pending,
            value: Value::default(),
            statements: None,
            created_at: None,
            updated_at: None,
            revision: 0,
        };
        Self {
            entity: EntityView::of(record.unwrap_or(&unknown), snapshot),
            lists: ListsAnswer::new(lists),
        }
    }
}

impl ListsAnswer {
    /// The answer about lists.
    pub fn new(lists: &[Listed]) -> Self {
        let views = lists.iter().map(|listed| (listed.name, listed.views()));
        let consistent = lists.iter().map(|listed| (listed.name, listed.consistent));
        Self {
            lists: views.collect(),
            consistent: consistent.collect(),
        }
    }
}

/// Returns a line that describes it.
pub fn headline(entity: &Entity, record: Option<&Record>) -> String {
    let what = title(&entity.to_string());
    let Some(record) = record else {
        return format!("{what} does not exist");
    };
    match described(&record.value) {
        nothing if nothing.is_empty() => what,
        described => format!("{what}: {described}"),
    }
}

/// The contents of an entity in a line.
pub fn described(value: &Value) -> String {
    let texts: Vec<_> = value
        .contents()
        .filter(|(attribute, _)| !matches!(attribute, Attribute::FirstName | Attribute::LastName))
        .filter(|(_, content)| **content != Content::Flag(true))
        .map(|(attribute, content)| match attribute {
            Attribute::Name | Attribute::Role => content.to_string(),
            Attribute::Email => format!("<{content}>"),
            Attribute::Active => "not active".to_owned(),
            other => format!("{}: {content}", other.name()),
        })
        .collect();
    texts.join(", ")
}

/// The ids of an entity that are not those of `of`.
pub fn ids_beside<'a>(entity: &'a Entity, of: Option<&Entity>) -> Vec<&'a str> {
    let known: Vec<_> = of
        .into_iter()
        .flat_map(|of| of.kind().ids().iter().zip(of.ids()))
        .collect();
    let ids = entity.kind().ids().iter().zip(entity.ids());
    let new = ids.filter(|(id, value)| {
        !known
            .iter()
            .any(|(other, text)| other.name == id.name && text == value)
    });
    new.map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(active: Option<bool>) -> Value {
        let name = (Attribute::Name, Content::Text("Ada".to_owned()));
        let active = active.map(|active| (Attribute::Active, Content::Flag(active)));
        Value::from_contents([name].into_iter().chain(active).collect())
    }

    #[test]
    fn only_a_user_that_is_not_active_is_described_as_such() {
        assert_eq!(described(&value(None)), "Ada");
        assert_eq!(described(&value(Some(true))), "Ada");
        assert_eq!(described(&value(Some(false))), "Ada, not active");
    }
}
