//! `POST /access/v1/search/resource`.
//!
//! The search follows the user's relationships: the projects that the user owns or works on
//! directly, the user's organizations and their projects, the user's teams and their projects. A
//! resource that is reachable in several ways is found through the first one that grants the
//! permission. A page begins at a position in these relationships. The relationship is read again
//! before anything after the position, so a position outside the user's relationships finds
//! nothing.

use axum::Json;
use axum::extract::State;
use roster_domain::{
    Decision, Entity, Grant, PermissionId, Resource, UserId, is_built_in_permission,
};
use roster_table::{Ask, Cursor, List, Part, ReadError, TeamSide};

use super::page::{self, Asked};
use super::place::{HolderKind, SearchPlace};
use super::question::{self, stated};
use super::schema::{EntityBody, ResourceSearch, Results};
use crate::api::Api;
use crate::limits;
use crate::viewer::Viewer;
use roster_http::{Body, Caller, Problem, Problems, foreign_cursor};

/// Searches for the resources on which the subject may perform the action.
#[utoipa::path(
    post,
    path = "/access/v1/search/resource",
    tag = "access",
    request_body = ResourceSearch,
    responses(
        (status = 200, description = "One page of the resources on which the subject is permitted the action", body = Results<EntityBody>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn search_resource(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<Results<EntityBody>>, Problem> {
    let subject = question::named(stated(&body, "subject"), "subject")?;
    let action = question::action(stated(&body, "action"))?;
    let kind = question::kind(stated(&body, "resource"), "resource")?;
    question::context(&body)?;
    let mut viewer = api.viewer(caller).await?;
    let question = page::question("resource", &body, "resource");
    let asked = Asked::read(&viewer, &body, &question).await?;
    viewer.right(Some(&subject), None).await?;
    let known = matches!(&*kind, "organization" | "project");
    let permission = PermissionId::parse(&action).ok();
    let (found, next) = match (subject.user(), permission, known) {
        (Some(user), Some(permission), true) => {
            let place = asked.from.as_deref().map(SearchPlace::parse);
            let place = place
                .map(|place| place.ok_or_else(foreign_cursor))
                .transpose()?;
            let mut search = ResourceCandidates {
                viewer: &mut viewer,
                user,
                permission,
                projects: kind == "project",
                limit: usize::from(asked.limit),
                found: Vec::new(),
            };
            let next = search.run(place).await?;
            (search.found, next)
        }
        _ => (Vec::new(), None),
    };
    let found = found.into_iter().map(|resource| EntityBody {
        r#type: kind.clone(),
        id: match resource {
            Resource::Organization(id) => id.to_string(),
            Resource::Project(id) => id.to_string(),
        },
    });
    let next = next.map(|place| place.to_text());
    Ok(Json(asked.results(&viewer, found.collect(), next).await?))
}

/// A search for the resources on which a user may do something.
pub struct ResourceCandidates<'v, 'a> {
    /// The caller's view of the directory.
    pub viewer: &'v mut Viewer<'a>,
    /// The subject.
    pub user: UserId,
    /// The permission that the action names.
    pub permission: PermissionId,
    /// Whether to search for projects; otherwise for organizations.
    pub projects: bool,
    /// The maximum number of results.
    pub limit: usize,
    /// The results so far.
    pub found: Vec<Resource>,
}

impl ResourceCandidates<'_, '_> {
    /// Searches from a position until the limit is reached, the search ends or the budget is used
    /// up, and returns the position at which it continues.
    async fn run(&mut self, start: Option<SearchPlace>) -> Result<Option<SearchPlace>, Problem> {
        let mut place = start.clone();
        match self.walk(&mut place).await {
            // Keep the results found so far.
            Err(ReadError::OverBudget) if place != start => Ok(place),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(place),
        }
    }

    /// Searches, and keeps the current position in `place`.
    async fn walk(&mut self, place: &mut Option<SearchPlace>) -> Result<(), ReadError> {
        if !is_built_in_permission(self.permission.as_str()) {
            let permission = Entity::Permission(self.permission.clone());
            self.viewer.reader.fetch([permission]).await?;
        }
        if matches!(place, None | Some(SearchPlace::Own(_))) {
            self.own(place).await?;
        }
        for kind in [HolderKind::Organizations, HolderKind::Teams] {
            let is_next = place.as_ref().is_some_and(|place| place.is_in(kind));
            if is_next && !self.is_full() {
                self.holders(kind, place).await?;
            }
        }
        Ok(())
    }

    /// Returns whether the limit is reached.
    pub const fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// Reads the data needed to decide on the first of these resources, as many as the budget
    /// allows, and returns how many that is.
    pub async fn read_for(
        &mut self,
        resources: &[Resource],
        side: TeamSide,
    ) -> Result<usize, ReadError> {
        let asks: Vec<_> = resources
            .iter()
            .map(|resource| self.ask(resource))
            .collect();
        let mut size = asks.len();
        loop {
            let some = asks.get(..size).unwrap_or_default();
            match self.viewer.reader.evidence(some, side).await {
                Err(ReadError::OverBudget) if size > 1 => size /= 2,
                // A project can have more teams than the user has.
                Err(ReadError::OverBudget) if side == TeamSide::Project => {
                    let read = self.viewer.reader.evidence(some, TeamSide::User).await;
                    return read.map(|()| size);
                }
                read => return read.map(|()| size),
            }
        }
    }

    /// Returns what grants the permission on a resource.
    pub fn grant(&self, resource: &Resource) -> Option<Grant> {
        match self.ask(resource).decide(self.viewer.reader.snapshot()) {
            Decision::Granted(grant) => Some(grant),
            Decision::Denied(_) => None,
        }
    }

    fn ask(&self, resource: &Resource) -> Ask {
        Ask {
            user: self.user.clone(),
            permission: self.permission.clone(),
            resource: resource.clone(),
        }
    }

    /// Searches the user's own organizations or projects.
    async fn own(&mut self, place: &mut Option<SearchPlace>) -> Result<(), ReadError> {
        let user = self.user.clone();
        let list = if self.projects {
            List::UserProjects(user)
        } else {
            List::UserOrganizations(user)
        };
        let mut from = match place {
            Some(SearchPlace::Own(text)) => Cursor::parse(text, &list).ok(),
            _ => None,
        };
        let mut part = self.limit.clamp(1, limits::CANDIDATES);
        loop {
            let asked = Part {
                from,
                limit: u16::try_from(part).ok(),
                absent: false,
            };
            let slice = self.viewer.reader.query(&list, asked).await?;
            from = slice.next;
            let listed = slice.records.into_iter().map(|record| record.entity);
            let listed: Vec<_> = listed
                .filter_map(|one| Some((resource(&one)?, one)))
                .collect();
            let resources: Vec<_> = listed
                .iter()
                .map(|(resource, _)| resource.clone())
                .collect();
            let mut read = 0;
            for (at, (resource, entry)) in listed.iter().enumerate() {
                if self.is_full() {
                    return Ok(());
                }
                if at == read {
                    let left = resources.get(read..).unwrap_or_default();
                    read += self.read_for(left, TeamSide::Neither).await?;
                }
                let grant = self.grant(resource);
                let is_own = grant.is_some_and(|grant| is_found_as(entry, &grant));
                self.found.extend(is_own.then(|| resource.clone()));
                *place = SearchPlace::own(&list, entry);
            }
            let Some(cursor) = &from else {
                *place = self
                    .projects
                    .then_some(SearchPlace::First(HolderKind::Organizations));
                return Ok(());
            };
            *place = Some(SearchPlace::Own(cursor.to_text(&list)));
            if self.is_full() {
                return Ok(());
            }
            part = part.saturating_mul(2).min(limits::CANDIDATES);
        }
    }
}

/// Returns the resource in an entry of one of the user's own lists.
fn resource(entry: &Entity) -> Option<Resource> {
    match entry {
        Entity::Membership { organization, .. } => {
            Some(Resource::Organization(organization.clone()))
        }
        Entity::Project(project) | Entity::ProjectUser { project, .. } => {
            Some(Resource::Project(project.clone()))
        }
        _ => None,
    }
}

/// Returns whether an entry is the one through which a grant is found.
const fn is_found_as(entry: &Entity, grant: &Grant) -> bool {
    matches!(
        (entry, grant),
        (Entity::Membership { .. }, Grant::OwnRole { .. })
            | (Entity::Project(_), Grant::Owner)
            | (Entity::ProjectUser { .. }, Grant::ProjectUser { .. })
    )
}
