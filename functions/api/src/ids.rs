//! The ids in the path of a request.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use roster_domain::EntityId;

use crate::problem::Problem;

/// The parameters of the path, not read yet.
#[derive(Debug)]
pub struct Ids(Vec<(String, String)>);

impl Ids {
    /// The id of that name. Nothing has an id that cannot be one.
    pub fn get<T: From<EntityId>>(&self, name: &str) -> Result<T, Problem> {
        let text = self.0.iter().find(|(of, _)| of == name);
        let id = text.and_then(|(_, text)| EntityId::parse(text).ok());
        id.map(T::from).ok_or_else(Problem::not_found)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let owned = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self(owned.collect()))
    }
}
