//! Filters of lists.

use roster_domain::{AssignedRole, BuiltInRole, InvalidText, RoleId, Snapshot, assigned_role};
use roster_table::Record;

use roster_http::{Params, Problem};

/// The filters' parameters.
pub const EFFECTIVE: &str = "effective";
/// A built-in role.
pub const ROLE: &str = "role";
/// A custom role.
pub const ROLE_ID: &str = "roleId";

/// What of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListFilter {
    effective: Option<bool>,
    role: Option<AssignedRole>,
}

impl ListFilter {
    /// Only what is effective.
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
                    let detail = format!("Expected {expected}; roleId is for others.");
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

    /// Whether a record is wanted.
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

    /// The filter as a part of a question.
    pub fn told(&self) -> String {
        format!("{self:?}")
    }
}
