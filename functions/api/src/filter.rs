//! Filters of lists.

use roster_domain::{AssignedRole, BuiltInRole, InvalidText, RoleId, Snapshot, assigned_role};
use roster_table::Record;

use roster_http::{Params, Problem};

/// The query parameter that filters by effectiveness.
pub const EFFECTIVE: &str = "effective";
/// The query parameter that filters by built-in role.
pub const ROLE: &str = "role";
/// The query parameter that filters by custom role.
pub const ROLE_ID: &str = "roleId";

/// Which records of a list to return.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListFilter {
    effective: Option<bool>,
    role: Option<AssignedRole>,
}

impl ListFilter {
    /// Returns a filter that keeps only effective records.
    pub const fn effective() -> Self {
        Self {
            effective: Some(true),
            role: None,
        }
    }

    /// Reads the parameters `effective`, `role` and `roleId`.
    pub fn read(params: &Params) -> Result<Self, Problem> {
        let role = match (params.get(ROLE), params.get(ROLE_ID)) {
            (None, None) => None,
            (Some(role), None) => {
                let expected = |invalid: InvalidText| {
                    let expected = invalid.expected;
                    let detail = format!("Expected {expected}. Use roleId for custom roles.");
                    Problem::invalid(ROLE, detail)
                };
                Some(AssignedRole::BuiltIn(
                    BuiltInRole::parse(role).map_err(expected)?,
                ))
            }
            (None, Some(id)) => {
                let expected = |_| Problem::invalid(ROLE_ID, "Expected the id of a role.");
                Some(AssignedRole::Custom(RoleId::parse(id).map_err(expected)?))
            }
            (Some(_), Some(_)) => {
                return Err(Problem::invalid(
                    ROLE_ID,
                    "Expected role or roleId, not both.",
                ));
            }
        };
        Ok(Self {
            effective: params.maybe(EFFECTIVE)?,
            role,
        })
    }

    /// Returns whether a record passes the filter.
    pub fn passes(&self, record: &Record, snapshot: &Snapshot) -> bool {
        let effective = self
            .effective
            .is_none_or(|wanted| wanted == snapshot.is_effective(&record.entity));
        let role = self
            .role
            .as_ref()
            .is_none_or(|wanted| assigned_role(&record.value).as_ref() == Some(wanted));
        effective && role
    }

    /// Returns the filter as text, for the purpose that a cursor is bound to.
    pub fn told(&self) -> String {
        let role = match &self.role {
            None => String::new(),
            Some(AssignedRole::BuiltIn(role)) => format!("role {role}"),
            Some(AssignedRole::Custom(role)) => format!("roleId {role}"),
        };
        format!("{:?} {role}", self.effective)
    }
}
