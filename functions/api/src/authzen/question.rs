//! Reads the parts of an evaluation from a request body.

use roster_domain::{EntityId, OrganizationId, PermissionId, ProjectId, Resource, UserId};
use serde_json::{Map, Value};

use roster_http::Problem;

/// A type and an id within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedId {
    /// The type.
    pub kind: String,
    /// The id.
    pub id: String,
}

/// An evaluation: whether the subject may perform the action on the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessQuestion {
    /// The subject.
    pub subject: TypedId,
    /// The name of the action.
    pub action: String,
    /// The resource.
    pub resource: TypedId,
}

type JsonObject = Map<String, Value>;

impl TypedId {
    /// Returns the user, if the type and the id are those of a user.
    pub fn user(&self) -> Option<UserId> {
        let id = EntityId::parse(&self.id).ok()?;
        (self.kind == "user").then(|| id.into())
    }

    /// Returns the resource, if the type and the id are those of a resource.
    pub fn resource(&self) -> Option<Resource> {
        let id = EntityId::parse(&self.id).ok()?;
        match self.kind.as_str() {
            "organization" => Some(Resource::Organization(OrganizationId::from(id))),
            "project" => Some(Resource::Project(ProjectId::from(id))),
            _ => None,
        }
    }
}

impl AccessQuestion {
    /// Reads an evaluation. A part that is missing in `body` is taken as a whole from `defaults`.
    pub fn read(body: &JsonObject, defaults: &JsonObject) -> Result<Self, Problem> {
        let part = |name| stated(body, name).or_else(|| stated(defaults, name));
        context(body)?;
        Ok(Self {
            subject: named(part("subject"), "subject")?,
            action: action(part("action"))?,
            resource: named(part("resource"), "resource")?,
        })
    }

    /// Returns the permission that the action names, if the name is a valid id.
    pub fn permission(&self) -> Option<PermissionId> {
        PermissionId::parse(&self.action).ok()
    }
}

/// Returns a member that is present and not null.
pub fn stated<'a>(body: &'a JsonObject, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

/// Reads a type and an id.
pub fn named(part: Option<&Value>, name: &str) -> Result<TypedId, Problem> {
    let object = object(part, name)?;
    Ok(TypedId {
        kind: string(object, name, "type")?,
        id: string(object, name, "id")?,
    })
}

/// Reads a type. An id is ignored.
pub fn kind(part: Option<&Value>, name: &str) -> Result<String, Problem> {
    string(object(part, name)?, name, "type")
}

/// Reads the name of an action.
pub fn action(part: Option<&Value>) -> Result<String, Problem> {
    string(object(part, "action")?, "action", "name")
}

/// Checks that the context, if any, is an object. Its contents are ignored.
pub fn context(body: &JsonObject) -> Result<(), Problem> {
    match stated(body, "context") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err(Problem::invalid("context", "Expected an object.")),
    }
}

fn object<'a>(part: Option<&'a Value>, name: &str) -> Result<&'a JsonObject, Problem> {
    let object = match part {
        Some(Value::Object(object)) => object,
        Some(_) => return Err(Problem::invalid(name, "Expected an object.")),
        None => return Err(Problem::invalid(name, "It is missing.")),
    };
    match stated(object, "properties") {
        None | Some(Value::Object(_)) => Ok(object),
        Some(_) => Err(Problem::invalid(
            format!("{name}.properties"),
            "Expected an object.",
        )),
    }
}

fn string(object: &JsonObject, within: &str, name: &str) -> Result<String, Problem> {
    let field = || format!("{within}.{name}");
    match object.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        None | Some(Value::Null) => Err(Problem::invalid(field(), "It is missing.")),
        Some(_) => Err(Problem::invalid(field(), "Expected a string.")),
    }
}
