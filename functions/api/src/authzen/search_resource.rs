//! `POST /access/v1/search/resource`.

use axum::Json;
use axum::extract::State;
use roster_domain::{
    Decision, Entity, EntityId, Grant, OrganizationId, PermissionId, ProjectId, Resource, TeamId,
    UserId,
};
use roster_table::{Cursor, List, Part, Record};
use serde::{Deserialize, Serialize};

use super::question::{self, stated};
use super::schema::{Found, ResourceSearch, Results};
use super::search_page::{self, Asked};
use crate::api::Api;
use crate::body::Body;
use crate::caller::Caller;
use crate::cursor;
use crate::limits;
use crate::problem::{Problem, Problems};

/// Where a search goes on. It says of the user nothing that a later decision does not check.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Place {
    /// In the user's own organizations or projects.
    Own(Option<String>),
    /// In the list of the user's organizations, each of which has projects.
    Organizations(Option<String>),
    /// In the projects of an organization; then behind it in that list, if there is more.
    Organization(String, Option<String>, Option<String>),
    /// In the list of the user's teams, each of which has projects.
    Teams(Option<String>),
    /// In the projects of a team; then behind it in that list, if there is more.
    Team(String, String, Option<String>, Option<String>),
}

/// What one step of a search came to.
struct Step {
    /// What is to be decided on.
    candidates: Vec<Entity>,
    next: Option<Place>,
}

/// Where may this subject do that?
#[utoipa::path(
    post,
    path = "/access/v1/search/resource",
    tag = "access",
    request_body = ResourceSearch,
    responses((status = 200, body = Results<Found>), Problems),
    security(("token" = []))
)]
pub async fn search_resource(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<Results<Found>>, Problem> {
    let subject = question::named(stated(&body, "subject"), "subject")?;
    let action = question::action(stated(&body, "action"))?;
    let kind = question::kind(stated(&body, "resource"), "resource")?;
    question::context(&body)?;
    let question = ["resource", &subject.kind, &subject.id, &action, &kind].join("\n");
    let asked = search_page::asked(&body, &question)?;
    api.may_ask(&caller, Some(&subject), None).await?;
    let known = matches!(&*kind, "organization" | "project");
    let permission = PermissionId::parse(&action).ok();
    let (Some(user), Some(permission), true) = (subject.user(), permission, known) else {
        return Ok(Json(search_page::results(
            Vec::new(),
            &question,
            None::<&Place>,
        )));
    };
    let search = Search {
        api: &api,
        user,
        permission,
        projects: kind == "project",
    };
    let (ids, next) = search.run(asked).await?;
    let found = ids.into_iter().map(|id| Found {
        r#type: kind.clone(),
        id,
    });
    let results = search_page::results(found.collect(), &question, next.as_ref());
    Ok(Json(results))
}

struct Search<'a> {
    api: &'a Api,
    user: UserId,
    permission: PermissionId,
    projects: bool,
}

