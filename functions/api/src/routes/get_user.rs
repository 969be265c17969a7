//! `GET /users/{id}`.

use axum::extract::State;
use axum::response::Response;

use crate::api::Api;
use crate::view::User;
use roster_http::{Caller, Ids, IfNoneMatch, Params, Problem, Problems};

/// Gets a user.
#[utoipa::path(
    get,
    path = "/users/{id}",
    tag = "users",
    params(
        ("id" = String, Path, description = "The user", example = "ada"),
    ),
    responses(
        (status = 200, description = "The user", body = User),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn get_user(
    State(api): State<Api>,
    caller: Caller,
    ids: Ids,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    params.only(&[])?;
    let record = api.viewer(caller).await?.user(&ids.get("id")?).await?;
    Ok(has.answer(record.revision, true, User::of(&record)))
}
