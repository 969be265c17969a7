//! The built-in roles, which every organization has, and their permissions.

use core::fmt;
use std::sync::LazyLock;

use crate::value::InvalidText;
use crate::{Found, Reason};

/// A built-in role of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuiltInRole {
    id: &'static str,
    aliases: &'static [&'static str],
    permissions: &'static [&'static str],
}

/// All built-in roles. Parsing, schemas, texts and lists are derived from this table.
static ROLES: &[BuiltInRole] = &[
    BuiltInRole {
        id: "admin",
        aliases: &["ORG_ADMIN"],
        permissions: &[
            "organization:read",
            "members:read",
            "projects:read",
            "projects:create",
            "projects:update",
            "organization:update",
            "members:manage",
            "teams:manage",
            "projects:delete",
        ],
    },
    BuiltInRole {
        id: "writer",
        aliases: &["ORG_USER"],
        permissions: &[
            "organization:read",
            "members:read",
            "projects:read",
            "projects:create",
            "projects:update",
        ],
    },
    BuiltInRole {
        id: "reader",
        aliases: &["READ_ONLY"],
        permissions: &["organization:read", "members:read", "projects:read"],
    },
];

/// The `expected` of a refusal, as in `"admin", "writer" or "reader"`.
static EXPECTED: LazyLock<String> = LazyLock::new(|| {
    let quoted: Vec<_> = ROLES.iter().map(|role| format!("{:?}", role.id)).collect();
    listed(&quoted)
});

impl BuiltInRole {
    /// All built-in roles, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES.iter().copied()
    }

    /// Parses the id of a role, such as `admin`, or an alias of it, such as `ORG_ADMIN`, which
    /// some producers send.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        Self::all()
            .find(|role| role.id == text || role.aliases.contains(&text))
            .ok_or_else(|| InvalidText {
                reason: Reason::Malformed,
                found: Found::role(text),
                expected: &EXPECTED,
            })
    }

    /// The id of the role, which is used everywhere except in payloads that name an alias.
    pub const fn as_str(self) -> &'static str {
        self.id
    }

    /// Other names for the role in payloads.
    pub const fn aliases(self) -> &'static [&'static str] {
        self.aliases
    }

    /// The ids of the permissions it grants.
    pub const fn permissions(self) -> &'static [&'static str] {
        self.permissions
    }

    /// Whether this is the id of a built-in role.
    pub fn has_id(id: &str) -> bool {
        Self::all().any(|role| role.id == id)
    }
}

impl fmt::Display for BuiltInRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id)
    }
}

/// The ids of all built-in permissions, which are those of the built-in roles, without
/// duplicates.
pub fn built_in_permissions() -> impl Iterator<Item = &'static str> {
    static UNION: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut union = Vec::new();
        for permission in ROLES.iter().flat_map(|role| role.permissions) {
            if !union.contains(permission) {
                union.push(*permission);
            }
        }
        union
    });
    UNION.iter().copied()
}

/// Whether this is the id of a built-in permission.
pub fn is_built_in_permission(id: &str) -> bool {
    built_in_permissions().any(|built_in| built_in == id)
}

/// Joins words, as in `a, b or c`.
fn listed(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_role_is_parsed_from_its_id_and_its_aliases() {
        for role in BuiltInRole::all() {
            assert_eq!(BuiltInRole::parse(role.as_str()), Ok(role));
            assert_eq!(role.to_string(), role.as_str());
            assert!(BuiltInRole::has_id(role.as_str()));
            for alias in role.aliases() {
                assert_eq!(BuiltInRole::parse(alias), Ok(role));
                assert!(!BuiltInRole::has_id(alias));
            }
        }
        for text in ["", "owner", "Admin", "admin ", "org_admin"] {
            let refused = BuiltInRole::parse(text).unwrap_err();
            assert_eq!(refused.reason, Reason::Malformed);
            assert_eq!(refused.expected, r#""admin", "writer" or "reader""#);
        }
    }

    #[test]
    fn no_two_roles_share_an_id_or_an_alias() {
        let names = |role: BuiltInRole| [role.as_str()].into_iter().chain(role.aliases().to_vec());
        let names: Vec<_> = BuiltInRole::all().flat_map(names).collect();
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }

    #[test]
    fn each_role_grants_the_permissions_of_the_one_below_it_and_more() {
        let roles: Vec<_> = BuiltInRole::all().collect();
        for (higher, lower) in roles.iter().zip(roles.iter().skip(1)) {
            let (higher, lower) = (higher.permissions(), lower.permissions());
            assert!(higher.len() > lower.len());
            assert!(lower.iter().all(|id| higher.contains(id)));
        }
    }

    #[test]
    fn a_permission_is_built_in_if_a_built_in_role_grants_it() {
        let granted: Vec<_> = built_in_permissions().collect();
        let different: BTreeSet<_> = granted.iter().collect();
        assert_eq!((granted.len(), different.len()), (9, 9));
        for role in BuiltInRole::all() {
            assert!(
                role.permissions()
                    .iter()
                    .all(|id| is_built_in_permission(id))
            );
        }
        assert!(!is_built_in_permission("projects:archive"));
    }

    #[test]
    fn words_are_listed_with_or_before_the_last() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(listed(&words("a")), "a");
        assert_eq!(listed(&words("a b")), "a or b");
        assert_eq!(listed(&words("a b c")), "a, b or c");
    }
}
