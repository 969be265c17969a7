//! Lists, page by page.

use axum::Json;
use roster_domain::Snapshot;
use roster_table::{Cursor, List, Part, ReadError, Record};

use crate::limits;
use crate::viewer::Viewer;
use roster_http::limits::LONGEST_PAGE;
use roster_http::{ListPage, PageRequest, Problem, Purpose, clock, foreign_cursor};

/// A list, and which question it answers.
#[derive(Debug)]
pub struct Listing<'a> {
    /// The list.
    pub list: List,
    /// What a cursor is bound to beside the caller: the route, the ids in it, and the filters.
    pub question: &'a [&'a str],
    /// Whether pending and removed entities are in it.
    pub absent: bool,
}

/// What a route that lists answers.
pub type PageResult<T> = Result<Json<ListPage<T>>, Problem>;

impl Viewer<'_> {
    /// A page of a list that the caller may read, each record as `view` makes it; what that leaves
    /// out is left out, and the page is filled with what follows.
    pub async fn page<T>(
        &mut self,
        listing: Listing<'_>,
        asked: PageRequest,
        view: impl FnMut(&Record, &Snapshot) -> Option<T>,
    ) -> PageResult<T> {
        let purpose = Purpose::new(&self.caller, listing.question);
        let from = match &asked.cursor {
            None => None,
            Some(text) => Some(self.place(&purpose, &listing.list, text).await?),
        };
        let (items, next) = self.fill(&listing, from, asked.limit, view).await?;
        let next = match next {
            None => None,
            Some(next) => {
                let place = next.to_text(&listing.list);
                Some(
                    self.api
                        .sealer
                        .seal(&purpose, &place, clock::since_1970().as_secs())
                        .await?,
                )
            }
        };
        Ok(Json(ListPage {
            items,
            complete: next.is_none(),
            next,
            consistent: listing.list.is_consistent(),
        }))
    }

    async fn place(&self, purpose: &Purpose, list: &List, text: &str) -> Result<Cursor, Problem> {
        let place = self
            .api
            .sealer
            .open(purpose, text, clock::since_1970().as_secs())
            .await?;
        Cursor::parse(&place, list).map_err(|_| foreign_cursor())
    }

    /// Reads on until there are `limit` items, the list ends, or what is left of the budget does
    /// not suffice for one more.
    async fn fill<T>(
        &mut self,
        listing: &Listing<'_>,
        mut from: Option<Cursor>,
        limit: u16,
        mut view: impl FnMut(&Record, &Snapshot) -> Option<T>,
    ) -> Result<(Vec<T>, Option<Cursor>), Problem> {
        let Listing { list, absent, .. } = listing;
        let limit = usize::from(limit);
        let mut items = Vec::new();
        // One more than is wanted tells whether more may follow.
        let mut part = limit + 1;
        loop {
            let Some(size) = self.affordable(list, part) else {
                return match from {
                    Some(_) => Ok((items, from)),
                    None => Err(ReadError::OverBudget.into()),
                };
            };
            let asked = Part {
                from,
                limit: Some(size),
                absent: *absent,
            };
            let slice = self.slice(list, asked).await?;
            let mut left = slice.records.as_slice();
            while !left.is_empty() {
                let wanted = (limit - items.len()).min(left.len());
                let (some, rest) = left.split_at(wanted);
                let entities = some.iter().map(|record| record.entity.clone());
                self.reader.read(entities).await?;
                let snapshot = self.reader.snapshot();
                items.extend(some.iter().filter_map(|record| view(record, snapshot)));
                if items.len() == limit {
                    let goes_on = !rest.is_empty() || self.goes_on(listing, slice.next).await?;
                    let last = some.last().filter(|_| goes_on);
                    let next = last.and_then(|record| Cursor::behind(list, &record.entity));
                    return Ok((items, next));
                }
                left = rest;
            }
            from = slice.next;
            if from.is_none() {
                return Ok((items, None));
            }
            // Where many are left out, look further at a time.
            part = part.saturating_mul(2);
        }
    }

    /// Whether anything follows, which entities that are left out must not look like. When the
    /// budget ends before that is known, it does.
    async fn goes_on(
        &mut self,
        listing: &Listing<'_>,
        mut from: Option<Cursor>,
    ) -> Result<bool, Problem> {
        let mut part = limits::LOOK_AHEAD;
        while from.is_some() {
            let Some(size) = self.affordable(&listing.list, part) else {
                return Ok(true);
            };
            let asked = Part {
                from,
                limit: Some(size),
                absent: listing.absent,
            };
            let slice = self.slice(&listing.list, asked).await?;
            if !slice.records.is_empty() {
                return Ok(true);
            }
            from = slice.next;
            part = part.saturating_mul(2);
        }
        Ok(false)
    }

    /// How many entities of a list the request may still look at, of those it would.
    fn affordable(&self, list: &List, wanted: usize) -> Option<u16> {
        let most = self.reader.left().saturating_sub(1) / list.keys_each();
        let size = wanted.min(most).min(usize::from(LONGEST_PAGE) + 1);
        u16::try_from(size).ok().filter(|size| *size > 0)
    }
}
