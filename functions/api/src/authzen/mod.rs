//! The OpenID AuthZEN Authorization API 1.0 for the directory.
//!
//! | AuthZEN | Roster |
//! | --- | --- |
//! | subject | type `user`, a user's id |
//! | action | the name is the id of a permission |
//! | resource | type `organization` or `project`, its id |
//!
//! Properties and context are accepted and ignored: only the directory's data decides. An unknown
//! id or type is not an error: evaluations deny it, and searches find nothing.

mod evaluate;
mod evaluation;
mod evaluations;
mod holders;
mod metadata;
mod page;
mod place;
mod question;
pub mod reason;
mod right;
mod schema;
mod search_action;
mod search_resource;
mod search_subject;

use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

/// Returns the routes of AuthZEN.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(evaluation::evaluation))
        .routes(routes!(evaluations::evaluations))
        .routes(routes!(search_subject::search_subject))
        .routes(routes!(search_resource::search_resource))
        .routes(routes!(search_action::search_action))
        .routes(routes!(metadata::metadata))
        .route(metadata::BELOW, get(metadata::metadata_of_path))
}
