//! Reads query parameters.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::ids;
use crate::limits;
use crate::problem::Problem;

/// The query parameters, each at most once.
#[derive(Debug)]
pub struct Params {
    given: Vec<(String, String)>,
    /// The names of the ids in the path, which may be query parameters ([`crate::ids`]).
    ids: Vec<String>,
}

/// The requested page of a list.
#[derive(Debug)]
pub struct PageRequest {
    /// The cursor, still encrypted.
    pub cursor: Option<String>,
    /// The maximum number of items on the page.
    pub limit: u16,
}

impl Params {
    /// Rejects parameters other than these and the ids in the path, so that a misspelt one is not
    /// silently ignored.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let ids = self.ids.iter().map(String::as_str);
        let known: Vec<_> = known.iter().copied().chain(ids).collect();
        let mut seen = BTreeSet::new();
        for (name, _) in &self.given {
            if !known.contains(&name.as_str()) {
                let expected = if known.is_empty() {
                    "Expected no parameters.".to_owned()
                } else {
                    format!("Expected only {}.", known.join(", "))
                };
                return Err(Problem::invalid(name.clone(), expected));
            }
            if !seen.insert(name) {
                return Err(Problem::invalid(name.clone(), "The parameter is repeated."));
            }
        }
        Ok(())
    }

    /// Returns a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().find(|(of, _)| of == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Reads the paging parameters.
    pub fn page(&self) -> Result<PageRequest, Problem> {
        let most = limits::LONGEST_PAGE;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let limit = self.get("limit").map(|text| match text.parse() {
            Ok(limit) if (1..=most).contains(&limit) && digits(text) => Ok(limit),
            _ => Err(Problem::invalid(
                "limit",
                format!("Expected a number from 1 to {most}."),
            )),
        });
        Ok(PageRequest {
            cursor: self.get("cursor").map(str::to_owned),
            limit: limit.transpose()?.unwrap_or(limits::DEFAULT_PAGE),
        })
    }

    /// Reads a parameter that is `true` or `false`.
    pub fn maybe(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some("false") => Ok(Some(false)),
            Some("true") => Ok(Some(true)),
            Some(_) => Err(Problem::invalid(name, "Expected true or false.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = pairs(&parts.uri)?;
        let ids = ids::in_path(parts).await?;
        let ids = ids.into_iter().map(|(name, _)| name).collect();
        Ok(Self { given, ids })
    }
}

/// Parses the query of a URI strictly: anything but `name=value` in percent-encoded UTF-8 is
/// rejected, since repairing it could change its meaning.
pub fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    match uri.query() {
        None | Some("") => Ok(Vec::new()),
        Some(query) => query.split('&').map(pair).collect(),
    }
}

fn pair(text: &str) -> Result<(String, String), Problem> {
    let (name, value) = text
        .split_once('=')
        .map_or((text, None), |(name, value)| (name, Some(value)));
    let name = decoded(name).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| malformed("query"))?;
    match value.and_then(decoded) {
        Some(value) => Ok((name, value)),
        None => Err(malformed(&name)),
    }
}

fn malformed(field: &str) -> Problem {
    Problem::invalid(
        field,
        "Expected name=value pairs separated by &, in percent-encoded UTF-8.",
    )
}

/// Decodes a name or a value of a form, in which a plus sign is a space.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%').skip(1);
    let encodes = |part: &str| part.chars().take(2).filter(char::is_ascii_hexdigit).count() == 2;
    if !parts.all(encodes) {
        return None;
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Vec<(String, String)>, Option<String>> {
        let uri = Uri::try_from(format!("/users?{query}")).unwrap();
        pairs(&uri).map_err(|problem| problem.field)
    }

    #[test]
    fn a_query_is_decoded_as_a_form() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(""), Ok(vec![]));
        let found = read("id=a%2Fb+c%2B=&limit=").unwrap();
        assert_eq!(found, [pair("id", "a/b c+="), pair("limit", "")]);
        assert_eq!(read("%69d=%C3%A9é"), Ok(vec![pair("id", "éé")]));
    }

    #[test]
    fn a_malformed_query_is_rejected_with_the_parameter() {
        let ampersands = "&".repeat(10_000);
        for (query, field) in [
            ("id=%", "id"),
            ("id=%z", "id"),
            ("id=%zz", "id"),
            ("id=%%41", "id"),
            ("id=%FF", "id"),
            ("id=%C3", "id"),
            ("id", "id"),
            ("%FF=1", "query"),
            ("%=1", "query"),
            ("=1", "query"),
            ("id=1&&limit=1", "query"),
            ("id=1&", "query"),
            (&ampersands, "query"),
        ] {
            assert_eq!(read(query), Err(Some(field.to_owned())), "{query}");
        }
    }
}
