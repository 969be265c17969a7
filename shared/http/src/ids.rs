//! Reads the ids in the path of a request.
//!
//! An id that a path cannot contain ([`crate::path`]) is passed in the query: the path has
//! [`ELSEWHERE`] in its place, and a query parameter has its name. Every route with ids in its path
//! accepts both.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use roster_domain::EntityId;

use crate::problem::Problem;
use crate::query;

/// The path segment for an id that is in the query. Without the query parameter, it is itself an
/// id.
pub const ELSEWHERE: &str = "-";

/// The path parameters, not validated yet.
#[derive(Debug)]
pub struct Ids(Vec<(String, String)>);

impl Ids {
    /// Returns the id with a name. An invalid id returns 404, since no entity has it.
    pub fn get<T: From<EntityId>>(&self, name: &str) -> Result<T, Problem> {
        let text = self.0.iter().find(|(of, _)| of == name);
        let id = text.and_then(|(_, text)| EntityId::parse(text).ok());
        id.map(T::from).ok_or_else(Problem::not_found)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = query::pairs(&parts.uri)?;
        let mut ids = in_path(parts).await?;
        for (name, text) in &mut ids {
            if let Some(id) = elsewhere(name, text, &given)? {
                *text = id;
            }
        }
        Ok(Self(ids))
    }
}

/// Returns the path parameters with their names in the route.
pub async fn in_path(parts: &mut Parts) -> Result<Vec<(String, String)>, Problem> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let params = params.map_err(|_| Problem::not_found())?;
    let owned = params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(owned.collect())
}

/// Returns the id that the query has for a path parameter.
fn elsewhere(
    name: &str,
    segment: &str,
    given: &[(String, String)],
) -> Result<Option<String>, Problem> {
    let mut given = given.iter().filter(|(of, _)| of == name);
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Problem::invalid(name, "The parameter is repeated.")),
        (Some((_, id)), None) if segment == ELSEWHERE => Ok(Some(id.clone())),
        (Some(_), None) => Err(Problem::invalid(
            name,
            format!("Expected {ELSEWHERE} in the path, since the id is in the query."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_in_the_path_or_in_the_query() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let given = [pair("id", "a/b"), pair("limit", "1")];
        let found = elsewhere("id", "-", &given);
        assert_eq!(found, Ok(Some("a/b".to_owned())));
        assert_eq!(elsewhere("userId", "-", &given), Ok(None));
        for (segment, given) in [
            ("ada", given.to_vec()),
            ("a/b", given.to_vec()),
            ("-", vec![pair("id", "a"), pair("id", "a")]),
        ] {
            let refused = elsewhere("id", segment, &given).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("id"), "{segment}");
        }
    }
}
