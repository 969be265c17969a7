//! `GET /users?email=`.

use axum::extract::State;
use axum::response::Response;
use roster_domain::{Attribute, Entity, Snapshot, UserId};
use roster_table::List;

use crate::api::Api;
use crate::view::User;
use crate::viewer::{Viewer, claims};
use roster_http::{Caller, IfNoneMatch, Params, Problem, Problems};

/// Finds the owner of an email address: of the users that have it now, the one that had it first.
/// Candidates come from the index, which is eventually consistent; the response itself is current.
/// Users can only find themselves.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(
        ("email" = String, Query, description = "The email address, in any case", example = "ada@example.org", min_length = 3, max_length = 320),
    ),
    responses(
        (status = 200, description = "The user with that email address", body = User),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn find_user(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&["email"])?;
    let email = params
        .get("email")
        .filter(|email| email.contains('@') && email.len() <= 320);
    let email = email.ok_or_else(|| Problem::invalid("email", "Expected an email address."))?;
    let mut viewer = api.viewer(caller).await?;
    // Users see nobody else, and must not learn who else claims their email address.
    let found = match viewer.caller.clone() {
        Caller::User(user) => user,
        Caller::Service(_) => owner(&mut viewer, email).await?,
    };
    let record = viewer.user(&found).await?;
    if !claims(record.text(Attribute::Email), email) {
        return Err(Problem::not_found());
    }
    Ok(has.answer(record.revision, true, User::of(&record)))
}

async fn owner(viewer: &mut Viewer<'_>, email: &str) -> Result<UserId, Problem> {
    let claimants = viewer
        .claimants(&List::EmailClaims(email.to_owned()))
        .await?;
    let snapshot = viewer.reader.snapshot();
    let owner = claimants.iter().find_map(|entity| match entity {
        Entity::User(user) => claims(email_of(snapshot, entity), email).then_some(user),
        _ => None,
    });
    owner.cloned().ok_or_else(Problem::not_found)
}

fn email_of<'a>(snapshot: &'a Snapshot, user: &Entity) -> Option<&'a str> {
    snapshot.get(user)?.text(Attribute::Email)
}
