//! The lists of the table, read page by page.

use aws_sdk_dynamodb::types::AttributeValue;
use roster_domain::{Entity, OrganizationId, ProjectId, Snapshot, Status, TeamId, UserId};

use roster_item::Record;
use roster_item::attribute::{GSI1PK, GSI1SK, PK, SK, STATUS};
use roster_item::key::{self, Key};

use crate::read::{Cursor, Reader};
use crate::sdk::record;
use crate::{INDEX, ReadError, ServiceError, Table};

/// A list: one partition of the table or of its index, and a prefix of sort keys. The crate's
/// README documents the key conditions under "Access patterns".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Memberships of an organization.
    OrganizationUsers(OrganizationId),
    /// Teams of an organization.
    OrganizationTeams(OrganizationId),
    /// Projects that an organization owns.
    OrganizationProjects(OrganizationId),
    /// Team members of a team.
    TeamUsers(OrganizationId, TeamId),
    /// Project teams of a team.
    TeamProjects(OrganizationId, TeamId),
    /// Teams with this id, in any organization.
    TeamsOfId(TeamId),
    /// Project users of a project.
    ProjectUsers(ProjectId),
    /// Project teams of a project.
    ProjectTeams(ProjectId),
    /// Memberships of a user.
    UserOrganizations(UserId),
    /// Memberships of this user in teams.
    UserTeams(UserId),
    /// Projects that a user owns, and the user's assignments to projects.
    UserProjects(UserId),
    /// All custom roles.
    Roles,
    /// All custom permissions.
    Permissions,
    /// Users that claim an email, ignoring case. The first one owns it.
    EmailClaims(String),
    /// Organizations that claim a name, ignoring case. The first one owns it.
    NameClaims(String),
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its entities, in the order of the keys. It may be empty without being the last page.
    pub records: Vec<Record>,
    /// What they refer to, strongly consistent, which shows which of them are effective.
    pub snapshot: Snapshot,
    /// Where the next page starts; none after the last page.
    pub next: Option<Cursor>,
    /// Whether the page reflects every write acknowledged before the request.
    pub consistent: bool,
}

/// The result of one `Query` of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The entities, in the order of the keys. Those from the index may have changed since.
    pub records: Vec<Record>,
    /// Where the list continues; none at its end.
    pub next: Option<Cursor>,
    /// The number of entities that DynamoDB read, including those it filtered out.
    pub scanned: usize,
}

/// The requested part of a list.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Where it starts; defaults to the beginning.
    pub from: Option<Cursor>,
    /// Most entities to read, tombstones included; defaults to as many as fit 1 MiB.
    pub limit: Option<u16>,
    /// Whether to include removed entities and those that wait for their put. The index contains
    /// neither.
    pub absent: bool,
}

/// The location of a list.
pub(crate) struct Place {
    /// Whether it is in the index, which is eventually consistent.
    pub index: bool,
    /// The partition.
    pub pk: String,
    /// The prefix of the sort keys.
    pub sk: &'static str,
}

impl List {
    /// Whether the list reflects every write acknowledged before the request. The index lags.
    pub fn is_consistent(&self) -> bool {
        !self.place().index
    }

    /// Most keys needed to return one entity of the list and whether it is effective: its entry
    /// in the list, itself if the list is in the index, and what it refers to apart from the
    /// list's owner.
    pub const fn keys_each(&self) -> usize {
        match self {
            Self::OrganizationTeams(_) | Self::Roles | Self::Permissions => 2,
            Self::OrganizationUsers(_) | Self::OrganizationProjects(_) => 2,
            Self::ProjectUsers(_) | Self::EmailClaims(_) | Self::NameClaims(_) => 2,
            Self::TeamUsers(..) | Self::ProjectTeams(_) | Self::UserOrganizations(_) => 3,
            Self::TeamsOfId(_) => 3,
            Self::TeamProjects(..) | Self::UserProjects(_) => 4,
            Self::UserTeams(_) => 5,
        }
    }

