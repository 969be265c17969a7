//! The parameters behind the question mark.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use crate::limits;
use crate::problem::Problem;

/// The parameters, each at most once.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

/// Which part of a list is asked for, as the caller says it.
#[derive(Debug)]
pub struct Asked {
    /// The cursor, not read yet.
    pub cursor: Option<String>,
    /// Most items on the page.
    pub limit: u16,
}

impl Params {
    /// Refuses parameters of any other name: a misspelt one must not look like an answer.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let expected = if known.is_empty() {
                    "Expected no parameters.".to_owned()
                } else {
                    format!("Expected {} only.", known.join(", "))
                };
                return Err(Problem::invalid(name.clone(), expected));
            }
            if self.0.iter().take(at).any(|(before, _)| before == name) {
                return Err(Problem::invalid(name.clone(), "Expected it once."));
            }
        }
        Ok(())
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(of, _)| of == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The parameters of a page.
    pub fn page(&self) -> Result<Asked, Problem> {
        let most = limits::LONGEST_PAGE;
        let limit = self.get("limit").map(|text| match text.parse() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            _ => Err(Problem::invalid(
                "limit",
                format!("Expected a number from 1 to {most}."),
            )),
        });
        Ok(Asked {
            cursor: self.get("cursor").map(str::to_owned),
            limit: limit.transpose()?.unwrap_or(limits::PAGE),
        })
    }

    /// A parameter that is `true` or `false`.
    pub fn maybe(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some("false") => Ok(Some(false)),
            Some("true") => Ok(Some(true)),
            Some(_) => Err(Problem::invalid(name, "Expected true or false.")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let query = query.map_err(|_| Problem::invalid("query", "Expected name=value pairs."))?;
        Ok(Self(query.0))
    }
}
