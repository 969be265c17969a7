//! The shapes of AuthZEN, for the OpenAPI document and for answers.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Who is asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subject {
    /// `user`.
    #[schema(example = "user")]
    pub r#type: String,
    /// The id of the user.
    #[schema(example = "ada")]
    pub id: String,
    /// Taken, and changes nothing.
    pub properties: Option<Map<String, Value>>,
}

/// Which kind of subject is searched for.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectType {
    /// `user`.
    #[schema(example = "user")]
    pub r#type: String,
    /// Ignored.
    pub id: Option<Value>,
    /// Taken, and changes nothing.
    pub properties: Option<Map<String, Value>>,
}

/// What is to be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Action {
    /// The id of a permission.
    #[schema(example = "projects:read")]
    pub name: String,
    /// Taken, and changes nothing.
    pub properties: Option<Map<String, Value>>,
}

/// On what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub struct ResourceBody {
    /// `organization` or `project`.
    #[schema(example = "organization")]
    pub r#type: String,
    /// Its id.
    #[schema(example = "acme")]
    pub id: String,
    /// Taken, and changes nothing.
    pub properties: Option<Map<String, Value>>,
}

/// Which kind of resource is searched for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceType {
    /// `organization` or `project`.
    #[schema(example = "organization")]
    pub r#type: String,
    /// Ignored.
    pub id: Option<Value>,
    /// Taken, and changes nothing.
    pub properties: Option<Map<String, Value>>,
}

/// May this subject do that on this resource?
#[derive(Debug, Serialize, ToSchema)]
pub struct Evaluation {
    /// Who.
    pub subject: Subject,
    /// What.
    pub action: Action,
    /// On what.
    pub resource: ResourceBody,
    /// Taken, and changes nothing.
    pub context: Option<Map<String, Value>>,
}

/// Several evaluations. Without any, it is a single one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evaluations {
    /// Who, where an evaluation does not say.
    pub subject: Option<Subject>,
    /// What, where an evaluation does not say.
    pub action: Option<Action>,
    /// On what, where an evaluation does not say.
    pub resource: Option<ResourceBody>,
    /// Taken, and changes nothing.
    pub context: Option<Map<String, Value>>,
    /// The evaluations: objects like a single one, each of which may leave out `subject`, `action`
    /// and `resource` where they stand above. One that is not right is denied, with the error in
    /// its context, and takes no other with it.
    #[schema(max_items = 50)]
    pub evaluations: Option<Vec<Value>>,
    /// How they are gone through.
    pub options: Option<EvaluationOptions>,
}

/// How evaluations are gone through.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Options)]
pub struct EvaluationOptions {
    /// `execute_all` unless said.
    pub evaluations_semantic: Option<Semantic>,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Semantic {
    /// At the end.
    ExecuteAll,
    /// After the first that is denied or has an error.
    DenyOnFirstDeny,
    /// After the first that is permitted.
    PermitOnFirstPermit,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionBody {
    /// Whether it is allowed.
    pub decision: bool,
    /// `reason`: why, for callers who may know it; its `code` is `role`, `owner`, `project_user`,
    /// `team`, `absent` or `not_granted`. `error`: what was wrong with one of several evaluations.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub context: Option<Map<String, Value>>,
}

impl DecisionBody {
    /// A denial.
    pub const fn denied(context: Option<Map<String, Value>>) -> Self {
        Self {
            decision: false,
            context,
        }
    }
}

/// Decisions in the order of the evaluations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decisions {
    /// One for each evaluation, up to where they stopped.
    pub evaluations: Vec<DecisionBody>,
}

/// What evaluations answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EvaluationsAnswer {
    /// Of several.
    Several(Decisions),
    /// Of a single one.
    Single(DecisionBody),
}

/// Which part of the results is asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PageRequest)]
pub struct PageBody {
    /// `next_token` of the page before.
    pub token: Option<String>,
    /// Most results on the page; 0 leaves it to the server. It may be left out with a token, which
    /// knows it.
    #[schema(minimum = 0, maximum = 9007199254740991_i64)]
    pub limit: Option<u64>,
    /// Taken, and changes nothing.
    pub properties: Option<Map<String, Value>>,
}

/// Who may do that there?
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectSearch {
    /// The type that is searched for.
    pub subject: SubjectType,
    /// What.
    pub action: Action,
    /// On what.
    pub resource: ResourceBody,
    /// Taken, and changes nothing.
    pub context: Option<Map<String, Value>>,
    /// Which part.
    pub page: Option<PageBody>,
}

/// Where may this subject do that?
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceSearch {
    /// Who.
    pub subject: Subject,
    /// What.
    pub action: Action,
    /// The type that is searched for.
    pub resource: ResourceType,
    /// Taken, and changes nothing.
    pub context: Option<Map<String, Value>>,
    /// Which part.
    pub page: Option<PageBody>,
}

/// What may this subject do there?
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionSearch {
    /// Who.
    pub subject: Subject,
    /// On what.
    pub resource: ResourceBody,
    /// Taken, and changes nothing.
    pub context: Option<Map<String, Value>>,
    /// Which part.
    pub page: Option<PageBody>,
}

/// Where the next page begins.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageAnswer {
    /// Empty after the last page.
    pub next_token: String,
}

/// A subject or a resource that was found.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Found)]
pub struct EntityBody {
    /// Its type.
    pub r#type: String,
    /// Its id.
    pub id: String,
}

/// An action that was found.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundAction {
    /// The id of a permission.
    pub name: String,
}

/// What a search found: as many results as the limit, unless the search ends or a request may not
/// read more. There may even be none, and yet be more pages.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Results<T> {
    /// Where the next page begins.
    pub page: PageAnswer,
    /// What was found.
    pub results: Vec<T>,
}
