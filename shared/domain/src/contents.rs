//! The values of fields: the contents of their attributes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Attribute, Content};

/// What a payload states for a field: the contents of the attributes of one spelling; empty if it
/// clears the field.
pub(crate) type Contents = BTreeMap<Attribute, Content>;

/// The value in a register: the contents of some of the attributes of its field. It is empty if
/// an event stated that there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Value(BTreeMap<Attribute, Content>);

impl Value {
    /// Creates a value from contents. A name in parts also gets the full name, which is one part
    /// alone if there is no other.
    pub fn from_contents(mut contents: BTreeMap<Attribute, Content>) -> Self {
        let text = |attribute| match contents.get(&attribute) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        };
        let whole = match (text(Attribute::FirstName), text(Attribute::LastName)) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last).cloned(),
        };
        if let Some(whole) = whole {
            contents.insert(Attribute::Name, Content::Text(whole));
        }
        Self(contents)
    }

    /// All attributes that have a content, with their contents.
    pub fn contents(&self) -> impl Iterator<Item = (Attribute, &Content)> {
        self.0
            .iter()
            .map(|(attribute, content)| (*attribute, content))
    }

    /// The content of an attribute.
    pub fn get(&self, attribute: Attribute) -> Option<&Content> {
        self.0.get(&attribute)
    }

    /// Whether the value is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content of an attribute, if it has one that is a text.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.0.get(&attribute) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The content of an attribute, if it has one that is a set of texts.
    pub fn texts(&self, attribute: Attribute) -> Option<&BTreeSet<String>> {
        match self.0.get(&attribute) {
            Some(Content::Texts(texts)) => Some(texts),
            _ => None,
        }
    }

    /// The content of an attribute, if it has one that is a boolean.
    pub fn flag(&self, attribute: Attribute) -> Option<bool> {
        match self.0.get(&attribute) {
            Some(Content::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// Adds the contents of another field of the same entity.
    pub fn extend(&mut self, other: &Self) {
        let contents = other.contents();
        self.0
            .extend(contents.map(|(attribute, content)| (attribute, content.clone())));
    }
}

/// Whether a user is active, from its contents. A user is, unless an event states otherwise.
pub fn is_active(user: &Value) -> bool {
    user.flag(Attribute::Active).unwrap_or(true)
}
