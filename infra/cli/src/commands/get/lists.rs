//! What belongs to an entity, read to the end.

use anyhow::Result;
use api::view::EntityView;
use roster_domain::{Entity, Snapshot};
use roster_table::{List, Part, ReadError, Record, Table};

use super::built_in::BuiltIn;
use super::show::{described, ids_beside};
use crate::commands::output::{self, ALL};
use crate::commands::table::Column;

/// A list with its name, which is the last part of its path in the API.
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
            ("users", List::OrganizationUsers(id.clone())),
            ("teams", List::OrganizationTeams(id.clone())),
            ("projects", List::OrganizationProjects(id.clone())),
        ],
        Entity::Team { organization, team } => vec![
            ("users", List::TeamUsers(organization.clone(), team.clone())),
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
    /// Its name.
    pub name: &'static str,
    list: List,
    /// What is in it.
    pub records: Vec<Record>,
    /// Whether it is strongly consistent.
    pub consistent: bool,
    snapshot: Snapshot,
}

impl Listed {
    /// Follows the pages to the end.
    pub async fn read(table: &Table, name: &'static str, list: List) -> Result<Self, ReadError> {
        let mut listed = Self {
            name,
            records: Vec::new(),
            consistent: list.is_consistent(),
            list,
            snapshot: Snapshot::default(),
        };
        let mut part = Part::default();
        loop {
            let page = table.list(&listed.list, part).await?;
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

    /// What is in it, as the API's list shows it: the built-in ones first.
    pub fn views(&self) -> Vec<EntityView> {
        let view = |record| match self.list {
            List::UserProjects(_) => EntityView::of_user_project(record, &self.snapshot),
            _ => EntityView::of(record, &self.snapshot),
        };
        let built_in = BuiltIn::all(&self.list).into_iter();
        let built_in = built_in.map(BuiltIn::view);
        built_in.chain(self.records.iter().map(view)).collect()
    }

    /// Prints the list of `of`.
    pub fn print(&self, of: Option<&Entity>) -> Result<()> {
        let lags = if self.consistent {
            ""
        } else {
            ", from the index, which may lag"
        };
        let title = format!("{}{lags}", output::title(self.name));
        let header = [
            Column::whole("id"),
            "what it is".into(),
            "refers to".into(),
            "effective".into(),
        ];
        let built_in = BuiltIn::all(&self.list).into_iter();
        let mut rows: Vec<_> = built_in.map(BuiltIn::row).collect();
        rows.extend(self.records.iter().map(|record| {
            let others = self.others(record, of).into_iter().map(|other| {
                let known = self.snapshot.get(&other).map(described);
                known.unwrap_or_else(|| format!("{other} does not exist"))
            });
            let references: Vec<_> = others.filter(|text| !text.is_empty()).collect();
            let effective = match self.snapshot.obstacle(&record.entity) {
                None => "yes".to_owned(),
                Some(obstacle) => format!("no: {obstacle}"),
            };
            [
                ids_beside(&record.entity, of).join(" "),
                described(&record.value),
                references.join(", "),
                effective,
            ]
        }));
        output::table(&title, header, rows.into_iter(), ALL)
    }

    /// What a relationship refers to, but for the entity whose list this is.
    fn others(&self, record: &Record, of: Option<&Entity>) -> Vec<Entity> {
        let mut others = roster_domain::refers_to(&record.entity, Some(&record.value));
        others.retain(|other| Some(other) != of);
        others
    }
}
