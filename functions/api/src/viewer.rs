//! One caller's view of the directory during one request.
//!
//! An entity that does not exist and one that the caller may not see both return
//! [`Problem::not_found`] after the same number of rounds of reads: access is checked before the
//! data is read, and the reads of a refused request depend only on the caller and on the ids in the
//! request.
//!
//! | data | a user sees it if the user | a service |
//! | --- | --- | --- |
//! | a user and the user's memberships | is that user | sees all |
//! | an organization, its teams and members, and the members of the teams | is an effective member | sees all |
//! | its pending and removed members | has `members:manage` there | sees all |
//! | its projects | has `projects:read` there | sees all |
//! | a project, its users and teams | has `projects:read` on it | sees all |
//! | roles and permissions | has a token | sees all |
//!
//! If the id of something that was removed is used again, users do not see what was stated about its
//! former holder ([`Viewer::is_former`]).

use roster_domain::{
    Decision, Entity, OrganizationId, PermissionId, ProjectId, Resource, UserId, claim_form,
    is_active,
};
use roster_table::{Ask, List, Part, Reader, Record, Slice, TeamSide, membership, rounds};

use crate::api::Api;
use crate::limits;
use roster_http::limits::KEYS;
use roster_http::{Caller, Problem, ProblemKind, clock};

/// The permission to see removed and pending members.
pub const MANAGE_MEMBERS: &str = "members:manage";

/// The permission to see projects.
pub const READ_PROJECTS: &str = "projects:read";

/// One caller's view of the directory during one request.
#[derive(Debug)]
pub struct Viewer<'a> {
    /// The state shared by all routes.
    pub api: &'a Api,
    /// The caller.
    pub caller: Caller,
    /// Everything read so far.
    pub reader: Reader<'a>,
}

impl Api {
    /// Creates the caller's view for one request.
    ///
    /// # Errors
    ///
    /// A problem with status 401 if the caller is a user that is deactivated. A user that the
    /// directory does not know sees nothing, but its token is valid. The check takes one `GetItem`
    /// for each request of a user, so a deactivation is in force at once.
    pub async fn viewer(&self, caller: Caller) -> Result<Viewer<'_>, Problem> {
        let mut reader = Reader::new(&self.table, KEYS);
        if let Caller::User(id) = &caller {
            let user = Entity::User(id.clone());
            match self.table.record(&user).await? {
                Some(record) if record.is_present() && !is_active(&record.value) => {
                    let detail = "The user is deactivated.";
                    return Err(Problem::new(ProblemKind::Deactivated, detail));
                }
                Some(record) => reader.learn([record]),
                None => reader.learn_absent([user]),
            }
        }
        Ok(Viewer {
            api: self,
            caller,
            reader,
        })
    }
}

impl Drop for Viewer<'_> {
    /// Charges the caller for the keys read, however the request ends.
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
    /// Returns a user that exists and that the caller may see.
    pub async fn user(&mut self, id: &UserId) -> Result<Record, Problem> {
        if !self.caller.is_service() && !self.caller.is(id) {
            return Err(Problem::not_found());
        }
        let user = Entity::User(id.clone());
        self.reader.fetch([user.clone()]).await?;
        self.present(&user)
    }

    /// Returns an organization that exists and that the caller may see.
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

    /// Returns whether the caller has a permission in an organization that it may see.
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

    /// Returns a project that exists and that the caller may see.
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

    /// Makes dummy reads before a refusal, up to `rounds`, so that all refusals take equally many.
    pub async fn pad(&mut self, rounds: usize) -> Result<(), Problem> {
        if let Caller::User(user) = &self.caller {
            let user = Entity::User(user.clone());
            self.reader.pad(rounds, &user).await?;
        }
        Ok(())
    }

    /// Returns a part of a list that the caller may read.
    pub async fn slice(&mut self, list: &List, part: Part) -> Result<Slice, Problem> {
        let slice = self.reader.query(list, part).await?;
        if list.is_consistent() {
            self.reader.learn(slice.records.iter().cloned());
        }
        Ok(slice)
    }

    /// Returns the entities that claim a value, the owner first. Each is read again from the table,
    /// since the index is eventually consistent.
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

/// Returns whether an entity claims a value, in any case.
pub fn claims(claimed: Option<&str>, value: &str) -> bool {
    claimed.is_some_and(|claimed| claim_form(claimed) == claim_form(value))
}

/// Returns the id of a built-in permission.
pub fn built_in(permission: &str) -> Result<PermissionId, Problem> {
    let failed = |_| {
        Problem::new(
            ProblemKind::Internal,
            "The id of a built-in permission is not valid.",
        )
    };
    PermissionId::parse(permission).map_err(failed)
}
