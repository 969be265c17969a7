//! `POST /access/v1/search/action`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use roster_domain::{
    Attribute, Decision, Entity, PermissionId, Resource, UserId, built_in_permissions,
    is_built_in_permission,
};
use roster_table::{Ask, rounds};

use super::page::{self, Asked};
use super::question::{self, stated};
use super::right::Right;
use super::schema::{ActionSearch, FoundAction, Results};
use crate::api::Api;
use crate::limits;
use crate::viewer::{READ_PROJECTS, Viewer, built_in};
use roster_http::{Body, Caller, Problem, ProblemKind, Problems};

/// Searches for the actions that the subject may perform on the resource, ordered by name.
#[utoipa::path(
    post,
    path = "/access/v1/search/action",
    tag = "access",
    request_body = ActionSearch,
    responses(
        (status = 200, description = "One page of the actions that the subject is permitted on the resource", body = Results<FoundAction>),
        Problems
    ),
    security(("token" = []))
)]
pub async fn search_action(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<Results<FoundAction>>, Problem> {
    let subject = question::named(stated(&body, "subject"), "subject")?;
    let resource = question::named(stated(&body, "resource"), "resource")?;
    question::context(&body)?;
    let mut viewer = api.viewer(caller).await?;
    let asked = Asked::read(&viewer, &body, &page::question("action", &body, "action")).await?;
    let right = viewer.right(Some(&subject), Some(&resource)).await?;
    let names = match (subject.user(), resource.resource()) {
        (Some(user), Some(resource)) => actions(&mut viewer, right, &user, &resource).await?,
        _ => Vec::new(),
    };
    let after = asked.from.as_deref().unwrap_or_default();
    let mut left = names.into_iter().filter(|name| name.as_str() > after);
    let found: Vec<_> = left.by_ref().take(usize::from(asked.limit)).collect();
    let next = left.next().and(found.last().cloned());
    let found = found.into_iter().map(|name| FoundAction { name });
    Ok(Json(asked.results(&viewer, found.collect(), next).await?))
}

async fn actions(
    viewer: &mut Viewer<'_>,
    right: Right,
    user: &UserId,
    resource: &Resource,
) -> Result<Vec<String>, Problem> {
    let ask = |permission: &PermissionId| Ask {
        user: user.clone(),
        permission: permission.clone(),
        resource: resource.clone(),
    };
    let first = ask(&built_in(READ_PROJECTS)?);
    viewer.reader.evidence(&[first], right.side()).await?;
    let snapshot = viewer.reader.snapshot();
    let roles = snapshot.entities().filter_map(|entity| match entity {
        Entity::Role(_) => snapshot.get(entity)?.texts(Attribute::PermissionIds),
        _ => None,
    });
    let listed: BTreeSet<_> = roles.flatten().cloned().collect();
    if listed.len() > limits::PERMISSIONS {
        let detail = format!(
            "The subject's roles list more than {} permissions.",
            limits::PERMISSIONS
        );
        return Err(Problem::new(ProblemKind::TooMuchToRead, detail));
    }
    let all: BTreeSet<_> = built_in_permissions()
        .map(str::to_owned)
        .chain(listed)
        .filter_map(|id| PermissionId::parse(&id).ok())
        .collect();
    let own = all.iter().filter(|id| !is_built_in_permission(id.as_str()));
    let own: Vec<_> = own.cloned().map(Entity::Permission).collect();
    viewer.reader.fetch(own).await?;
    let snapshot = viewer.reader.snapshot();
    let granted = all
        .iter()
        .filter(|permission| matches!(ask(permission).decide(snapshot), Decision::Granted(_)));
    let granted: Vec<_> = granted.map(PermissionId::to_string).collect();
    if granted.is_empty() && right == Right::Own {
        // One more round for the permissions that roles list.
        viewer.pad(rounds(resource) + 1).await?;
    }
    Ok(granted)
}
