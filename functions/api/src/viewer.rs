//! One caller's view of the directory, for the length of one request.
//!
//! What does not exist and what the caller may not see end in the same place,
//! [`Problem::not_found`], after equally many rounds of reads: the right to an answer is known before
//! anything is read for it, and what a refusal reads depends on the caller and on the ids in the
//! question alone.
//!
//! | what | a user sees it who | a service |
//! | --- | --- | --- |
//! | a user, and where it belongs | is that user | sees all |
//! | an organization, its teams and members, and the members of the teams | is an effective member | sees all |
//! | its pending and removed members | may `members:manage` there | sees all |
//! | its projects | may `projects:read` there | sees all |
//! | a project, its users and teams | may `projects:read` on it | sees all |
//! | roles and permissions | has a token | sees all |

use roster_domain::{Decision, Entity, OrganizationId, PermissionId, ProjectId, Resource, UserId};
use roster_table::{Ask, List, Part, Reader, Record, Slice, TeamSide, membership, rounds};

use crate::api::Api;
use crate::limits;
use roster_http::limits::KEYS;
use roster_http::{Caller, Problem, ProblemKind, clock};

/// The permission to see who is not, or not yet, a member.
pub const MANAGE_MEMBERS: &str = "members:manage";

/// The permission to see projects.
pub const READ_PROJECTS: &str = "projects:read";

/// What one caller sees within one request.
#[derive(Debug)]
pub struct Viewer<'a> {
    /// What the routes share.
    pub api: &'a Api,
    /// Who asks.
    pub caller: Caller,
    /// What was read so far.
    pub reader: Reader<'a>,
}

impl Api {
    /// That caller's view, for one request.
    pub fn viewer(&self, caller: Caller) -> Viewer<'_> {
        Viewer {
            api: self,
            caller,
            reader: Reader::new(&self.table, KEYS),
        }
    }
}

impl Drop for Viewer<'_> {
    /// However the request ends, the caller's allowance pays for what was read.
    fn drop(&mut self) {
        let keys = KEYS.saturating_sub(self.reader.left());
        let units = u32::try_from(keys / limits::KEYS_PER_UNIT).unwrap_or(u32::MAX);
        if units > 0 {
            let now = clock::since_1970();
            self.api.gate.throttle.charge(&self.caller, units, now);
        }
    }
}

impl Viewer<'_> {
    /// A user that exists and that the caller may see.
    pub async fn user(&mut self, id: &UserId) -> Result<Record, Problem> {
        if !self.caller.is_service() && !self.caller.is(id) {
            return Err(Problem::not_found());
        }
        let user = Entity::User(id.clone());
        self.reader.fetch([user.clone()]).await?;
        self.present(&user)
    }

    /// An organization that exists and that the caller may see.
    pub async fn organization(&mut self, id: &OrganizationId) -> Result<Record, Problem> {
        let organization = Entity::Organization(id.clone());
        let wanted = match &self.caller {
            Caller::Service(_) => organization.clone(),
            Caller::User(user) => membership(id, user),
        };
        self.reader.read([wanted.clone()]).await?;
        if !self.reader.snapshot().is_effective(&wanted) {
            return Err(Problem::not_found());
        }
        self.present(&organization)
    }

    /// Whether the caller may do that in an organization that it sees.
    pub async fn may(
        &mut self,
        permission: &str,
        organization: &OrganizationId,
    ) -> Result<bool, Problem> {
        let Caller::User(user) = &self.caller else {
            return Ok(true);
        };
        let ask = Ask {
            user: user.clone(),
            permission: built_in(permission)?,
            resource: Resource::Organization(organization.clone()),
        };
        let decision = self.reader.allowed(&ask, TeamSide::User).await?;
        Ok(matches!(decision, Decision::Granted(_)))
    }

    /// A project that exists and that the caller may see.
    pub async fn project(&mut self, id: &ProjectId) -> Result<Record, Problem> {
        let project = Entity::Project(id.clone());
        match &self.caller {
            Caller::Service(_) => self.reader.read([project.clone()]).await?,
            Caller::User(user) => {
                let ask = Ask {
                    user: user.clone(),
                    permission: built_in(READ_PROJECTS)?,
                    resource: Resource::Project(id.clone()),
                };
                let decision = self.reader.allowed(&ask, TeamSide::User).await?;
                if !matches!(decision, Decision::Granted(_)) {
                    self.pad(rounds(&ask.resource)).await?;
                    return Err(Problem::not_found());
                }
            }
        }
        self.present(&project)
    }

    /// Reads on before a refusal, until it took that many rounds, as the others do.
    pub async fn pad(&mut self, rounds: usize) -> Result<(), Problem> {
        if let Caller::User(user) = &self.caller {
            let user = Entity::User(user.clone());
            self.reader.pad(rounds, &user).await?;
        }
        Ok(())
    }

    /// A part of a list that the caller is allowed to read.
    pub async fn slice(&mut self, list: &List, part: Part) -> Result<Slice, Problem> {
        let slice = self.reader.query(list, part).await?;
        if list.is_consistent() {
            self.reader.learn(slice.records.iter().cloned());
        }
        Ok(slice)
    }

    /// Those that claim a value, the owner first, each read again: the index lags.
    pub async fn claimants(&mut self, list: &List) -> Result<Vec<Entity>, Problem> {
        let part = Part {
            limit: Some(limits::CLAIMANTS),
            ..Part::default()
        };
        let slice = self.slice(list, part).await?;
        let claimants: Vec<_> = slice.records.into_iter().map(|one| one.entity).collect();
        self.reader.fetch(claimants.iter().cloned()).await?;
        Ok(claimants)
    }

    fn present(&self, entity: &Entity) -> Result<Record, Problem> {
        let record = self.reader.record(entity);
        let present = record.filter(|record| record.is_present());
        present.cloned().ok_or_else(Problem::not_found)
    }
}

/// Whether an entity claims a value. Case does not matter to a claim.
pub fn claims(claimed: Option<&str>, value: &str) -> bool {
    claimed.is_some_and(|claimed| claimed.to_lowercase() == value.to_lowercase())
}

/// The id of a built-in permission.
pub fn built_in(permission: &str) -> Result<PermissionId, Problem> {
    let failed = |_| {
        Problem::new(
            ProblemKind::Internal,
            "A built-in permission has no valid id.",
        )
    };
    PermissionId::parse(permission).map_err(failed)
}
