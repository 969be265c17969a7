//! The routes, one per file.

mod find_user;
mod get_health;
mod get_membership;
mod get_organization;
mod get_project;
mod get_team;
mod get_user;
mod list_organization_projects;
mod list_organization_teams;
mod list_organization_users;
mod list_organizations;
mod list_permissions;
mod list_project_teams;
mod list_project_users;
mod list_roles;
mod list_team_users;
mod list_user_organizations;
mod list_user_projects;
mod list_user_teams;
mod list_users;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use roster_http::{Gate, ProblemDetails};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::authzen;
use crate::document;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Roster",
        description = "Who belongs where, and who may do what.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(ProblemDetails))
)]
struct Document;

/// Builds the router of the API.
pub fn router(api: Api) -> Router {
    let (router, document) = documented();
    // Anyone may request the document, so it is serialized once.
    let document = Bytes::from(document.to_json().unwrap_or_default());
    let media_type = [(header::CONTENT_TYPE, "application/json")];
    let routes = router.route("/openapi.json", get(async move || (media_type, document)));
    Gate::around(routes, api)
}

/// Returns the OpenAPI 3.1 document of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().1
}

fn documented() -> (Router<Api>, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(get_health::get_health))
        .routes(routes!(list_users::list_users))
        .routes(routes!(get_user::get_user))
        .routes(routes!(list_user_organizations::list_user_organizations))
        .routes(routes!(list_user_teams::list_user_teams))
        .routes(routes!(list_user_projects::list_user_projects))
        .routes(routes!(list_organizations::list_organizations))
        .routes(routes!(get_organization::get_organization))
        .routes(routes!(list_organization_users::list_organization_users))
        .routes(routes!(list_organization_teams::list_organization_teams))
        .routes(routes!(
            list_organization_projects::list_organization_projects
        ))
        .routes(routes!(get_membership::get_membership))
        .routes(routes!(get_team::get_team))
        .routes(routes!(list_team_users::list_team_users))
        .routes(routes!(get_project::get_project))
        .routes(routes!(list_project_users::list_project_users))
        .routes(routes!(list_project_teams::list_project_teams))
        .routes(routes!(list_roles::list_roles))
        .routes(routes!(list_permissions::list_permissions))
        .merge(authzen::routes())
        .split_for_parts();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT");
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    document::add_ids_by_query(&mut document);
    document::allow_overlaps(&mut document);
    (router, document)
}
