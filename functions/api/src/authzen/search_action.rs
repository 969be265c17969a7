//! `POST /access/v1/search/action`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use roster_domain::{
    Attribute, BuiltInRole, Decision, Entity, PermissionId, Resource, UserId,
    is_built_in_permission,
};

use super::question::{self, stated};
use super::schema::{ActionSearch, FoundAction, Results};
use super::search_page::{self, Asked};
use crate::api::Api;
use crate::body::Body;
use crate::caller::Caller;
use crate::limits;
use crate::problem::{Kind, Problem, Problems};

/// What may this subject do there? All of it comes in one page.
#[utoipa::path(
    post,
    path = "/access/v1/search/action",
    tag = "access",
    request_body = ActionSearch,
    responses((status = 200, body = Results<FoundAction>), Problems),
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
    let _: Asked<()> = search_page::asked(&body, "action")?;
    api.may_ask(&caller, Some(&subject), Some(&resource))
        .await?;
    let names = match (subject.user(), resource.resource()) {
        (Some(user), Some(resource)) => actions(&api, &user, &resource).await?,
        _ => Vec::new(),
    };
    let found = names.into_iter().map(|name| FoundAction { name });
    Ok(Json(search_page::results(
        found.collect(),
        "action",
        None::<&()>,
    )))
}

async fn actions(api: &Api, user: &UserId, resource: &Resource) -> Result<Vec<String>, Problem> {
    let users = std::slice::from_ref(user);
    let resources = std::slice::from_ref(resource);
    let mut evidence = api.table.evidence(users, &[], resources).await?;
    let roles = evidence.entities().filter_map(|entity| match entity {
        Entity::Role(_) => evidence.get(entity)?.texts(Attribute::PermissionIds),
        _ => None,
    });
    let listed: BTreeSet<_> = roles.flatten().cloned().collect();
    if listed.len() > limits::PERMISSIONS {
        let detail = format!(
            "Its roles list more than {} permissions.",
            limits::PERMISSIONS
        );
        return Err(Problem::new(Kind::TooMuchToRead, detail));
    }
    let built_in = BuiltInRole::Admin.permissions().iter();
    let all = built_in.map(|&id| id.to_owned()).chain(listed);
    let all: BTreeSet<_> = all.collect();
    let all: Vec<_> = all
        .iter()
        .filter_map(|id| PermissionId::parse(id).ok())
        .collect();
    let own = all.iter().filter(|id| !is_built_in_permission(id.as_str()));
    let own: Vec<_> = own.cloned().map(Entity::Permission).collect();
    evidence.extend(api.table.snapshot(own).await?);
    let granted = all.iter().filter(|permission| {
        let decision = evidence.allowed(user, permission, resource);
        matches!(decision, Decision::Granted(_))
    });
    Ok(granted.map(PermissionId::to_string).collect())
}
