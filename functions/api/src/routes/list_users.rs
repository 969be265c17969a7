//! `GET /users` and `GET /users?email=`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roster_table::NameList;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::names::{NAME_PREFIX, name_prefix};
use crate::routes::find_user::find_user;
use crate::view::User;
use roster_http::{Caller, IfNoneMatch, ListPage, Paging, Params, Problem, Problems};

/// All users, or the one with an email address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "it only describes the response in the OpenAPI document"
)]
enum Users {
    /// The response without the parameter `email`.
    All(ListPage<User>),
    /// The response with the parameter `email`.
    Found(User),
}

/// Lists all users in the order of their names, which only services may do, or finds the owner of an
/// email address: of the users that have it now, the one that had it first. Users can only find
/// themselves. The list comes from the index, which is eventually consistent.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(
        ("email" = Option<String>, Query, description = "The email address, in any case. Cannot be combined with other parameters", example = "ada@example.org", min_length = 3, max_length = 320, nullable = false),
        ("namePrefix" = Option<String>, Query, description = "Return only users whose names begin so, in any case", example = "Ada", min_length = 1, max_length = 1024, nullable = false),
        Paging,
    ),
    responses(
        (status = 200, description = "The user with that email address, or one page of all users", body = Users),
        (status = 304, description = "The copy that the caller named is current"),
        Problems
    ),
    security(("token" = []))
)]
pub async fn list_users(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    has: IfNoneMatch,
) -> Result<Response, Problem> {
    let mut viewer = api.viewer(caller).await?;
    if params.get("email").is_some() {
        return find_user(&mut viewer, &params, &has).await;
    }
    params.only(&[NAME_PREFIX, "limit", "cursor"])?;
    let (asked, prefix) = (params.page()?, name_prefix(&params)?);
    if !viewer.caller.is_service() {
        let detail = "Only services may list all users. Use GET /users?email= to find yourself.";
        return Err(Problem::forbidden(detail));
    }
    let list = NameList::users(prefix);
    let page = viewer
        .names(list, &["all users", prefix], asked, User::of)
        .await?;
    Ok(page.into_response())
}
