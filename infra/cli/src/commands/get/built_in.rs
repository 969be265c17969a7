//! The built-in roles and permissions, which are not in the table.

use api::view::{EntityView, Permission, Role};
use roster_domain::{BuiltInRole, Entity, built_in_permissions};
use roster_table::List;

/// A built-in role or permission.
#[derive(Debug, Clone, Copy)]
pub enum BuiltIn {
    /// A role.
    Role(BuiltInRole),
    /// The id of a permission.
    Permission(&'static str),
}

impl BuiltIn {
    /// The built-in entity of these ids, if it is one.
    pub fn of(entity: &Entity) -> Option<Self> {
        match entity {
            Entity::Role(id) => {
                let mut roles = BuiltInRole::all();
                roles
                    .find(|role| role.as_str() == id.as_str())
                    .map(Self::Role)
            }
            Entity::Permission(id) => {
                let mut permissions = built_in_permissions();
                permissions
                    .find(|permission| *permission == id.as_str())
                    .map(Self::Permission)
            }
            _ => None,
        }
    }

    /// Those that belong to a list.
    pub fn all(list: &List) -> Vec<Self> {
        match list {
            List::Roles => BuiltInRole::all().map(Self::Role).collect(),
            List::Permissions => built_in_permissions().map(Self::Permission).collect(),
            _ => Vec::new(),
        }
    }

    /// How the API shows it.
    pub fn view(self) -> EntityView {
        match self {
            Self::Role(role) => EntityView::Role(Role::built_in(role)),
            Self::Permission(id) => EntityView::Permission(Permission::built_in(id)),
        }
    }

    /// A line that describes it.
    pub fn headline(self) -> String {
        let kind = match self {
            Self::Role(_) => "Role",
            Self::Permission(_) => "Permission",
        };
        format!("{kind} {}: {}", self.id(), self.described())
    }

    /// Its row in the table of a list.
    pub fn row(self) -> [String; 4] {
        let effective = "yes".to_owned();
        [
            self.id().to_owned(),
            self.described(),
            String::new(),
            effective,
        ]
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Role(role) => role.as_str(),
            Self::Permission(id) => id,
        }
    }

    fn described(self) -> String {
        match self {
            Self::Role(role) => format!("built in, grants {}", role.permissions().join(", ")),
            Self::Permission(id) => {
                let granting = BuiltInRole::all().filter(|role| role.permissions().contains(&id));
                let granting: Vec<_> = granting.map(BuiltInRole::as_str).collect();
                format!("built in, granted by {}", granting.join(", "))
            }
        }
    }
}
