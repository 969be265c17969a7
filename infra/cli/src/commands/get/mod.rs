//! `roster get`.

mod built_in;
mod claims;
mod lists;
mod show;

use anyhow::Result;
use clap::{Args, Subcommand};
use roster_domain::{
    Entity, Form, InvalidText, OrganizationId, PermissionId, ProjectId, RoleId, TeamId, UserId,
};
use roster_table::{List, ReadError, Reader, Table};

use super::aws::AwsSettings;
use super::exit::NothingFound;
use super::output;
use super::place::TablePlace;
use built_in::BuiltIn;
use lists::{Listed, lists_of};
use show::{EntityAnswer, ListsAnswer};

/// Look at an entity, at all roles or permissions, or at who claims an email or a name.
#[derive(Debug, Args)]
pub struct Get {
    #[command(subcommand)]
    command: GetCommand,
    /// Print one JSON object, which shows entities and lists as the HTTP API does.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    place: TablePlace,
    #[command(flatten)]
    aws: AwsSettings,
}

macro_rules! id {
    ($id:ty) => {
        |text: &str| -> Result<$id, InvalidText> { <$id>::parse(text) }
    };
}

fn email(text: &str) -> Result<String, InvalidText> {
    Form::Email.valid(text).map(str::to_owned)
}

#[derive(Debug, Subcommand)]
enum GetCommand {
    /// A user, and the organizations, teams and projects it belongs to.
    User {
        /// Its id.
        #[arg(value_parser = id!(UserId))]
        id: UserId,
    },
    /// An organization, and its members, teams and projects.
    Organization {
        /// Its id.
        #[arg(value_parser = id!(OrganizationId))]
        id: OrganizationId,
    },
    /// A team, and its members and projects.
    Team {
        /// The id of its organization.
        #[arg(value_parser = id!(OrganizationId))]
        organization: OrganizationId,
        /// Its id.
        #[arg(value_parser = id!(TeamId))]
        id: TeamId,
    },
    /// A project, and its users and teams.
    Project {
        /// Its id.
        #[arg(value_parser = id!(ProjectId))]
        id: ProjectId,
    },
    /// A role, built-in or custom.
    Role {
        /// Its id.
        #[arg(value_parser = id!(RoleId))]
        id: RoleId,
    },
    /// A permission, built-in or custom.
    Permission {
        /// Its id.
        #[arg(value_parser = id!(PermissionId))]
        id: PermissionId,
    },
    /// All roles, the built-in ones first.
    Roles,
    /// All permissions, the built-in ones first.
    Permissions,
    /// Who owns an email, and who else claims it.
    Email {
        /// The email; case is ignored.
        #[arg(value_parser = email)]
        email: String,
    },
    /// Which organization owns a name, and which others claim it.
    Name {
        /// The name; case is ignored.
        name: String,
    },
}

impl Get {
    pub async fn run(self) -> Result<()> {
        let place = self.place.open(&self.aws).await?;
        let answer = self.answer(&place.table).await;
        answer.map_err(|error| {
            if error.is::<ReadError>() {
                error.context(place.cannot_ask)
            } else {
                error
            }
        })
    }

    async fn answer(&self, table: &Table) -> Result<()> {
        let entity = match &self.command {
            GetCommand::User { id } => Entity::User(id.clone()),
            GetCommand::Organization { id } => Entity::Organization(id.clone()),
            GetCommand::Team { organization, id } => Entity::Team {
                organization: organization.clone(),
                team: id.clone(),
            },
            GetCommand::Project { id } => Entity::Project(id.clone()),
            GetCommand::Role { id } => Entity::Role(id.clone()),
            GetCommand::Permission { id } => Entity::Permission(id.clone()),
            GetCommand::Roles => return self.list(table, "roles", List::Roles).await,
            GetCommand::Permissions => {
                return self.list(table, "permissions", List::Permissions).await;
            }
            GetCommand::Email { email } => {
                let list = List::EmailClaims(email.clone());
                return claims::show(table, "email", email, list, self.json).await;
            }
            GetCommand::Name { name } => {
                let list = List::NameClaims(name.clone());
                return claims::show(table, "name", name, list, self.json).await;
            }
        };
        match BuiltIn::of(&entity) {
            Some(built_in) if self.json => output::json(&built_in.view()),
            Some(built_in) => output::paragraph(&built_in.headline()),
            None => self.entity(table, &entity).await,
        }
    }

    async fn entity(&self, table: &Table, entity: &Entity) -> Result<()> {
        let mut reader = Reader::new(table, usize::MAX);
        reader.read([entity.clone()]).await?;
        let found = reader.record(entity);
        let record = found.filter(|record| record.is_present());
        let mut lists = Vec::new();
        for (name, list) in lists_of(entity) {
            lists.push(Listed::read(table, name, list).await?);
        }
        if record.is_none() && lists.iter().all(|listed| listed.records.is_empty()) {
            // Without lists, nobody looked for what refers to it.
            let alone = match &*lists {
                [] => "",
                _ => ", and nothing refers to it",
            };
            return Err(NothingFound(format!("{entity} does not exist{alone}")).into());
        }
        if self.json {
            let answer = EntityAnswer::new(entity, record, reader.snapshot(), &lists);
            return output::json(&answer);
        }
        output::paragraph(&show::headline(entity, record))?;
        lists
            .iter()
            .try_for_each(|listed| listed.print(Some(entity)))
    }

    async fn list(&self, table: &Table, name: &'static str, list: List) -> Result<()> {
        let listed = Listed::read(table, name, list).await?;
        if self.json {
            return output::json(&ListsAnswer::new(&[listed]));
        }
        listed.print(None)
    }
}