impl Search<'_> {
    async fn run(&self, asked: Asked<Place>) -> Result<(Vec<String>, Option<Place>), Problem> {
        let limit = match self.projects {
            true => asked.limit.min(limits::PROJECTS_AT_ONCE),
            false => asked.limit,
        };
        let limit = usize::from(limit);
        let mut place = Some(asked.from.unwrap_or(Place::Own(None)));
        let (mut found, mut looked) = (Vec::new(), 0);
        for _ in 0..limits::SEARCH_STEPS {
            let Some(from) = place.take() else {
                break;
            };
            let left = u16::try_from(limit - looked).unwrap_or(u16::MAX);
            let step = self.step(&from, left).await?;
            looked += step.candidates.len();
            found.extend(self.granted(&from, step.candidates).await?);
            place = step.next;
            if looked >= limit {
                break;
            }
        }
        Ok((found, place))
    }

    /// The ids of those candidates on which the permission is granted, first, through that place.
    async fn granted(
        &self,
        place: &Place,
        candidates: Vec<Entity>,
    ) -> Result<Vec<String>, Problem> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let resources: Vec<_> = candidates.iter().filter_map(resource).collect();
        let (users, permissions) = ([self.user.clone()], [self.permission.clone()]);
        let evidence = self
            .api
            .table
            .evidence(&users, &permissions, &resources)
            .await?;
        let mut ids = Vec::new();
        for candidate in &candidates {
            let Some(resource) = resource(candidate) else {
                continue;
            };
            let decision = evidence.allowed(&self.user, &self.permission, &resource);
            let granted =
                matches!(decision, Decision::Granted(grant) if is_of(place, candidate, &grant));
            if granted {
                ids.push(match resource {
                    Resource::Organization(id) => id.to_string(),
                    Resource::Project(id) => id.to_string(),
                });
            }
        }
        Ok(ids)
    }

    async fn step(&self, place: &Place, limit: u16) -> Result<Step, Problem> {
        let user = || self.user.clone();
        match place.clone() {
            Place::Own(from) if self.projects => {
                let then = Some(Place::Organizations(None));
                let list = List::UserProjects(user());
                self.leaf(list, from, limit, |from| Place::Own(Some(from)), then)
                    .await
            }
            Place::Own(from) => {
                let list = List::UserOrganizations(user());
                self.leaf(list, from, limit, |from| Place::Own(Some(from)), None)
                    .await
            }
            Place::Organizations(from) => {
                let (record, behind) = self.next_of(List::UserOrganizations(user()), from).await?;
                let next = match record.map(|record| record.entity) {
                    Some(Entity::Membership { organization, .. }) => {
                        Place::Organization(organization.to_string(), None, behind)
                    }
                    _ => behind.map_or(Place::Teams(None), |from| Place::Organizations(Some(from))),
                };
                Ok(Step::to(next))
            }
            Place::Organization(of, from, behind) => {
                let organization: OrganizationId = id(&of)?;
                let list = List::OrganizationProjects(organization);
                let then = match &behind {
                    Some(from) => Place::Organizations(Some(from.clone())),
                    None => Place::Teams(None),
                };
                let more = |from| Place::Organization(of, Some(from), behind);
                self.leaf(list, from, limit, more, Some(then)).await
            }
            Place::Teams(from) => {
                let (record, behind) = self.next_of(List::UserTeams(user()), from).await?;
                let next = match record.map(|record| record.entity) {
                    Some(Entity::TeamMember {
                        organization, team, ..
                    }) => {
                        let (of, team) = (organization.to_string(), team.to_string());
                        Some(Place::Team(of, team, None, behind))
                    }
                    _ => behind.map(|from| Place::Teams(Some(from))),
                };
                Ok(Step {
                    candidates: Vec::new(),
                    next,
                })
            }
            Place::Team(of, team, from, behind) => {
                let (organization, team_id): (OrganizationId, TeamId) = (id(&of)?, id(&team)?);
                let list = List::TeamProjects(organization, team_id);
                let then = behind.clone().map(|from| Place::Teams(Some(from)));
                let more = |from| Place::Team(of, team, Some(from), behind);
                self.leaf(list, from, limit, more, then).await
            }
        }
    }

    /// A part of a list of candidates.
    async fn leaf(
        &self,
        list: List,
        from: Option<String>,
        limit: u16,
        more: impl FnOnce(String) -> Place,
        then: Option<Place>,
    ) -> Result<Step, Problem> {
        let (records, next) = self.part(list, from, limit).await?;
        Ok(Step {
            candidates: records.into_iter().map(|record| record.entity).collect(),
            next: match next {
                Some(next) => Some(more(next.to_text())),
                None => then,
            },
        })
    }

    /// The next of a list, and where it goes on behind it.
    async fn next_of(
        &self,
        list: List,
        from: Option<String>,
    ) -> Result<(Option<Record>, Option<String>), Problem> {
        let (records, next) = self.part(list, from, 1).await?;
        Ok((records.into_iter().next(), next.map(|next| next.to_text())))
    }

    async fn part(
        &self,
        list: List,
        from: Option<String>,
        limit: u16,
    ) -> Result<(Vec<Record>, Option<Cursor>), Problem> {
        let from = from.map(|text| cursor::place(&list, &text)).transpose()?;
        let part = Part {
            from,
            limit: Some(limit),
            absent: false,
        };
        Ok(self.api.table.part(&list, part).await?)
    }
}

impl Step {
    fn to(next: Place) -> Self {
        Self {
            candidates: Vec::new(),
            next: Some(next),
        }
    }
}

/// What is decided on for a candidate.
fn resource(candidate: &Entity) -> Option<Resource> {
    match candidate {
        Entity::Membership { organization, .. } => {
            Some(Resource::Organization(organization.clone()))
        }
        Entity::Project(project)
        | Entity::ProjectUser { project, .. }
        | Entity::ProjectTeam { project, .. } => {
            let project: &ProjectId = project;
            Some(Resource::Project(project.clone()))
        }
        _ => None,
    }
}

/// Whether a candidate of that place is found through that path first, so that nothing is found
/// twice.
fn is_of(place: &Place, candidate: &Entity, grant: &Grant) -> bool {
    match (place, grant) {
        (Place::Own(_), Grant::OwnRole { .. }) => matches!(candidate, Entity::Membership { .. }),
        (Place::Own(_), Grant::Owner) => matches!(candidate, Entity::Project(_)),
        (Place::Own(_), Grant::ProjectUser) => matches!(candidate, Entity::ProjectUser { .. }),
        (Place::Organization(of, ..), Grant::OwnRole { organization, .. }) => {
            of == organization.as_str()
        }
        (Place::Team(of, id, ..), Grant::Team { organization, team }) => {
            of == organization.as_str() && id == team.as_str()
        }
        _ => false,
    }
}

fn id<T: From<EntityId>>(text: &str) -> Result<T, Problem> {
    let id = EntityId::parse(text).map_err(|_| cursor::foreign())?;
    Ok(id.into())
}
