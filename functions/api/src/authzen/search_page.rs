//! Pages of a search.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::question::stated;
use super::schema::{PageAnswer, Results};
use crate::cursor;
use crate::limits;
use crate::problem::Problem;

/// Which part is asked for.
#[derive(Debug)]
pub struct Asked<P> {
    /// Where it begins; at the beginning without one.
    pub from: Option<P>,
    /// Most candidates to look at.
    pub limit: u16,
}

/// Reads the part that a body asks for. `question` is what the token has to have been given for;
/// the limit may change from page to page.
pub fn asked<P: DeserializeOwned>(
    body: &Map<String, Value>,
    question: &str,
) -> Result<Asked<P>, Problem> {
    let mut asked = Asked {
        from: None,
        limit: limits::PAGE,
    };
    let page = match stated(body, "page") {
        None => return Ok(asked),
        Some(Value::Object(page)) => page,
        Some(_) => return Err(Problem::invalid("page", "Expected an object.")),
    };
    if let Some(limit) = stated(page, "limit") {
        let expected = || Problem::invalid("page.limit", "Expected a whole number from 0.");
        // As JSON has no whole numbers of its own, 1.0 is one.
        let whole = limit
            .as_f64()
            .filter(|limit| *limit >= 0.0 && limit.fract() == 0.0);
        let whole = whole.ok_or_else(expected)?;
        let most = f64::from(limits::LONGEST_PAGE);
        if whole > 0.0 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole and from 1 to the longest page"
            )]
            let limit = whole.min(most) as u16;
            asked.limit = limit;
        }
    }
    match stated(page, "properties") {
        None | Some(Value::Object(_)) => {}
        Some(_) => return Err(Problem::invalid("page.properties", "Expected an object.")),
    }
    match stated(page, "token") {
        None => {}
        // What the last page says; a caller that goes on begins again.
        Some(Value::String(token)) if token.is_empty() => {}
        Some(Value::String(token)) => {
            let place = cursor::open(question, token).map_err(of_token)?;
            let place = serde_json::from_str(&place);
            asked.from = Some(place.map_err(|_| of_token(cursor::foreign()))?);
        }
        Some(_) => return Err(Problem::invalid("page.token", "Expected a string.")),
    }
    Ok(asked)
}

/// What was found, and where the next page begins.
pub fn results<T, P: Serialize>(results: Vec<T>, question: &str, next: Option<&P>) -> Results<T> {
    let place = next.and_then(|next| serde_json::to_string(next).ok());
    let next_token = place.map(|place| cursor::seal(question, &place));
    Results {
        page: PageAnswer {
            next_token: next_token.unwrap_or_default(),
        },
        results,
    }
}

fn of_token(problem: Problem) -> Problem {
    Problem {
        field: Some("page.token".to_owned()),
        ..problem
    }
}
