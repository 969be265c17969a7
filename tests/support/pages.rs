//! Lists of a table, followed to their end.

use roster_table::{List, Page, Part, Record, Table};

/// Every page of a list, in parts of so many if that is said.
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

/// Everything in a list.
pub async fn all(table: &Table, list: &List) -> Vec<Record> {
    let pages = pages(table, list, None).await;
    pages.into_iter().flat_map(|page| page.records).collect()
}
