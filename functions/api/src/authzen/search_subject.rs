//! `POST /access/v1/search/subject`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use roster_domain::{
    Decision, Entity, EntityId, Grant, OrganizationId, PermissionId, Resource, Snapshot, TeamId,
    UserId, owner,
};
use roster_table::{List, Part};
use serde::{Deserialize, Serialize};

use super::question::{self, stated};
use super::schema::{Found, Results, SubjectSearch};
use super::search_page::{self, Asked};
use crate::api::Api;
use crate::body::Body;
use crate::caller::Caller;
use crate::cursor;
use crate::limits;
use crate::problem::{Problem, Problems};

/// Where candidates come from, in the order in which they are looked at. A user is found through
/// the first path that grants the permission, so nobody is found twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    /// The members of the organization, or of the one that owns the project.
    Members(String),
    /// The user that owns the project.
    Owner(String),
    /// The users of the project.
    Users,
    /// The members of a team of the project.
    Team(String, String),
}

/// Where a search goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    source: Source,
    from: Option<String>,
}

/// Who may do that there?
#[utoipa::path(
    post,
    path = "/access/v1/search/subject",
    tag = "access",
    request_body = SubjectSearch,
    responses((status = 200, body = Results<Found>), Problems),
    security(("token" = []))
)]
pub async fn search_subject(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<Results<Found>>, Problem> {
    let kind = question::kind(stated(&body, "subject"), "subject")?;
    let action = question::action(stated(&body, "action"))?;
    let resource = question::named(stated(&body, "resource"), "resource")?;
    question::context(&body)?;
    let question = ["subject", &kind, &action, &resource.kind, &resource.id].join("\n");
    let asked = search_page::asked(&body, &question)?;
    api.may_ask(&caller, None, Some(&resource)).await?;
    let permission = PermissionId::parse(&action).ok();
    let (Some(permission), Some(resource), "user") = (permission, resource.resource(), &*kind)
    else {
        return Ok(Json(search_page::results(
            Vec::new(),
            &question,
            None::<&Place>,
        )));
    };
    let (users, next) = search(&api, &permission, &resource, asked).await?;
    let found = users.iter().map(|user| Found {
        r#type: "user".to_owned(),
        id: user.to_string(),
    });
    let results = search_page::results(found.collect(), &question, next.as_ref());
    Ok(Json(results))
}

async fn search(
    api: &Api,
    permission: &PermissionId,
    resource: &Resource,
    asked: Asked<Place>,
) -> Result<(Vec<UserId>, Option<Place>), Problem> {
    let (permissions, resources) = ([permission.clone()], [resource.clone()]);
    let known = api.table.evidence(&[], &permissions, &resources).await?;
    let sources = sources(&known, resource);
    let keys = 4 * (1 + sources.len());
    let limit = (limits::SEARCH_KEYS / keys).clamp(1, usize::from(asked.limit));
    let mut place = asked.from.or_else(|| start(sources.first()));
    let (mut found, mut looked) = (Vec::new(), 0);
    for _ in 0..limits::SEARCH_STEPS {
        let Some(Place { source, from }) = place.take() else {
            break;
        };
        let left = u16::try_from(limit - looked).unwrap_or(u16::MAX);
        let (users, next) = candidates(api, resource, &source, from, left).await?;
        let evidence = api.table.evidence(&users, &permissions, &resources).await?;
        looked += users.len();
        found.extend(users.into_iter().filter(|user| {
            let decision = evidence.allowed(user, permission, resource);
            matches!(decision, Decision::Granted(grant) if source.is_of(&grant))
        }));
        place = match next {
            Some(from) => Some(Place {
                source,
                from: Some(from),
            }),
            None => start(after(&sources, &source)),
        };
        if looked >= limit {
            break;
        }
    }
    Ok((found, place))
}

fn start(source: Option<&Source>) -> Option<Place> {
    let source = source?.clone();
    Some(Place { source, from: None })
}

/// The source after that one, which may be gone by now.
fn after<'a>(sources: &'a [Source], source: &Source) -> Option<&'a Source> {
    let later = |other: &&Source| other.rank() > source.rank();
    sources.iter().find(later)
}

/// Where those may be found that a present resource grants something.
fn sources(known: &Snapshot, resource: &Resource) -> Vec<Source> {
    let project = match resource {
        Resource::Organization(organization) => {
            return vec![Source::Members(organization.to_string())];
        }
        Resource::Project(project) => project,
    };
    let Some(contents) = known.get(&Entity::Project(project.clone())) else {
        return Vec::new();
    };
    let mut sources = Vec::new();
    match owner(contents) {
        Some(Entity::Organization(id)) => sources.push(Source::Members(id.to_string())),
        Some(Entity::User(id)) => sources.push(Source::Owner(id.to_string())),
        _ => {}
    }
    sources.push(Source::Users);
    let teams: BTreeSet<_> = known
        .entities()
        .filter_map(|entity| match entity {
            Entity::ProjectTeam {
                organization, team, ..
            } => Some((organization.to_string(), team.to_string())),
            _ => None,
        })
        .collect();
    let teams = teams.into_iter().map(|(of, team)| Source::Team(of, team));
    sources.extend(teams);
    sources
}

/// The users of one source, or some of them and where the next begin.
async fn candidates(
    api: &Api,
    resource: &Resource,
    source: &Source,
    from: Option<String>,
    limit: u16,
) -> Result<(Vec<UserId>, Option<String>), Problem> {
    let list = match (source, resource) {
        (Source::Owner(user), _) => {
            let user = UserId::parse(user).map_err(|_| cursor::foreign())?;
            return Ok((vec![user], None));
        }
        (Source::Members(organization), _) => List::OrganizationUsers(id(organization)?),
        (Source::Users, Resource::Project(project)) => List::ProjectUsers(project.clone()),
        (Source::Users, Resource::Organization(_)) => return Err(cursor::foreign()),
        (Source::Team(organization, team), _) => {
            let (organization, team): (OrganizationId, TeamId) = (id(organization)?, id(team)?);
            List::TeamUsers(organization, team)
        }
    };
    let from = from.map(|text| cursor::place(&list, &text)).transpose()?;
    let part = Part {
        from,
        limit: Some(limit),
        absent: false,
    };
    let (records, next) = api.table.part(&list, part).await?;
    let users = records
        .into_iter()
        .filter_map(|record| match record.entity {
            Entity::Membership { user, .. }
            | Entity::ProjectUser { user, .. }
            | Entity::TeamMember { user, .. } => Some(user),
            _ => None,
        });
    Ok((users.collect(), next.map(|next| next.to_text())))
}

fn id<T: From<EntityId>>(text: &str) -> Result<T, Problem> {
    let id = EntityId::parse(text).map_err(|_| cursor::foreign())?;
    Ok(id.into())
}

impl Source {
    /// The order of the sources, which is that of the paths in [`Grant`].
    fn rank(&self) -> (u8, Option<(&str, &str)>) {
        match self {
            Self::Members(_) => (0, None),
            Self::Owner(_) => (1, None),
            Self::Users => (2, None),
            Self::Team(organization, team) => (3, Some((organization, team))),
        }
    }

    /// Whether what it has is found through that path first.
    fn is_of(&self, grant: &Grant) -> bool {
        match (self, grant) {
            (Self::Members(of), Grant::OwnRole { organization, .. }) => of == organization.as_str(),
            (Self::Owner(_), Grant::Owner) | (Self::Users, Grant::ProjectUser) => true,
            (Self::Team(of, id), Grant::Team { organization, team }) => {
                of == organization.as_str() && id == team.as_str()
            }
            _ => false,
        }
    }
}
