//! Finds the owner of an email address, for `GET /users?email=`.

use axum::response::Response;
use roster_domain::{Attribute, Entity, Snapshot, UserId};
use roster_table::List;

use crate::view::User;
use crate::viewer::{Viewer, claims};
use roster_http::{Caller, IfNoneMatch, Params, Problem};

/// Returns the owner of an email address: of the users that have it now, the one that had it first.
/// Candidates come from the index, which is eventually consistent; the response itself is current.
/// Users can only find themselves.
pub async fn find_user(
    viewer: &mut Viewer<'_>,
    params: &Params,
    has: &IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&["email"])?;
    let email = params
        .get("email")
        .filter(|email| email.contains('@') && email.len() <= 320);
    let email = email.ok_or_else(|| Problem::invalid("email", "Expected an email address."))?;
    // Users see nobody else, and must not learn who else claims their email address.
    let found = match viewer.caller.clone() {
        Caller::User(user) => user,
        Caller::Service(_) => owner(viewer, email).await?,
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
