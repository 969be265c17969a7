//! `GET /users?email=`.

use axum::extract::State;
use axum::response::Response;
use roster_domain::{Attribute, Entity};
use roster_table::{List, Part};

use crate::api::Api;
use crate::caller::Caller;
use crate::etag::IfNoneMatch;
use crate::limits;
use crate::problem::{Problem, Problems};
use crate::query::Params;
use crate::view::User;

/// The owner of an email: of the users that claim it now, the one that claimed it first. Who
/// claims it is found in the index, which lags by a moment; the answer itself is current.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(
        ("email" = String, Query, description = "The email, in whichever case", min_length = 3, max_length = 320),
    ),
    responses((status = 200, body = User), (status = 304, description = "The caller has it"), Problems),
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
    let email = email.ok_or_else(|| Problem::invalid("email", "Expected an email."))?;
    let list = List::EmailClaims(email.to_owned());
    let part = Part {
        limit: Some(limits::PAGE),
        ..Part::default()
    };
    let page = api.table.list(&list, part).await?;
    let claims = |text: Option<&str>| text.is_some_and(|text| same(text, email));
    let owner = page.records.iter().find_map(|record| match &record.entity {
        Entity::User(user) => {
            let current = page.snapshot.get(&record.entity)?;
            claims(current.text(Attribute::Email)).then_some(user)
        }
        _ => None,
    });
    let owner = owner.ok_or_else(Problem::not_found)?;
    let record = api.user(&caller, owner).await?;
    if !claims(record.text(Attribute::Email)) {
        return Err(Problem::not_found());
    }
    Ok(has.answer(record.revision, true, User::of(&record)))
}

/// Case does not matter to a claim.
fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
