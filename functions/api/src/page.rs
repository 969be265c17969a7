//! Lists, page by page.

use axum::Json;
use roster_domain::Snapshot;
use roster_table::{List, Part, ReadError, Record, ServiceErrorKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::cursor;
use crate::problem::Problem;
use crate::query::Asked;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is in it. It may be empty and yet not be the last one.
    pub items: Vec<T>,
    /// Where the next page begins: the parameter `cursor` of the same question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
    /// Whether this is the last page.
    pub complete: bool,
    /// Whether everything acknowledged before the question is in the answer. What comes from the
    /// index lags by a moment.
    pub consistent: bool,
}

/// A list, and what it is called in its cursors.
#[derive(Debug)]
pub struct Listing<'a> {
    /// The list.
    pub list: List,
    /// The route and the ids in it.
    pub question: &'a [&'a str],
    /// Whether pending and removed entities are in it.
    pub absent: bool,
}

impl Api {
    /// A page of a list, each record as `view` makes it; what that leaves out is left out.
    pub async fn page<T>(
        &self,
        listing: Listing<'_>,
        asked: Asked,
        mut view: impl FnMut(&Record, &Snapshot) -> Option<T>,
    ) -> Result<Page<T>, Problem> {
        let Listing {
            list,
            question,
            absent,
        } = listing;
        let question = question.join("\n");
        let open = |text: &String| cursor::place(&list, &cursor::open(&question, text)?);
        let from = asked.cursor.as_ref().map(open).transpose()?;
        let continues = from.is_some();
        let part = Part {
            from,
            limit: Some(asked.limit),
            absent,
        };
        let page = match self.table.list(&list, part).await {
            // DynamoDB refuses a key that cannot be one of the list's.
            Err(ReadError::Service(error))
                if continues && error.kind == ServiceErrorKind::Refused =>
            {
                return Err(cursor::foreign());
            }
            page => page?,
        };
        let items = page.records.iter();
        let next = page.next.as_ref();
        Ok(Page {
            items: items
                .filter_map(|record| view(record, &page.snapshot))
                .collect(),
            complete: next.is_none(),
            next: next.map(|next| cursor::seal(&question, &next.to_text())),
            consistent: page.consistent,
        })
    }
}

/// What a route that lists answers.
pub type Answer<T> = Result<Json<Page<T>>, Problem>;
