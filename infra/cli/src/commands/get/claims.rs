//! Who owns an email or a name, and who else claims it.

use anyhow::Result;
use roster_table::{List, Record, Table};
use serde::Serialize;

use super::lists::Listed;
use super::show::{ListsAnswer, described};
use crate::commands::exit::NothingFound;
use crate::commands::output::{self, ALL};
use crate::commands::table::Column;

/// The claims to one value.
#[derive(Serialize)]
struct ClaimsAnswer<'a> {
    /// The id of the owner.
    owner: &'a str,
    /// The owner's claim, and then the others.
    #[serde(flatten)]
    claims: ListsAnswer,
}

/// Shows who claims a value, `what` being an email or a name.
pub async fn show(table: &Table, what: &str, value: &str, list: List, json: bool) -> Result<()> {
    let listed = Listed::read(table, "claims", list).await?;
    let Some((owner, others)) = listed.records.split_first() else {
        return Err(NothingFound(format!("nobody claims the {what} {value}")).into());
    };
    if json {
        let ids = owner.entity.ids();
        return output::json(&ClaimsAnswer {
            owner: ids.first().copied().unwrap_or_default(),
            claims: ListsAnswer::new(std::slice::from_ref(&listed)),
        });
    }
    output::paragraph(&format!(
        "The {what} belongs to {}: {}",
        owner.entity,
        described(&owner.value)
    ))?;
    if others.is_empty() {
        return output::paragraph("Nobody else claims it, by the index, which may lag.");
    }
    let row = |record: &Record| [record.entity.ids().join(" "), described(&record.value)];
    output::table(
        "Others that claim it, by the index, which may lag",
        [Column::whole("id"), "what it is".into()],
        others.iter().map(row),
        ALL,
    )
}
