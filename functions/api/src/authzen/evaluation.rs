//! `POST /access/v1/evaluation`.

use axum::Json;
use axum::extract::State;
use serde_json::Map;

use super::question::AccessQuestion;
use super::schema::{DecisionBody, Evaluation};
use crate::api::Api;
use crate::viewer::Viewer;
use roster_http::{Body, Caller, Problem, Problems};

/// Evaluates whether the subject may perform the action on the resource.
#[utoipa::path(
    post,
    path = "/access/v1/evaluation",
    tag = "access",
    request_body = Evaluation,
    responses(
        (status = 200, description = "The decision", body = DecisionBody),
        Problems
    ),
    security(("token" = []))
)]
pub async fn evaluation(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<DecisionBody>, Problem> {
    let question = AccessQuestion::read(&body, &Map::new())?;
    Ok(Json(
        api.viewer(caller).await?.evaluate_one(question).await?,
    ))
}

impl Viewer<'_> {
    /// Decides a single evaluation.
    pub async fn evaluate_one(
        &mut self,
        question: AccessQuestion,
    ) -> Result<DecisionBody, Problem> {
        let mut decided = self.evaluate(&[question]).await?;
        decided.pop().unwrap_or(Ok(DecisionBody::denied(None)))
    }
}
