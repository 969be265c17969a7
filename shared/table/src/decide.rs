//! Access decisions: reads what each needs and lets the domain decide.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use roster_domain::{
    AssignedRole, Attribute, Decision, Entity, OrganizationId, PermissionId, ProjectId, Resource,
    Snapshot, UserId, assigned_role, is_built_in_permission, owner,
};

use crate::read::{LISTS_AT_ONCE, List, Reader};
use crate::{ReadError, Table};

/// Most team places that are read at once with everything they refer to, which saves a round for
/// those that exist. Roster's own: with five keys each, they fit one `BatchGetItem`.
const FEW_PLACES: usize = 20;

/// Most keys that the ids of a request name: user, permission, resource, and the user's
/// membership there.
const KEYS_NAMED: usize = 4;

/// Most keys for the owner of a project and the user's roles there: owner, membership, its role,
/// and the role of the user on the project.
const KEYS_OWNED: usize = 4;

/// Most keys for a place in a team: both of its halves, the team, the membership there with its
/// organization, and the roles of the member and of the team.
const KEYS_OF_PLACE: usize = 7;

/// A request for a decision: may this user do that on this resource?
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// The user.
    pub user: UserId,
    /// The permission.
    pub permission: PermissionId,
    /// The resource.
    pub resource: Resource,
}

/// Which list is used to find the teams through which a user works on a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamSide {
    /// None, for grants that take precedence over those of teams.
    Neither,
    /// The project's list, strongly consistent.
    Project,
    /// The user's list, which is in the index and lags behind additions; the relationships found
    /// there are read again. Its cost depends on the user alone, so a denial does not reveal
    /// whether the project exists.
    User,
}

impl Ask {
    /// Decides over what [`Reader::evidence`] has read.
    pub fn decide(&self, snapshot: &Snapshot) -> Decision {
        snapshot.allowed(&self.user, &self.permission, &self.resource)
    }

    fn project(&self) -> Option<&ProjectId> {
        match &self.resource {
            Resource::Organization(_) => None,
            Resource::Project(project) => Some(project),
        }
    }

    /// The entities that its ids name.
    fn named(&self) -> Vec<Entity> {
        let mut named = vec![Entity::User(self.user.clone())];
        if !is_built_in_permission(self.permission.as_str()) {
            named.push(Entity::Permission(self.permission.clone()));
        }
        match &self.resource {
            Resource::Organization(id) => {
                named.push(Entity::Organization(id.clone()));
                named.push(membership(id, &self.user));
            }
            Resource::Project(project) => {
                named.push(Entity::Project(project.clone()));
                named.push(Entity::ProjectUser {
                    project: project.clone(),
                    user: self.user.clone(),
                });
            }
        }
        named
    }

    fn teams(&self, side: TeamSide) -> Option<List> {
        self.project().and_then(|project| match side {
            TeamSide::Neither => None,
            TeamSide::Project => Some(List::ProjectTeams(project.clone())),
            TeamSide::User => Some(List::UserTeams(self.user.clone())),
        })
    }

    /// For a team in the list of one side: the user's membership in the team, and the team's
    /// assignment to the project.
    fn places(&self, listed: &Entity) -> Option<[Entity; 2]> {
        let (Entity::ProjectTeam {
            organization, team, ..
        }
        | Entity::TeamMember {
            organization, team, ..
        }) = listed
        else {
            return None;
        };
        let (organization, team) = (organization.clone(), team.clone());
        Some([
            Entity::TeamMember {
                organization: organization.clone(),
                team: team.clone(),
                user: self.user.clone(),
            },
            Entity::ProjectTeam {
                project: self.project()?.clone(),
                organization,
                team,
            },
        ])
    }
}

