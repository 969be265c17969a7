//! What belongs to an entity, read to the end.

use anyhow::Result;
use roster_domain::{Entity, Snapshot};
use roster_table::{List, Part, ReadError, Record, Table};
use serde_json::{Value, json};

use super::show::{described, ids_beside};
use crate::commands::output::{self, ALL};
use crate::directory::contents;

/// A list with the word for it.
pub type Named = (&'static str, List);

/// The lists of what belongs to an entity.
pub fn lists_of(entity: &Entity) -> Vec<Named> {
    match entity {
        Entity::User(id) => vec![
            ("organizations", List::UserOrganizations(id.clone())),
            ("teams", List::UserTeams(id.clone())),
            ("projects", List::UserProjects(id.clone())),
        ],
        Entity::Organization(id) => vec![
            ("members", List::OrganizationUsers(id.clone())),
            ("teams", List::OrganizationTeams(id.clone())),
            ("projects", List::OrganizationProjects(id.clone())),
        ],
        Entity::Team { organization, team } => vec![
            (
                "members",
                List::TeamUsers(organization.clone(), team.clone()),
            ),
            (
                "projects",
                List::TeamProjects(organization.clone(), team.clone()),
            ),
        ],
        Entity::Project(id) => vec![
            ("users", List::ProjectUsers(id.clone())),
            ("teams", List::ProjectTeams(id.clone())),
        ],
        _ => Vec::new(),
    }
}

/// A whole list.
pub struct Listed {
    /// The word for it.
    pub name: &'static str,
    /// What is in it.
    pub records: Vec<Record>,
    /// Whether it is strongly consistent.
    pub consistent: bool,
    snapshot: Snapshot,
}

impl Listed {
    /// Follows the pages to the end.
    pub async fn read(table: &Table, name: &'static str, list: &List) -> Result<Self, ReadError> {
        let mut listed = Self {
            name,
            records: Vec::new(),
            consistent: list.is_consistent(),
            snapshot: Snapshot::default(),
        };
        let mut part = Part::default();
        loop {
            let page = table.list(list, part).await?;
            listed.records.extend(page.records);
            listed.snapshot.extend(page.snapshot);
            if page.next.is_none() {
                return Ok(listed);
            }
            part = Part {
                from: page.next,
                ..Part::default()
            };
        }
    }

    /// The list of `of`, whose own ids are left out.
    pub fn json(&self, of: Option<&Entity>) -> Value {
        let one = |record: &Record| {
            let mut object = contents(&record.value);
            for (name, id) in ids_beside(&record.entity, of) {
                object.insert(name.to_owned(), json!(id));
            }
            for other in self.others(record, of) {
                let known = self.snapshot.get(&other).map(contents);
                object.insert(other.kind().name().to_owned(), json!(known));
            }
            let obstacle = self.snapshot.obstacle(&record.entity);
            object.insert("effective".to_owned(), json!(obstacle.is_none()));
            Value::from(object)
        };
        self.records.iter().map(one).collect()
    }

    /// Prints the list of `of`.
    pub fn print(&self, of: Option<&Entity>) -> Result<()> {
        let lags = if self.consistent {
            ""
        } else {
            ", from the index, which may lag"
        };
        let title = format!("{}{lags}", output::title(self.name));
        let header = ["id", "what it is", "refers to", "effective"];
        let rows = self.records.iter().map(|record| {
            let ids = ids_beside(&record.entity, of);
            let ids: Vec<_> = ids.into_iter().map(|(_, id)| id).collect();
            let names = self.others(record, of).into_iter().map(|other| {
                let known = self.snapshot.get(&other).map(described);
                known.unwrap_or_else(|| format!("{other} is not known yet"))
            });
            let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
            let effective = match self.snapshot.obstacle(&record.entity) {
                None => "yes".to_owned(),
                Some(obstacle) => format!("no, without {obstacle}"),
            };
            [
                ids.join(" "),
                described(&record.value),
                names.join(", "),
                effective,
            ]
        });
        output::table(&title, header, rows, ALL)
    }

    /// What a relationship refers to, but for the entity whose list this is.
    fn others(&self, record: &Record, of: Option<&Entity>) -> Vec<Entity> {
        let mut others = roster_domain::refers_to(&record.entity, Some(&record.value));
        others.retain(|other| Some(other) != of);
        others
    }
}
