//! `roster get`.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use roster_domain::{InvalidText, OrganizationId, UserId};
use roster_table::{Cursor, Member, Page, Place, ReadError, Table};
use serde_json::json;

use super::output::{self, ALL};
use super::place::TablePlace;

/// Look at a user or an organization.
#[derive(Debug, Args)]
pub struct Get {
    #[command(subcommand)]
    what: What,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    place: TablePlace,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A user, and the organizations it belongs to.
    User {
        /// Its id.
        #[arg(value_parser = |text: &str| -> Result<_, InvalidText> { UserId::parse(text) })]
        id: UserId,
    },
    /// An organization, and its members.
    Organization {
        /// Its id.
        #[arg(value_parser = |text: &str| -> Result<_, InvalidText> { OrganizationId::parse(text) })]
        id: OrganizationId,
    },
}

impl Get {
    pub async fn run(self) -> Result<()> {
        let table = self.place.table().await;
        let answer = match &self.what {
            What::User { id } => user(&table, id, self.json).await,
            What::Organization { id } => organization(&table, id, self.json).await,
        };
        match answer {
            Err(error) if error.is::<ReadError>() => Err(error.context(self.place.whom_it_asks())),
            answer => answer,
        }
    }
}

async fn organization(table: &Table, id: &OrganizationId, as_json: bool) -> Result<()> {
    let organization = table.organization(id).await?;
    let members: Vec<Member> = all(async |from| table.members(id, from).await).await?;
    if organization.is_none() && members.is_empty() {
        bail!("no organization {id} and no members of it are known");
    }
    let name = organization.map(|organization| organization.name);
    if as_json {
        let member = |member: &Member| {
            json!({
                "userId": member.membership.user.as_str(),
                "role": member.membership.role.as_str(),
                "user": member.user.as_ref().map(|u| json!({"name": u.name, "email": u.email})),
            })
        };
        let members: Vec<_> = members.iter().map(member).collect();
        return output::json(&json!({
            "id": id.as_str(),
            "name": name,
            "members": members,
            "consistent": true,
        }));
    }
    output::line(&title("Organization", id.as_str(), name.as_deref()))?;
    let row = |member: &Member| {
        let membership = &member.membership;
        let (name, email) = match &member.user {
            Some(user) => (user.name.clone(), user.email.clone()),
            None => ("not known yet".to_owned(), String::new()),
        };
        [
            membership.user.to_string(),
            membership.role.to_string(),
            name,
            email,
        ]
    };
    output::table(
        "Members",
        ["user", "role", "name", "email"],
        members.iter().map(row),
        ALL,
    )
}

async fn user(table: &Table, id: &UserId, as_json: bool) -> Result<()> {
    let user = table.user(id).await?;
    let places: Vec<Place> = all(async |from| table.places(id, from).await).await?;
    if user.is_none() && places.is_empty() {
        bail!("no user {id} and no membership of it are known");
    }
    if as_json {
        let place = |place: &Place| {
            json!({
                "organizationId": place.membership.organization.as_str(),
                "role": place.membership.role.as_str(),
                "organization": place.organization.as_ref().map(|o| json!({"name": o.name})),
            })
        };
        let places: Vec<_> = places.iter().map(place).collect();
        return output::json(&json!({
            "id": id.as_str(),
            "name": user.as_ref().map(|user| &user.name),
            "email": user.as_ref().map(|user| &user.email),
            "organizations": places,
            "consistent": false,
        }));
    }
    let name = user
        .as_ref()
        .map(|user| format!("{} <{}>", user.name, user.email));
    output::line(&title("User", id.as_str(), name.as_deref()))?;
    let row = |place: &Place| {
        let membership = &place.membership;
        let name = match &place.organization {
            Some(organization) => organization.name.clone(),
            None => "not known yet".to_owned(),
        };
        [
            membership.organization.to_string(),
            membership.role.to_string(),
            name,
        ]
    };
    let title = "Organizations, from the index, which may lag";
    output::table(
        title,
        ["organization", "role", "name"],
        places.iter().map(row),
        ALL,
    )
}

fn title(kind: &str, id: &str, name: Option<&str>) -> String {
    output::printable(&match name {
        Some(name) => format!("{kind} {id}: {name}"),
        None => format!("{kind} {id}, not known yet"),
    })
}

/// Follows the pages to the end.
async fn all<T>(
    page: impl AsyncFn(Option<Cursor>) -> Result<Page<T>, ReadError>,
) -> Result<Vec<T>, ReadError> {
    let mut items = Vec::new();
    let mut from = None;
    loop {
        let page = page(from).await?;
        items.extend(page.items);
        from = page.next;
        if from.is_none() {
            return Ok(items);
        }
    }
}
