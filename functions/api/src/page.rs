//! Pages of lists.

use axum::Json;
use roster_domain::Snapshot;
use roster_table::{Cursor, List, Part, ReadError, Record};

use crate::limits;
use crate::viewer::Viewer;
use roster_http::limits::LONGEST_PAGE;
use roster_http::{ListPage, PageRequest, Problem, Purpose, clock, foreign_cursor};

/// A list and what its cursors are bound to.
#[derive(Debug)]
pub struct Listing<'a> {
    /// The list.
    pub list: List,
    /// What a cursor is bound to in addition to the caller: the route, its ids and the filters.
    pub question: &'a [&'a str],
    /// Whether the list includes pending and removed entities.
    pub absent: bool,
}

/// Where a page starts.
enum Start {
    /// After this many built-in items.
    BuiltIn(usize),
    /// After the built-in items, at this place of the list.
    Listed(Cursor),
}

/// Begins the text of [`Start::BuiltIn`]. No cursor begins with it.
const BUILT_IN: &str = "built-in ";

impl Start {
    fn to_text(&self, list: &List) -> String {
        match self {
            Self::BuiltIn(number) => format!("{BUILT_IN}{number}"),
            Self::Listed(cursor) => cursor.to_text(list),
        }
    }
}

/// The result of a route that returns a list.
pub type PageResult<T> = Result<Json<ListPage<T>>, Problem>;

impl Viewer<'_> {
    /// Returns a page of a list that the caller may read. `view` converts each record; records for
    /// which it returns `None` are skipped, and later records fill the page.
    pub async fn page<T>(
        &mut self,
        listing: Listing<'_>,
        asked: PageRequest,
        view: impl FnMut(&Record, &Snapshot) -> Option<T>,
    ) -> PageResult<T> {
        self.page_after(Vec::new(), listing, asked, view).await
    }

    /// Returns a page of built-in items followed by a list. The limit counts both.
    pub async fn page_after<T>(
        &mut self,
        built_in: Vec<T>,
        listing: Listing<'_>,
        asked: PageRequest,
        view: impl FnMut(&Record, &Snapshot) -> Option<T>,
    ) -> PageResult<T> {
        let purpose = Purpose::new(&self.caller, listing.question);
        let count = built_in.len();
        let start = match &asked.cursor {
            None => Start::BuiltIn(0),
            Some(text) => self.start(&purpose, &listing.list, text).await?,
        };
        let (before, from) = match start {
            Start::BuiltIn(before) => (before, None),
            Start::Listed(cursor) => (count, Some(cursor)),
        };
        let limit = usize::from(asked.limit);
        let mut items: Vec<_> = built_in.into_iter().skip(before).take(limit).collect();
        let behind = before + items.len();
        let room = asked.limit - u16::try_from(items.len()).unwrap_or(asked.limit);
        let next = if behind < count || (room == 0 && self.goes_on(&listing, None).await?) {
            Some(Start::BuiltIn(behind))
        } else if room == 0 {
            None
        } else {
            let (listed, next) = self.fill(&listing, from, room, view).await?;
            items.extend(listed);
            next.map(Start::Listed)
        };
        let next = match next {
            None => None,
            Some(next) => {
                let place = next.to_text(&listing.list);
                let now = clock::since_1970().as_secs();
                Some(self.api.sealer.seal(&purpose, &place, now).await?)
            }
        };
        Ok(Json(ListPage {
            items,
            complete: next.is_none(),
            next,
            consistent: listing.list.is_consistent(),
        }))
    }

    async fn start(&self, purpose: &Purpose, list: &List, text: &str) -> Result<Start, Problem> {
        let now = clock::since_1970().as_secs();
        let place = self.api.sealer.open(purpose, text, now).await?;
        let start = match place.strip_prefix(BUILT_IN) {
            Some(number) => number.parse().ok().map(Start::BuiltIn),
            None => Cursor::parse(&place, list).ok().map(Start::Listed),
        };
        start.ok_or_else(foreign_cursor)
    }

    /// Reads until there are `limit` items, the list ends, or the remaining budget is too small for
    /// one more item.
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
        // One more than the limit shows whether more may follow.
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
                let visible = some.iter().filter(|r| !self.is_former(r));
                items.extend(visible.filter_map(|record| view(record, snapshot)));
                if items.len() == limit {
                    let goes_on = !rest.is_empty()
                        || (slice.next.is_some() && self.goes_on(listing, slice.next).await?);
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
            // If many records are skipped, read more of them at a time.
            part = part.saturating_mul(2);
        }
    }

    /// Returns whether the list has any record from there on. Entities that the query leaves out do
    /// not count. Returns true if the budget ends before this is known.
    async fn goes_on(
        &mut self,
        listing: &Listing<'_>,
        mut from: Option<Cursor>,
    ) -> Result<bool, Problem> {
        let mut part = limits::LOOK_AHEAD;
        loop {
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
            if slice.next.is_none() {
                return Ok(false);
            }
            from = slice.next;
            part = part.saturating_mul(2);
        }
    }

    /// Limits a number of entities to what the remaining budget allows; `None` if that is zero.
    fn affordable(&self, list: &List, wanted: usize) -> Option<u16> {
        let most = self.reader.left().saturating_sub(1) / list.keys_each();
        let size = wanted.min(most).min(usize::from(LONGEST_PAGE) + 1);
        u16::try_from(size).ok().filter(|size| *size > 0)
    }
}
