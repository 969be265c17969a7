//! Pages of a search.

use aws_lc_rs::digest;
use serde_json::{Map, Value, json};

use super::question::stated;
use super::schema::{PageAnswer, Results};
use crate::viewer::Viewer;
use roster_http::limits::{DEFAULT_PAGE, LONGEST_PAGE};
use roster_http::{Problem, Purpose, clock, foreign_cursor};

/// The largest integer that all JSON parsers read exactly (RFC 7493, 2.2).
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Separates the parts of a token.
const SEPARATOR: char = '\n';

/// The requested page of a search. Everything but the token must be the same as for the previous
/// page, except that `limit` and `properties` may be omitted, since the token contains them.
#[derive(Debug)]
pub struct Asked {
    /// Where the page begins: the `next` that [`Asked::results`] got for the previous page.
    pub from: Option<String>,
    /// The maximum number of results on the page.
    pub limit: u16,
    properties: String,
    purpose: Purpose,
}

impl Asked {
    /// Reads the requested page from a body. `question` identifies the search.
    pub async fn read(
        viewer: &Viewer<'_>,
        body: &Map<String, Value>,
        question: &Value,
    ) -> Result<Self, Problem> {
        let purpose = Purpose::new(&viewer.caller, &["search", &question.to_string()]);
        let none = Map::new();
        let page = match stated(body, "page") {
            None => &none,
            Some(Value::Object(page)) => page,
            Some(_) => return Err(Problem::invalid("page", "Expected an object.")),
        };
        let limit = limit(page)?;
        let properties = properties(page)?;
        let token = match stated(page, "token") {
            None => "",
            Some(Value::String(token)) => token,
            Some(_) => return Err(Problem::invalid("page.token", "Expected a string.")),
        };
        // The last page has an empty token; a caller that sends it starts again.
        if token.is_empty() {
            return Ok(Self {
                from: None,
                limit: limit.unwrap_or(DEFAULT_PAGE),
                properties: properties.unwrap_or_default(),
                purpose,
            });
        }
        let opened = viewer
            .api
            .sealer
            .open(&purpose, token, clock::since_1970().as_secs())
            .await;
        let opened = opened.map_err(of_token)?;
        let (before, from) = opened.split_once(SEPARATOR).ok_or_else(foreign_cursor)?;
        let (properties_before, from) = from.split_once(SEPARATOR).ok_or_else(foreign_cursor)?;
        let before: u16 = before.parse().map_err(|_| foreign_cursor())?;
        if limit.is_some_and(|limit| limit != before) {
            return Err(changed("page.limit"));
        }
        if properties.is_some_and(|properties| properties != properties_before) {
            return Err(changed("page.properties"));
        }
        Ok(Self {
            from: Some(from.to_owned()),
            limit: before,
            properties: properties_before.to_owned(),
            purpose,
        })
    }

    /// Builds the response from the results and the position of the next page.
    pub async fn results<T>(
        &self,
        viewer: &Viewer<'_>,
        results: Vec<T>,
        next: Option<String>,
    ) -> Result<Results<T>, Problem> {
        let next_token = match next {
            None => String::new(),
            Some(from) => {
                let place = format!(
                    "{}{SEPARATOR}{}{SEPARATOR}{from}",
                    self.limit, self.properties
                );
                let sealer = &viewer.api.sealer;
                sealer
                    .seal(&self.purpose, &place, clock::since_1970().as_secs())
                    .await?
            }
        };
        Ok(Results {
            page: PageAnswer { next_token },
            results,
        })
    }
}

/// Returns what the token of a search is bound to: the parts of the body, without members that are
/// ignored. Those are null and unknown members, the id of the entity that is searched for, and the
/// whole action in an action search.
pub fn question(search: &str, body: &Map<String, Value>, searched: &str) -> Value {
    let parts = ["subject", "action", "resource"].map(|name| {
        let known: &[&str] = match name == searched {
            false => &["type", "id", "name", "properties"],
            true if name == "action" => &[],
            true => &["type", "properties"],
        };
        let part = stated(body, name).and_then(Value::as_object);
        let part = part.into_iter().flatten();
        let bound = part.filter(|(name, value)| known.contains(&&***name) && !value.is_null());
        Value::from_iter(bound.map(|(name, value)| (name.clone(), value.clone())))
    });
    json!([search, parts, stated(body, "context")])
}

fn limit(page: &Map<String, Value>) -> Result<Option<u16>, Problem> {
    let Some(limit) = stated(page, "limit") else {
        return Ok(None);
    };
    let expected = || Problem::invalid("page.limit", "Expected a whole number, 0 or greater.");
    // JSON does not distinguish integers, so 1.0 is one.
    let whole = limit.as_f64();
    let whole = whole.filter(|limit| (0.0..=EXACT).contains(limit) && limit.fract() == 0.0);
    let whole = whole.ok_or_else(expected)?;
    if whole == 0.0 {
        return Ok(Some(DEFAULT_PAGE));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and from 1 to the longest page"
    )]
    Ok(Some(whole.min(f64::from(LONGEST_PAGE)) as u16))
}

/// Returns a digest of the properties, which is short enough for a token.
fn properties(page: &Map<String, Value>) -> Result<Option<String>, Problem> {
    match page.get("properties").filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(stated @ Value::Object(_)) => {
            let digest = digest::digest(&digest::SHA256, stated.to_string().as_bytes());
            let bytes = digest.as_ref().iter();
            Ok(Some(bytes.map(|byte| format!("{byte:02x}")).collect()))
        }
        Some(_) => Err(Problem::invalid("page.properties", "Expected an object.")),
    }
}

fn changed(field: &str) -> Problem {
    Problem {
        field: Some(field.to_owned()),
        detail: "It differs from the previous page's. Omit it or repeat the same value.".to_owned(),
        ..foreign_cursor()
    }
}

fn of_token(problem: Problem) -> Problem {
    Problem {
        field: problem.field.map(|_| "page.token".to_owned()),
        ..problem
    }
}
