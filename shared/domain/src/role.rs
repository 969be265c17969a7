//! The three roles that every organization has, and their permissions.

use core::fmt;

use crate::value::{InvalidText, malformed};

/// What a member may do in an organization, unless it has a role of the producers' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltInRole {
    /// Manages the organization and its members.
    Admin,
    /// Changes what is in the organization.
    Writer,
    /// Reads what is in the organization.
    Reader,
}

const READER: &[&str] = &["organization:read", "members:read", "projects:read"];

const WRITER: &[&str] = &[
    "organization:read",
    "members:read",
    "projects:read",
    "projects:create",
    "projects:update",
];

const ADMIN: &[&str] = &[
    "organization:read",
    "members:read",
    "projects:read",
    "projects:create",
    "projects:update",
    "organization:update",
    "members:manage",
    "teams:manage",
    "projects:delete",
];

impl BuiltInRole {
    /// Every one, from the one that may do most.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Writer, Self::Reader];

    /// Reads `admin`, `writer` or `reader`, or what some producers call them: `ORG_ADMIN`,
    /// `ORG_USER` and `READ_ONLY`.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        match text {
            "admin" | "ORG_ADMIN" => Ok(Self::Admin),
            "writer" | "ORG_USER" => Ok(Self::Writer),
            "reader" | "READ_ONLY" => Ok(Self::Reader),
            _ => Err(malformed(text, r#""admin", "writer" or "reader""#)),
        }
    }

    /// The role as text, which is also its id.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Writer => "writer",
            Self::Reader => "reader",
        }
    }

    /// The ids of the permissions it grants.
    pub const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Admin => ADMIN,
            Self::Writer => WRITER,
            Self::Reader => READER,
        }
    }

    /// Whether a role of that id is built in.
    pub fn has_id(id: &str) -> bool {
        Self::ALL.iter().any(|role| role.as_str() == id)
    }
}

impl fmt::Display for BuiltInRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a permission of that id is built in: the admin's are all of them.
pub fn is_built_in_permission(id: &str) -> bool {
    ADMIN.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    #[test]
    fn a_role_is_one_of_three_words_or_what_some_producers_call_them() {
        for role in BuiltInRole::ALL {
            assert_eq!(BuiltInRole::parse(role.as_str()), Ok(role));
            assert_eq!(role.to_string(), role.as_str());
            assert!(BuiltInRole::has_id(role.as_str()));
        }
        for (alias, role) in [
            ("ORG_ADMIN", BuiltInRole::Admin),
            ("ORG_USER", BuiltInRole::Writer),
            ("READ_ONLY", BuiltInRole::Reader),
        ] {
            assert_eq!(BuiltInRole::parse(alias), Ok(role));
            assert!(!BuiltInRole::has_id(alias));
        }
        for text in ["", "owner", "Admin", "admin ", "org_admin"] {
            let refused = BuiltInRole::parse(text).unwrap_err();
            assert_eq!(refused.reason, Reason::Malformed);
        }
    }

    #[test]
    fn each_role_may_do_what_the_one_below_it_may_and_more() {
        let [admin, writer, reader] = BuiltInRole::ALL.map(BuiltInRole::permissions);
        assert_eq!((reader.len(), writer.len(), admin.len()), (3, 5, 9));
        assert!(reader.iter().all(|id| writer.contains(id)));
        assert!(writer.iter().all(|id| admin.contains(id)));
        assert!(admin.iter().all(|id| is_built_in_permission(id)));
        assert!(!is_built_in_permission("projects:archive"));
    }
}
