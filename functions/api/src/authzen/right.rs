//! Which evaluations and searches a caller may request.
//!
//! A service may ask about anyone. A user may ask about itself and, with the permission to manage
//! the members of an organization, about anyone on that organization and the projects it owns.

use roster_domain::{Decision, Entity, OrganizationId, Resource, UserId, owner};
use roster_table::{Ask, TeamSide};

use super::question::TypedId;
use crate::viewer::{MANAGE_MEMBERS, Viewer, built_in};
use roster_http::{Caller, Problem};

/// The detail of a refusal. It does not reveal whether the resource exists.
const REFUSAL: &str = "Only services and admins of the organization may ask about other users.";

/// The rounds of reads that check whether a caller may ask about others: the project, the caller's
/// membership in the organization that owns it or that is the resource, and the role there.
const ROUNDS: usize = 3;

/// The basis on which a caller may make a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// A service, or an admin of the organization.
    Full,
    /// A user that asks about itself.
    Own,
    /// The caller may not make this request.
    None,
}

impl Right {
    /// Returns an error for [`Right::None`].
    pub fn check(self) -> Result<Self, Problem> {
        match self {
            Self::Full | Self::Own => Ok(self),
            Self::None => Err(Problem::forbidden(REFUSAL)),
        }
    }

    /// Returns the side from which teams are looked up. For users that ask about themselves, the
    /// response time must not reveal whether a project exists.
    pub const fn side(self) -> TeamSide {
        match self {
            Self::Full => TeamSide::Project,
            Self::Own | Self::None => TeamSide::User,
        }
    }
}

impl Viewer<'_> {
    /// Returns the caller's right to ask about a subject on a resource.
    pub async fn right(
        &mut self,
        subject: Option<&TypedId>,
        resource: Option<&TypedId>,
    ) -> Result<Right, Problem> {
        let rights = self.rights(&[(subject, resource)]).await?;
        rights.first().copied().unwrap_or(Right::None).check()
    }

    /// Returns the caller's right to ask each of these, with shared reads.
    pub async fn rights(
        &mut self,
        asked: &[(Option<&TypedId>, Option<&TypedId>)],
    ) -> Result<Vec<Right>, Problem> {
        let Caller::User(caller) = self.caller.clone() else {
            return Ok(vec![Right::Full; asked.len()]);
        };
        let is_own =
            |subject: Option<&TypedId>| subject.and_then(TypedId::user).as_ref() == Some(&caller);
        let others = asked.iter().filter(|(subject, _)| !is_own(*subject));
        let resources: Vec<_> = others
            .filter_map(|(_, resource)| resource.and_then(TypedId::resource))
            .collect();
        let projects: Vec<_> = resources.iter().filter_map(project).collect();
        self.reader.fetch(projects.iter().cloned()).await?;
        let asks = resources.iter().map(|resource| {
            // If no organization owns the project, another one is read, so that a refusal takes the
            // same number of reads.
            let organization = self
                .organization_of(resource)
                .or_else(|| stand_in(resource));
            organization.map(|organization| manages_members(&caller, organization))
        });
        let asks: Vec<_> = asks.flatten().collect::<Result<_, _>>()?;
        self.reader.evidence(&asks, TeamSide::User).await?;
        let rights: Vec<_> = asked
            .iter()
            .map(
                |(subject, resource)| match resource.and_then(TypedId::resource) {
                    _ if is_own(*subject) => Ok(Right::Own),
                    Some(resource) => self.right_of(&caller, &resource),
                    None => Ok(Right::None),
                },
            )
            .collect::<Result<_, _>>()?;
        if rights.contains(&Right::None) {
            self.pad(ROUNDS).await?;
        }
        Ok(rights)
    }

    fn right_of(&self, caller: &UserId, resource: &Resource) -> Result<Right, Problem> {
        let Some(organization) = self.organization_of(resource) else {
            return Ok(Right::None);
        };
        let ask = manages_members(caller, organization)?;
        Ok(match ask.decide(self.reader.snapshot()) {
            Decision::Granted(_) => Right::Full,
            Decision::Denied(_) => Right::None,
        })
    }

    /// Returns the organization that a resource is or that owns it.
    pub fn organization_of(&self, resource: &Resource) -> Option<OrganizationId> {
        let project = match resource {
            Resource::Organization(organization) => return Some(organization.clone()),
            Resource::Project(project) => Entity::Project(project.clone()),
        };
        match owner(self.reader.snapshot().get(&project)?)? {
            Entity::Organization(organization) => Some(organization),
            _ => None,
        }
    }
}

fn manages_members(caller: &UserId, organization: OrganizationId) -> Result<Ask, Problem> {
    Ok(Ask {
        user: caller.clone(),
        permission: built_in(MANAGE_MEMBERS)?,
        resource: Resource::Organization(organization),
    })
}

fn project(resource: &Resource) -> Option<Entity> {
    match resource {
        Resource::Organization(_) => None,
        Resource::Project(project) => Some(Entity::Project(project.clone())),
    }
}

/// Returns an organization to read in place of a project's owner. No decision depends on it.
fn stand_in(project: &Resource) -> Option<OrganizationId> {
    match project {
        Resource::Organization(_) => None,
        Resource::Project(project) => OrganizationId::parse(project.as_str()).ok(),
    }
}
