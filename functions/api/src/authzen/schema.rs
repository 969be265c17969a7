//! The request and response bodies of AuthZEN. Request types only serve the OpenAPI document.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The subject of an evaluation or a search.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subject {
    /// `user`.
    #[schema(example = "user")]
    pub r#type: String,
    /// The id of the user.
    #[schema(example = "ada")]
    pub id: String,
    /// Accepted and ignored.
    pub properties: Option<Map<String, Value>>,
}

/// The type of subjects to search for.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectType {
    /// `user`.
    #[schema(example = "user")]
    pub r#type: String,
    /// Ignored.
    pub id: Option<Value>,
    /// Accepted and ignored.
    pub properties: Option<Map<String, Value>>,
}

/// The action to perform.
#[derive(Debug, Serialize, ToSchema)]
pub struct Action {
    /// The id of a permission.
    #[schema(example = "projects:read")]
    pub name: String,
    /// Accepted and ignored.
    pub properties: Option<Map<String, Value>>,
}

/// The resource of an evaluation or a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub struct ResourceBody {
    /// `organization` or `project`.
    #[schema(example = "organization")]
    pub r#type: String,
    /// The id of the organization or project.
    #[schema(example = "acme")]
    pub id: String,
    /// Accepted and ignored.
    pub properties: Option<Map<String, Value>>,
}

/// The type of resources to search for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceType {
    /// `organization` or `project`.
    #[schema(example = "organization")]
    pub r#type: String,
    /// Ignored.
    pub id: Option<Value>,
    /// Accepted and ignored.
    pub properties: Option<Map<String, Value>>,
}

/// Asks whether the subject may perform the action on the resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evaluation {
    /// The subject.
    pub subject: Subject,
    /// The action.
    pub action: Action,
    /// The resource.
    pub resource: ResourceBody,
    /// Accepted and ignored.
    pub context: Option<Map<String, Value>>,
}

/// Several evaluations. Without `evaluations`, the body is a single evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evaluations {
    /// The default subject of the evaluations.
    pub subject: Option<Subject>,
    /// The default action of the evaluations.
    pub action: Option<Action>,
    /// The default resource of the evaluations.
    pub resource: Option<ResourceBody>,
    /// Accepted and ignored.
    pub context: Option<Map<String, Value>>,
    /// The evaluations: objects like a single evaluation, in which `subject`, `action` and
    /// `resource` may be omitted if there is a default. An invalid evaluation is denied, with the
    /// error in its context, and does not affect the others.
    #[schema(max_items = 50)]
    pub evaluations: Option<Vec<Value>>,
    /// Options for the whole request.
    pub options: Option<EvaluationOptions>,
}

/// Options for several evaluations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Options)]
pub struct EvaluationOptions {
    /// When to stop. Defaults to `execute_all`.
    pub evaluations_semantic: Option<Semantic>,
}

/// When to stop the evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Semantic {
    /// After the last evaluation.
    ExecuteAll,
    /// After the first evaluation that is denied or fails.
    DenyOnFirstDeny,
    /// After the first evaluation that is permitted.
    PermitOnFirstPermit,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionBody {
    /// Whether the action is permitted.
    pub decision: bool,
    /// `reason` explains the decision to callers who may know it; its `code` is `role`, `owner`,
    /// `project_user`, `team`, `absent` or `not_granted`. `error` says why one of several
    /// evaluations failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub context: Option<Map<String, Value>>,
}

impl DecisionBody {
    /// Returns a denial.
    pub const fn denied(context: Option<Map<String, Value>>) -> Self {
        Self {
            decision: false,
            context,
        }
    }
}

/// The decisions, in the order of the evaluations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decisions {
    /// One decision for each evaluation, up to the one that stopped them.
    pub evaluations: Vec<DecisionBody>,
}

/// The response to several evaluations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EvaluationsAnswer {
    /// The response if `evaluations` is not empty.
    Several(Decisions),
    /// The response to a single evaluation.
    Single(DecisionBody),
}

/// The requested page of the results.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PageRequest)]
pub struct PageBody {
    /// The `next_token` of the previous page.
    pub token: Option<String>,
    /// The maximum number of results on the page; 0 means the server's default. It may be omitted
    /// with a token, which contains it.
    #[schema(minimum = 0, maximum = 9007199254740991_i64)]
    pub limit: Option<u64>,
    /// Accepted and ignored.
    pub properties: Option<Map<String, Value>>,
}

/// Searches for the subjects that may perform the action on the resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectSearch {
    /// The type of subjects to search for.
    pub subject: SubjectType,
    /// The action.
    pub action: Action,
    /// The resource.
    pub resource: ResourceBody,
    /// Accepted and ignored.
    pub context: Option<Map<String, Value>>,
    /// The requested page.
    pub page: Option<PageBody>,
}

/// Searches for the resources on which the subject may perform the action.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceSearch {
    /// The subject.
    pub subject: Subject,
    /// The action.
    pub action: Action,
    /// The type of resources to search for.
    pub resource: ResourceType,
    /// Accepted and ignored.
    pub context: Option<Map<String, Value>>,
    /// The requested page.
    pub page: Option<PageBody>,
}

/// Searches for the actions that the subject may perform on the resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionSearch {
    /// The subject.
    pub subject: Subject,
    /// The resource.
    pub resource: ResourceBody,
    /// Accepted and ignored.
    pub context: Option<Map<String, Value>>,
    /// The requested page.
    pub page: Option<PageBody>,
}

/// The position of the next page.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageAnswer {
    /// The `token` of the next page. Empty on the last page.
    pub next_token: String,
}

/// A subject or a resource that was found.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Found)]
pub struct EntityBody {
    /// The type.
    pub r#type: String,
    /// The id.
    pub id: String,
}

/// An action that was found.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundAction {
    /// The id of a permission.
    pub name: String,
}

/// One page of search results: as many as the limit, unless the search ends or the request's budget
/// is used up. A page can be empty even if more pages follow.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Results<T> {
    /// The position of the next page.
    pub page: PageAnswer,
    /// The results.
    pub results: Vec<T>,
}
