//! Reads lists of a table to their end.

use roster_table::{List, Page, Part, Record, Table};

/// All pages of a list, with this limit for each, if any.
pub async fn pages(table: &Table, list: &List, limit: Option<u16>) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut from = None;
    loop {
        let part = Part {
            from,
            limit,
            ..Part::default()
        };
        let page = table.list(list, part).await.unwrap();
        from = page.next.clone();
        pages.push(page);
        if from.is_none() {
            return pages;
        }
    }
}

/// All entities in a list.
pub async fn all(table: &Table, list: &List) -> Vec<Record> {
    let pages = pages(table, list, None).await;
    pages.into_iter().flat_map(|page| page.records).collect()
}
