//! The form of attributes: which values are valid.

use core::fmt;
use std::collections::BTreeSet;

use crate::json::Object;
use crate::role::BuiltInRole;
use crate::value::{InvalidText, check_email, sized};
use crate::{EntityId, Found, Reason, Refusal, limits};

/// The form of an attribute: how a payload states it, and which values are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Any non-empty text.
    Text {
        /// The maximum length in bytes.
        limit: usize,
        /// The `expected` of a refusal.
        expected: &'static str,
    },
    /// An email address.
    Email,
    /// A built-in role, by its id or an alias.
    BuiltInRole,
    /// The id of a custom role.
    CustomRole,
    /// The ids of permissions, in any order.
    Permissions,
    /// The id of an entity.
    Id,
    /// A boolean.
    Flag,
}

/// The content of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// A non-empty text.
    Text(String),
    /// A set of texts.
    Texts(BTreeSet<String>),
    /// A boolean.
    Flag(bool),
}

/// The `expected` of a refusal of [`Form::Permissions`].
pub(crate) const PERMISSION_IDS: &str = "an array of at most 250 ids";

impl Form {
    /// Reads the required field `name` of a payload.
    pub(crate) fn read(self, payload: &Object<'_>, name: &str) -> Result<Content, Refusal> {
        if self == Self::Permissions {
            let parse = |text: &str| EntityId::parse(text).map(|id| id.to_string());
            let ids = payload.texts(name, limits::PERMISSIONS, PERMISSION_IDS, parse)?;
            return Ok(Content::Texts(ids.into_iter().collect()));
        }
        if self == Self::Flag {
            return payload.flag(name).map(Content::Flag);
        }
        let text = payload.text(name)?;
        let valid = self.valid(&text);
        let text = valid.map_err(|invalid| payload.invalid(name, invalid))?;
        Ok(Content::Text(text.to_owned()))
    }

    /// Returns the text to store, if `text` is valid.
    pub fn valid(self, text: &str) -> Result<&str, InvalidText> {
        match self {
            Self::Text { limit, expected } => sized(text, limit, expected)?,
            Self::Email => check_email(text)?,
            Self::BuiltInRole => return BuiltInRole::parse(text).map(BuiltInRole::as_str),
            Self::CustomRole => check_custom_role(text)?,
            Self::Id | Self::Permissions | Self::Flag => {
                EntityId::parse(text)?;
            }
        }
        Ok(text)
    }
}

/// A built-in role may be stated in one way only, so that equal roles have equal values.
fn check_custom_role(text: &str) -> Result<(), InvalidText> {
    if BuiltInRole::has_id(text) {
        return Err(InvalidText {
            reason: Reason::Reserved,
            found: Found::role(text),
            expected: "the id of a custom role; a built-in role goes into \"role\"",
        });
    }
    EntityId::parse(text).map(|_| ())
}

impl fmt::Display for Content {
    /// Writes a text as it is, a set of texts separated by spaces, and `true` or `false`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => {
                let texts: Vec<_> = texts.iter().map(String::as_str).collect();
                f.write_str(&texts.join(" "))
            }
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}
