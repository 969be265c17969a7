//! Pages of all users and of all organizations, in the order of their names.

use axum::Json;
use roster_table::{NameList, NamePlace, ReadError, Record};

use crate::limits;
use crate::page::PageResult;
use crate::viewer::Viewer;
use roster_http::{ListPage, PageRequest, Params, Problem, Purpose, clock, foreign_cursor};

/// The query parameter that filters by the beginning of the name.
pub const NAME_PREFIX: &str = "namePrefix";

/// Reads the parameter `namePrefix`; empty if it is not given.
pub fn name_prefix(params: &Params) -> Result<&str, Problem> {
    match params.get(NAME_PREFIX) {
        None => Ok(""),
        Some(prefix) if (1..=roster_domain::limits::NAME).contains(&prefix.len()) => Ok(prefix),
        Some(_) => Err(Problem::invalid(NAME_PREFIX, "Expected 1 to 1024 bytes.")),
    }
}

impl Viewer<'_> {
    /// Returns a page of a list of names. Entities come from the index, which lags; each is read
    /// again, and those that are gone or have another name by now are left out. A cursor is bound to
    /// the caller and to `question`.
    pub async fn names<T>(
        &mut self,
        list: NameList,
        question: &[&str],
        asked: PageRequest,
        view: impl Fn(&Record) -> T,
    ) -> PageResult<T> {
        let purpose = Purpose::new(&self.caller, question);
        let now = clock::since_1970().as_secs();
        let after = match &asked.cursor {
            None => None,
            Some(text) => {
                let place = self.api.sealer.open(&purpose, text, now).await?;
                Some(NamePlace::parse(&place, &list).map_err(|_| foreign_cursor())?)
            }
        };
        let (items, next) = self.named(list, after, asked.limit, view).await?;
        let next = match next {
            None => None,
            Some(place) => {
                let sealed = self.api.sealer.seal(&purpose, place.as_str(), now);
                Some(sealed.await?)
            }
        };
        Ok(Json(ListPage {
            items,
            complete: next.is_none(),
            next,
            consistent: false,
        }))
    }

    /// Reads until there are `limit` items, the list ends, or the remaining budget is too small for
    /// one more item. Returns the place of the last item if more may follow.
    async fn named<T>(
        &mut self,
        list: NameList,
        mut last: Option<NamePlace>,
        limit: u16,
        view: impl Fn(&Record) -> T,
    ) -> Result<(Vec<T>, Option<NamePlace>), Problem> {
        let limit = usize::from(limit);
        let mut names = list.clone().after(last.as_ref());
        let mut items = Vec::new();
        loop {
            let affordable = self.reader.left().saturating_sub(limits::NAMES_RESERVE);
            let wanted = (limit - items.len()).min(affordable / limits::KEYS_OF_NAME);
            if wanted == 0 {
                return match last {
                    Some(last) => Ok((items, Some(last))),
                    None => Err(ReadError::OverBudget.into()),
                };
            }
            let places = names.next(&self.reader, wanted).await?;
            let entities = places.iter().map(|place| place.entity.clone());
            self.reader.fetch(entities).await?;
            let records = places.iter();
            let records = records.filter_map(|place| self.reader.record(&place.entity));
            let present = records.filter(|record| record.is_present() && list.includes(record));
            items.extend(present.map(&view));
            let ended = places.len() < wanted;
            last = places.into_iter().next_back().or(last);
            if ended || (items.len() == limit && !names.goes_on(&self.reader).await?) {
                return Ok((items, None));
            }
            if items.len() == limit {
                return Ok((items, last));
            }
        }
    }
}