impl Reader<'_> {
    /// Decides whether a user has a permission on a resource.
    pub async fn allowed(&mut self, ask: &Ask, side: TeamSide) -> Result<Decision, ReadError> {
        self.evidence(std::slice::from_ref(ask), side).await?;
        Ok(ask.decide(self.snapshot()))
    }

    /// Reads what [`Ask::decide`] needs for all of these requests, in at most [`rounds`] rounds
    /// in total: the entities that the ids name, and the lists of teams; the owners of projects
    /// with the users' memberships there, and which users are in which teams of which projects;
    /// what those places refer to, unless there were few; the custom roles.
    ///
    /// From the user's side, each request is charged its maximum cost, whatever exists and
    /// whatever was read before: the remaining budget must not reveal anything either.
    pub async fn evidence(&mut self, asks: &[Ask], side: TeamSide) -> Result<(), ReadError> {
        let named = roster_domain::closure(asks.iter().flat_map(Ask::named));
        let named = self.unread(named);
        self.charge_for(side, asks.len() * KEYS_NAMED, named.len())?;
        let lists: BTreeSet<_> = asks.iter().filter_map(|ask| ask.teams(side)).collect();
        let (records, lists) = tokio::try_join!(self.load_paid(&named), self.lists(lists))?;
        self.insert(named, records);
        for (list, records) in lists {
            self.keep(list, records);
        }

        let mut next: Vec<_> = asks.iter().flat_map(|ask| self.owned(ask, side)).collect();
        let mut most = asks.len() * KEYS_OWNED;
        let all_places = asks.iter().flat_map(|ask| self.team_places(ask, side));
        let places: BTreeSet<_> = all_places.collect();
        if places.len() <= FEW_PLACES {
            next.extend(roster_domain::closure(places.iter().flatten().cloned()));
            most += places.len() * KEYS_OF_PLACE;
        } else {
            // The lists have already provided one half of each place.
            next.extend(places.iter().map(|[member, of_project]| match side {
                TeamSide::Neither | TeamSide::Project => member.clone(),
                TeamSide::User => of_project.clone(),
            }));
            most += places.len();
        }
        self.fetch_for(side, next, most).await?;

        let there = |[member, of_project]: &&[Entity; 2]| match side {
            TeamSide::Neither | TeamSide::Project => self.snapshot().get(member).is_some(),
            TeamSide::User => self.snapshot().get(of_project).is_some(),
        };
        let there: Vec<_> = places.iter().filter(there).cloned().collect();
        let there = roster_domain::closure(there.into_iter().flatten());
        self.fetch_for(side, there, 0).await?;
        let roles = custom_roles(self.snapshot());
        self.fetch_for(side, roles, 0).await
    }

    /// Reads these entities for that side, charged at their maximum number.
    async fn fetch_for(
        &mut self,
        side: TeamSide,
        entities: impl IntoIterator<Item = Entity>,
        most: usize,
    ) -> Result<(), ReadError> {
        let new = self.unread(entities);
        self.charge_for(side, most, new.len())?;
        let records = self.load_paid(&new).await?;
        self.insert(new, records);
        Ok(())
    }

    fn charge_for(&self, side: TeamSide, most: usize, read: usize) -> Result<(), ReadError> {
        self.charge(match side {
            TeamSide::User => most,
            TeamSide::Neither | TeamSide::Project => read,
        })
    }

    /// Reads the custom roles that the relationships that were read name.
    pub async fn roles(&mut self) -> Result<(), ReadError> {
        let roles = custom_roles(self.snapshot());
        self.fetch(roles).await
    }

    async fn lists(
        &self,
        lists: BTreeSet<List>,
    ) -> Result<Vec<(List, Vec<crate::Record>)>, ReadError> {
        let new = lists.into_iter().filter(|list| self.kept(list).is_none());
        let reads: Vec<_> = new
            .map(async |list| {
                let records = self.whole_of(&list).await?;
                Ok((list, records))
            })
            .collect();
        stream::iter(reads)
            .buffered(LISTS_AT_ONCE)
            .try_collect()
            .await
    }

    /// The owner of a project, and the user's membership there. From the user's side there is
    /// always something to read: if no organization owns the project, another one that no
    /// decision depends on.
    fn owned(&self, ask: &Ask, side: TeamSide) -> Vec<Entity> {
        let Some(project) = ask.project() else {
            return Vec::new();
        };
        let contents = self.snapshot().get(&Entity::Project(project.clone()));
        let owner = contents.and_then(owner);
        let organization = match (&owner, side) {
            (Some(Entity::Organization(id)), _) => Some(id.clone()),
            (_, TeamSide::User) => OrganizationId::parse(project.as_str()).ok(),
            _ => None,
        };
        let place = organization.map(|id| membership(&id, &ask.user));
        // If the project does not exist, another key replaces that of the owner.
        let owner = owner.or_else(|| match side {
            TeamSide::User => Some(Entity::User(UserId::parse(project.as_str()).ok()?)),
            TeamSide::Neither | TeamSide::Project => None,
        });
        place.into_iter().chain(owner).collect()
    }

    fn team_places(&self, ask: &Ask, side: TeamSide) -> Vec<[Entity; 2]> {
        let list = ask.teams(side);
        let listed = list.and_then(|list| self.kept(&list)).unwrap_or_default();
        listed.iter().filter_map(|of| ask.places(of)).collect()
    }
}