    pub(crate) fn place(&self) -> Place {
        let of = |entity: Entity| Key::of(&entity).pk;
        let organization = |id: &OrganizationId| of(Entity::Organization(id.clone()));
        let user = |id: &UserId| of(Entity::User(id.clone()));
        let project = |id: &ProjectId| of(Entity::Project(id.clone()));
        let (index, pk, sk) = match self {
            Self::OrganizationUsers(id) => (false, organization(id), key::USER),
            Self::OrganizationTeams(id) => (false, organization(id), key::TEAM),
            Self::OrganizationProjects(id) => (true, organization(id), key::PROJECT),
            Self::TeamUsers(id, team) => (false, key::of_team(id, team), key::USER),
            Self::TeamProjects(id, team) => (true, key::of_team(id, team), key::PROJECT),
            Self::TeamsOfId(team) => (true, key::of(key::TEAM, team), key::ORGANIZATION),
            Self::ProjectUsers(id) => (false, project(id), key::USER),
            Self::ProjectTeams(id) => (false, project(id), key::TEAM),
            Self::UserOrganizations(id) => (true, user(id), key::ORGANIZATION),
            Self::UserTeams(id) => (true, user(id), key::TEAM),
            Self::UserProjects(id) => (true, user(id), key::PROJECT),
            Self::Roles => (true, key::ROLES.to_owned(), key::ROLE),
            Self::Permissions => (true, key::PERMISSIONS.to_owned(), key::PERMISSION),
            Self::EmailClaims(email) => (true, key::of_claim(key::EMAIL, email), ""),
            Self::NameClaims(name) => (true, key::of_claim(key::NAME, name), ""),
        };
        Place { index, pk, sk }
    }
}

impl Table {
    /// Reads a part of a list with one `Query`, and what its entities refer to.
    pub async fn list(&self, list: &List, part: Part) -> Result<Page, ReadError> {
        let mut reader = Reader::unbounded(self);
        let Slice { records, next, .. } = reader.query(list, part).await?;
        if list.is_consistent() {
            reader.learn(records.iter().cloned());
        }
        let present = records.iter().filter(|record| record.is_present());
        let referring: Vec<_> = present.map(|record| record.entity.clone()).collect();
        reader.read(referring).await?;
        Ok(Page {
            snapshot: reader.into_snapshot(),
            records,
            next,
            consistent: list.is_consistent(),
        })
    }

    /// Reads a part of a list alone.
    pub(crate) async fn query(&self, list: &List, part: Part) -> Result<Slice, ReadError> {
        let Place { index, pk, sk } = list.place();
        let (pk_name, sk_name) = if index { (GSI1PK, GSI1SK) } else { (PK, SK) };
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(index.then(|| INDEX.to_owned()))
            .consistent_read(!index)
            .expression_attribute_names("#pk", pk_name)
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .set_limit(part.limit.map(i32::from))
            .set_exclusive_start_key(part.from.map(|cursor| cursor.into_key(list)));
        let condition = if sk.is_empty() {
            "#pk = :pk"
        } else {
            query = query
                .expression_attribute_names("#sk", sk_name)
                .expression_attribute_values(":sk", AttributeValue::S(sk.to_owned()));
            "#pk = :pk AND begins_with(#sk, :sk)"
        };
        if !index && !part.absent {
            let active = AttributeValue::S(Status::Active.name().to_owned());
            query = query
                .filter_expression("#status = :active")
                .expression_attribute_names("#status", STATUS)
                .expression_attribute_values(":active", active);
        }
        let query = query.key_condition_expression(condition);
        let output = query.send().await.map_err(ServiceError::from)?;
        let records = output.items().iter().map(record);
        let next = output.last_evaluated_key.as_ref();
        Ok(Slice {
            records: records.collect::<Result<_, _>>()?,
            next: next.map(|key| Cursor::after(key, index)).transpose()?,
            scanned: usize::try_from(output.scanned_count()).unwrap_or_default(),
        })
    }
}
