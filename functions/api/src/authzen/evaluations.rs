//! `POST /access/v1/evaluations`.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::question::{self, AccessQuestion, stated};
use super::schema::{DecisionBody, Decisions, Evaluations, EvaluationsAnswer, Semantic};
use crate::api::Api;
use crate::limits;
use roster_http::{Body, Caller, Problem, ProblemKind, Problems};

/// Evaluates several requests at once. An evaluation that fails is denied, with the error in its
/// context.
#[utoipa::path(
    post,
    path = "/access/v1/evaluations",
    tag = "access",
    request_body = Evaluations,
    responses(
        (status = 200, description = "The decisions, in the order of the evaluations", body = EvaluationsAnswer),
        Problems
    ),
    security(("token" = []))
)]
pub async fn evaluations(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body,
) -> Result<Json<EvaluationsAnswer>, Problem> {
    let semantic = semantic(&body)?;
    let items = items(&body)?;
    let mut viewer = api.viewer(caller).await?;
    if items.is_empty() {
        let question = AccessQuestion::read(&body, &Map::new())?;
        let decision = viewer.evaluate_one(question).await?;
        return Ok(Json(EvaluationsAnswer::Single(decision)));
    }
    defaults(&body)?;
    let questions = items.iter().map(|item| match item {
        Value::Object(item) => AccessQuestion::read(item, &body),
        _ => Err(Problem::invalid("evaluations", "Expected objects.")),
    });
    let questions: Vec<_> = questions.collect();
    let valid: Vec<_> = questions.iter().flatten().cloned().collect();
    let mut decided = viewer.evaluate(&valid).await?.into_iter();
    let mut evaluations = Vec::with_capacity(items.len());
    for question in questions {
        let decision = match question {
            Ok(_) => decided.next().unwrap_or_else(|| Err(lost())),
            Err(problem) => Err(problem),
        };
        let decision = decision.unwrap_or_else(|problem| failed(&problem));
        let stops = match semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision.decision,
            Semantic::PermitOnFirstPermit => decision.decision,
        };
        evaluations.push(decision);
        if stops {
            break;
        }
    }
    Ok(Json(EvaluationsAnswer::Several(Decisions { evaluations })))
}

fn lost() -> Problem {
    Problem::new(ProblemKind::Internal, "A decision was lost.")
}

/// Returns the denial for an evaluation that failed, with the error.
fn failed(problem: &Problem) -> DecisionBody {
    let status = problem.kind.status().as_u16();
    let mut error = json!({"status": status, "message": problem.detail});
    if let (Some(field), Value::Object(error)) = (&problem.field, &mut error) {
        error.insert("field".to_owned(), field.clone().into());
    }
    DecisionBody::denied(Some(Map::from_iter([("error".to_owned(), error)])))
}

fn items(body: &Map<String, Value>) -> Result<&[Value], Problem> {
    match stated(body, "evaluations") {
        None => Ok(&[]),
        Some(Value::Array(items)) if items.len() <= limits::EVALUATIONS => Ok(items),
        Some(Value::Array(_)) => Err(Problem::invalid(
            "evaluations",
            format!("Expected at most {}.", limits::EVALUATIONS),
        )),
        Some(_) => Err(Problem::invalid("evaluations", "Expected an array.")),
    }
}

/// Validates the defaults for all evaluations, whether or not any evaluation uses them.
fn defaults(body: &Map<String, Value>) -> Result<(), Problem> {
    question::context(body)?;
    for name in ["subject", "resource"] {
        if let Some(part) = stated(body, name) {
            question::named(Some(part), name)?;
        }
    }
    if let Some(part) = stated(body, "action") {
        question::action(Some(part))?;
    }
    Ok(())
}

/// Reads the semantic. AuthZEN does not define what an unknown one means, so it is rejected.
fn semantic(body: &Map<String, Value>) -> Result<Semantic, Problem> {
    let options = match stated(body, "options") {
        None => return Ok(Semantic::ExecuteAll),
        Some(Value::Object(options)) => options,
        Some(_) => return Err(Problem::invalid("options", "Expected an object.")),
    };
    match stated(options, "evaluations_semantic").map(Value::as_str) {
        None | Some(Some("execute_all")) => Ok(Semantic::ExecuteAll),
        Some(Some("deny_on_first_deny")) => Ok(Semantic::DenyOnFirstDeny),
        Some(Some("permit_on_first_permit")) => Ok(Semantic::PermitOnFirstPermit),
        Some(_) => Err(Problem::invalid(
            "options.evaluations_semantic",
            "Expected execute_all, deny_on_first_deny or permit_on_first_permit.",
        )),
    }
}
