//! `POST /access/v1/search/subject`.
//!
//! The users that may perform an action on a project are in some of these lists: the members of the
//! organization that owns it, its users, the members of its teams. Each list is ordered by user id,
//! so they can be merged: a user is visited once, together with all lists that contain the user,
//! and the cost of a search grows with the sum of the lists, not with their product. A page begins
//! after a user's id, which reveals nothing outside these lists.

use std::collections::{BTreeSet, VecDeque};

use axum::Json;
use axum::extract::State;
use futures::{StreamExt, TryStreamExt, stream};
use roster_domain::{
    Decision, Entity, PermissionId, ProjectId, Resource, UserId, is_built_in_permission, owner,
};
use roster_table::{Ask, Cursor, LISTS_AT_ONCE, List, Part, ReadError, Slice, membership};

use super::page::{self, Asked};
use super::question::{self, stated};
use super::schema::{EntityBody, Results, SubjectSearch};
use crate::api::Api;
use crate::limits;
use crate::viewer::Viewer;
use roster_http::limits::LONGEST_PAGE;
use roster_http::{Body, Caller, Problem, Problems, foreign_cursor};

/// Searches for the subjects that may perform the action on the resource, ordered by user id.
#[utoipa::path(
    post,
    path = "/access/v1/search/subject",
    tag = "access",
    request_body = SubjectSearch,
    responses(
        (status = 200, description = "One page of the users that are permitted the action on the resource", body = Results<EntityBody>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn search_subject(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<Results<EntityBody>>, Problem> {
    let kind = question::kind(stated(&body, "subject"), "subject")?;
    let action = question::action(stated(&body, "action"))?;
    let resource = question::named(stated(&body, "resource"), "resource")?;
    question::context(&body)?;
    let mut viewer = api.viewer(caller).await?;
    let asked = Asked::read(&viewer, &body, &page::question("subject", &body, "subject")).await?;
    viewer.right(None, Some(&resource)).await?;
    let permission = PermissionId::parse(&action).ok();
    let (users, next) = match (permission, resource.resource(), &*kind) {
        (Some(permission), Some(resource), "user") => {
            let place = asked.from.as_deref().map(UserId::parse).transpose();
            let place = place.map_err(|_| foreign_cursor())?;
            let mut search = SubjectCandidates {
                viewer: &mut viewer,
                permission,
                resource,
                sources: Vec::new(),
            };
            search.run(place, usize::from(asked.limit)).await?
        }
        _ => (Vec::new(), None),
    };
    let found = users.iter().map(|user| EntityBody {
        r#type: "user".to_owned(),
        id: user.to_string(),
    });
    let next = next.map(|user| user.to_string());
    Ok(Json(asked.results(&viewer, found.collect(), next).await?))
}

struct SubjectCandidates<'v, 'a> {
    viewer: &'v mut Viewer<'a>,
    permission: PermissionId,
    resource: Resource,
    sources: Vec<Source>,
}

/// A list of users and how far it has been read.
struct Source {
    list: List,
    /// The position up to which the list has been read.
    read_to: Option<Cursor>,
    /// Whether the end of the list has been reached.
    finished: bool,
    /// The users read but not decided yet.
    users: VecDeque<UserId>,
}

impl SubjectCandidates<'_, '_> {
    /// Finds users after `place` until there are `limit`, the lists end or the budget is used up.
    /// Also returns the user after which the search continues.
    async fn run(
        &mut self,
        mut place: Option<UserId>,
        limit: usize,
    ) -> Result<(Vec<UserId>, Option<UserId>), ReadError> {
        let start = place.clone();
        let mut owner = self.begin(place.as_ref()).await?;
        let sources = self.sources.len().max(1);
        let mut part = (2 * limit / sources).clamp(8, limit.max(8));
        let mut found = Vec::new();
        loop {
            // Half of the remaining budget is for data that is not in the lists; the lists share
            // the other half. Each concurrent read reserves its limit.
            let left = self.viewer.reader.left();
            let most = (left / (2 * sources)).min(left / LISTS_AT_ONCE).max(1);
            match self.read_on(part.min(most)).await {
                // Keep the results found so far.
                Err(ReadError::OverBudget) if place != start => return Ok((found, place)),
                read => read?,
            }
            part = part.saturating_mul(2).min(usize::from(LONGEST_PAGE));
            let horizon = self.horizon();
            let users = self.take(horizon.as_ref(), &mut owner);
            let mut left = users.as_slice();
            let mut size = limits::CANDIDATES;
            while !left.is_empty() {
                let (some, rest) = left.split_at(size.min(left.len()));
                match self.look_at(some).await {
                    Err(ReadError::OverBudget) if size > 1 => {
                        size /= 2;
                        continue;
                    }
                    Err(ReadError::OverBudget) if place != start => return Ok((found, place)),
                    looked => looked?,
                }
                for (at, user) in some.iter().enumerate() {
                    found.extend(self.is_granted(user).then(|| user.clone()));
                    place = Some(user.clone());
                    if found.len() >= limit {
                        let ends = at + 1 == some.len() && rest.is_empty();
                        let ends = ends && horizon.is_none() && owner.is_none();
                        return Ok((found, place.filter(|_| !ends)));
                    }
                }
                left = rest;
            }
            match horizon {
                None => return Ok((found, None)),
                Some(horizon) => place = place.max(Some(horizon)),
            }
        }
    }

    /// Determines which lists to read, and returns the user that owns the project unless the search
    /// has already passed that user.
    async fn begin(&mut self, place: Option<&UserId>) -> Result<Option<UserId>, ReadError> {
        if !is_built_in_permission(self.permission.as_str()) {
            let permission = Entity::Permission(self.permission.clone());
            self.viewer.reader.fetch([permission]).await?;
        }
        let lists = match &self.resource {
            Resource::Organization(organization) => {
                let itself = Entity::Organization(organization.clone());
                self.viewer.reader.fetch([itself.clone()]).await?;
                let exists = self.viewer.reader.snapshot().get(&itself).is_some();
                let list = exists.then(|| List::OrganizationUsers(organization.clone()));
                list.into_iter().collect()
            }
            Resource::Project(project) => self.lists_of(&project.clone()).await?,
        };
        self.sources = lists
            .into_iter()
            .map(|list| Source {
                read_to: place.and_then(|user| Cursor::behind_user(&list, user)),
                finished: false,
                users: VecDeque::new(),
                list,
            })
            .collect();
        let owner = self.owner().and_then(|owner| match owner {
            Entity::User(user) => Some(user),
            _ => None,
        });
        Ok(owner.filter(|owner| place.is_none_or(|place| owner > place)))
    }

    /// Returns the lists with the users that may have permissions on a project; none if the project
    /// is not effective.
    async fn lists_of(&mut self, project: &ProjectId) -> Result<Vec<List>, ReadError> {
        let itself = Entity::Project(project.clone());
        let reader = &mut self.viewer.reader;
        reader.read([itself.clone()]).await?;
        let snapshot = reader.snapshot();
        if !snapshot.is_effective(&itself) {
            return Ok(Vec::new());
        }
        let mut lists = Vec::new();
        if let Some(Entity::Organization(id)) = snapshot.get(&itself).and_then(owner) {
            lists.push(List::OrganizationUsers(id));
        }
        lists.push(List::ProjectUsers(project.clone()));
        let teams = reader.whole(&List::ProjectTeams(project.clone())).await?;
        let teams = teams.to_vec();
        reader.read(teams.iter().cloned()).await?;
        let snapshot = reader.snapshot();
        let effective = teams.into_iter().filter(|team| snapshot.is_effective(team));
        lists.extend(effective.filter_map(|team| match team {
            Entity::ProjectTeam {
                organization, team, ..
            } => Some(List::TeamUsers(organization, team)),
            _ => None,
        }));
        Ok(lists)
    }

    /// Reads more of each list whose users have all been decided, concurrently.
    async fn read_on(&mut self, part: usize) -> Result<(), ReadError> {
        let reader = &self.viewer.reader;
        let open = |source: &Source| source.users.is_empty() && !source.finished;
        let sources = self.sources.iter().enumerate();
        let reads: Vec<_> = sources
            .filter(|(_, source)| open(source))
            .map(async |(at, source)| {
                let part = Part {
                    from: source.read_to.clone(),
                    limit: u16::try_from(part).ok(),
                    absent: false,
                };
                Ok::<_, ReadError>((at, reader.query(&source.list, part).await?))
            })
            .collect();
        let slices: Vec<(usize, Slice)> = stream::iter(reads)
            .buffered(LISTS_AT_ONCE)
            .try_collect()
            .await?;
        for (at, slice) in slices {
            if let Some(source) = self.sources.get_mut(at) {
                source
                    .users
                    .extend(slice.records.iter().filter_map(user_of));
                source.finished = slice.next.is_none();
                source.read_to = slice.next;
            }
            self.viewer.reader.learn(slice.records);
        }
        Ok(())
    }

    /// Returns the last user up to which all lists have been read; none if all lists have ended.
    fn horizon(&self) -> Option<UserId> {
        let unfinished = self.sources.iter().filter(|source| !source.finished);
        unfinished
            .filter_map(|source| source.read_to.as_ref()?.user())
            .min()
    }

    /// Takes the users up to the horizon, for whom all lists that contain them are known.
    fn take(&mut self, horizon: Option<&UserId>, owner: &mut Option<UserId>) -> Vec<UserId> {
        let is_known = |user: &UserId| horizon.is_none_or(|horizon| user <= horizon);
        let mut users = BTreeSet::new();
        for source in &mut self.sources {
            while source.users.front().is_some_and(is_known) {
                users.extend(source.users.pop_front());
            }
        }
        users.extend(owner.take_if(|owner| is_known(owner)));
        users.into_iter().collect()
    }

    /// Reads the data of these users that is not in the lists: the users, their roles, and their
    /// memberships in the organizations of the teams.
    async fn look_at(&mut self, users: &[UserId]) -> Result<(), ReadError> {
        self.viewer.reader.roles().await?;
        let mut wanted = Vec::new();
        for user in users {
            let places = self
                .sources
                .iter()
                .filter_map(|source| self.keys_for(source, user));
            wanted.extend(places.flatten());
        }
        if let Some(Entity::User(owner)) = self.owner() {
            wanted.push(Entity::User(owner));
        }
        self.viewer.reader.read(wanted).await?;
        self.viewer.reader.roles().await
    }

    /// Returns the keys to read for a user in a list; `None` if the list does not contain the user,
    /// or if the user's role there does not grant the permission.
    fn keys_for(&self, source: &Source, user: &UserId) -> Option<Vec<Entity>> {
        let snapshot = self.viewer.reader.snapshot();
        match &source.list {
            List::OrganizationUsers(organization) => {
                let membership = membership(organization, user);
                let grants = snapshot.role_grants(&membership, &self.permission);
                grants.then(|| vec![Entity::User(user.clone())])
            }
            List::TeamUsers(organization, team) => {
                let member = Entity::TeamMember {
                    organization: organization.clone(),
                    team: team.clone(),
                    user: user.clone(),
                };
                snapshot.get(&member)?;
                Some(vec![membership(organization, user)])
            }
            List::ProjectUsers(project) => {
                let project = project.clone();
                let user = user.clone();
                let works = Entity::ProjectUser { project, user };
                snapshot.get(&works).map(|_| vec![works.clone()])
            }
            _ => None,
        }
    }

    fn owner(&self) -> Option<Entity> {
        let Resource::Project(project) = &self.resource else {
            return None;
        };
        let snapshot = self.viewer.reader.snapshot();
        owner(snapshot.get(&Entity::Project(project.clone()))?)
    }

    fn is_granted(&self, user: &UserId) -> bool {
        let ask = Ask {
            user: user.clone(),
            permission: self.permission.clone(),
            resource: self.resource.clone(),
        };
        matches!(
            ask.decide(self.viewer.reader.snapshot()),
            Decision::Granted(_)
        )
    }
}

fn user_of(record: &roster_table::Record) -> Option<UserId> {
    match &record.entity {
        Entity::Membership { user, .. }
        | Entity::ProjectUser { user, .. }
        | Entity::TeamMember { user, .. } => Some(user.clone()),
        _ => None,
    }
}