/// Most rounds of [`Reader::evidence`] for a resource of this kind.
pub const fn rounds(resource: &Resource) -> usize {
    match resource {
        Resource::Organization(_) => 2,
        Resource::Project(_) => 4,
    }
}

/// The membership of a user in an organization.
pub fn membership(organization: &OrganizationId, user: &UserId) -> Entity {
    Entity::Membership {
        organization: organization.clone(),
        user: user.clone(),
    }
}

/// The custom roles that the relationships in the snapshot name.
fn custom_roles(snapshot: &Snapshot) -> BTreeSet<Entity> {
    let values = snapshot
        .entities()
        .filter_map(|entity| snapshot.get(entity));
    let roles = values.filter_map(|value| match assigned_role(value)? {
        AssignedRole::Custom(role) => Some(Entity::Role(role)),
        AssignedRole::BuiltIn(_) => None,
    });
    roles.collect()
}

/// Most keys that a single decision reads. Roster's own: a decision takes two for each team of a
/// project, so a project may have nearly two thousand teams.
pub const DECISION_KEYS: usize = 4_000;

impl Table {
    /// Returns the permissions of a user in an organization, strongly consistent. It takes one
    /// `BatchGetItem` with a built-in role; with a custom role, one more for the role and one for
    /// each hundred permissions.
    pub async fn permissions(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<BTreeSet<String>, ReadError> {
        let mut reader = Reader::new(self, DECISION_KEYS);
        reader.read([membership(organization, user)]).await?;
        reader.roles().await?;
        let snapshot = reader.snapshot();
        let roles = snapshot.entities().filter_map(|entity| match entity {
            Entity::Role(_) => snapshot.get(entity)?.texts(Attribute::PermissionIds),
            _ => None,
        });
        let listed = roles.flatten().filter(|id| !is_built_in_permission(id));
        let listed = listed.filter_map(|id| PermissionId::parse(id).ok());
        let listed: Vec<_> = listed.map(Entity::Permission).collect();
        reader.read(listed).await?;
        Ok(reader.snapshot().permissions(user, organization))
    }

    /// Decides whether a user has a permission on a resource, strongly consistent.
    ///
    /// On an organization it takes one `BatchGetItem`, and one more if the member has a custom
    /// role. On a project it takes the `Query` for the teams in parallel with the first, one more
    /// for the owner and for which of the teams the user is in, one for what those refer to, and
    /// one for custom roles.
    ///
    /// # Errors
    ///
    /// [`ReadError::OverBudget`] if the project has so many teams that the decision would take
    /// more than [`DECISION_KEYS`].
    pub async fn allowed(
        &self,
        user: &UserId,
        permission: &PermissionId,
        resource: &Resource,
    ) -> Result<Decision, ReadError> {
        let ask = Ask {
            user: user.clone(),
            permission: permission.clone(),
            resource: resource.clone(),
        };
        let mut reader = Reader::new(self, DECISION_KEYS);
        reader.allowed(&ask, TeamSide::Project).await
    }
}
