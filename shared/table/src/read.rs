//! The questions the table answers.
//!
//! | question | request | strongly consistent |
//! | --- | --- | --- |
//! | a user, an organization, a member | `GetItem` on the key | yes |
//! | members of an organization | `Query` on `PK = ORG#<id>`, `SK` begins with `USER#` | yes |
//! | organizations of a user | `Query` on the index, `GSI1PK = USER#<id>` | no, the index lags |
//!
//! The other end of each membership is read with `BatchGetItem`, strongly consistent.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use roster_domain::{Entity, OrganizationId, Role, Status, UserId};

use crate::attribute::{self as name, GSI1PK, PK, SK};
use crate::item::{Item, UnreadableItem, check_version, required, unreadable};
use crate::key::{self, Key};
use crate::{INDEX, ServiceError, Table};

/// Most keys in one `BatchGetItem` (DynamoDB API reference).
const BATCH_GET: usize = 100;

/// How often keys that DynamoDB left unprocessed are asked for again.
const BATCH_GET_ATTEMPTS: u32 = 8;

/// A present user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// Its email, as its producer wrote it.
    pub email: String,
}

/// A present organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// A present membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Where the user belongs.
    pub organization: OrganizationId,
    /// Who belongs there.
    pub user: UserId,
    /// What the user may do there.
    pub role: Role,
}

/// A membership seen from its organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership.
    pub membership: Membership,
    /// The user, if it is known and present.
    pub user: Option<User>,
}

/// A membership seen from its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The membership.
    pub membership: Membership,
    /// The organization, if it is known and present.
    pub organization: Option<Organization>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is in it. It may be empty and yet not be the last one.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last one.
    pub next: Option<Cursor>,
    /// Whether everything acknowledged before the question is in the answer.
    pub consistent: bool,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(Item);

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB did not answer as asked.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// An item there is not one of this version.
    #[error(transparent)]
    Unreadable(#[from] UnreadableItem),
}

impl Table {
    /// The user of that id, if it is present.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, ReadError> {
        let item = self.get(&Entity::User(id.clone())).await?;
        present(item.as_ref(), user)
    }

    /// The organization of that id, if it is present.
    pub async fn organization(
        &self,
        id: &OrganizationId,
    ) -> Result<Option<Organization>, ReadError> {
        let item = self.get(&Entity::Organization(id.clone())).await?;
        present(item.as_ref(), organization)
    }

    /// The membership of that user in that organization, if it is present. It says nothing of
    /// whether the two are.
    pub async fn membership(
        &self,
        organization: &OrganizationId,
        user: &UserId,
    ) -> Result<Option<Membership>, ReadError> {
        let entity = Entity::Membership {
            organization: organization.clone(),
            user: user.clone(),
        };
        let item = self.get(&entity).await?;
        present(item.as_ref(), membership)
    }

    /// A page of the present members of an organization, in the order of their ids.
    pub async fn members(
        &self,
        organization: &OrganizationId,
        from: Option<Cursor>,
    ) -> Result<Page<Member>, ReadError> {
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :user)")
            .filter_expression("#status = :active")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_names("#status", name::STATUS)
            .expression_attribute_values(":pk", text(key::of_organization(organization)))
            .expression_attribute_values(":user", text(key::USER))
            .expression_attribute_values(":active", text(Status::Active.name()))
            .set_exclusive_start_key(from.map(|Cursor(item)| item))
            .send()
            .await
            .map_err(ServiceError::from)?;
        let memberships = all(output.items(), membership)?;
        let users = memberships.iter().map(|m| Entity::User(m.user.clone()));
        let mut users = self.present_of(users, user).await?;
        let member = |membership: Membership| Member {
            user: users.remove(&Entity::User(membership.user.clone())),
            membership,
        };
        Ok(Page {
            items: memberships.into_iter().map(member).collect(),
            next: output.last_evaluated_key.map(Cursor),
            consistent: true,
        })
    }

    /// A page of the organizations a user is a present member of, in the order of their ids.
    pub async fn places(
        &self,
        user: &UserId,
        from: Option<Cursor>,
    ) -> Result<Page<Place>, ReadError> {
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", GSI1PK)
            .expression_attribute_values(":pk", text(key::of_user(user)))
            .set_exclusive_start_key(from.map(|Cursor(item)| item))
            .send()
            .await
            .map_err(ServiceError::from)?;
        let memberships = all(output.items(), membership)?;
        let ends = memberships
            .iter()
            .map(|m| Entity::Organization(m.organization.clone()));
        let mut ends = self.present_of(ends, organization).await?;
        let place = |membership: Membership| Place {
            organization: ends.remove(&Entity::Organization(membership.organization.clone())),
            membership,
        };
        Ok(Page {
            items: memberships.into_iter().map(place).collect(),
            next: output.last_evaluated_key.map(Cursor),
            consistent: false,
        })
    }

    pub(crate) async fn get(&self, entity: &Entity) -> Result<Option<Item>, ReadError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(Key::of(entity).into_attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(ServiceError::from)?;
        Ok(output.item)
    }

    /// Those of the entities that are present, which must all differ.
    async fn present_of<T>(
        &self,
        entities: impl Iterator<Item = Entity>,
        read: fn(&Item) -> Result<T, UnreadableItem>,
    ) -> Result<HashMap<Entity, T>, ReadError> {
        let entities: Vec<_> = entities.collect();
        let items = self.items_of(&entities).await?;
        let mut found = HashMap::new();
        for entity in entities {
            if let Some(value) = present(items.get(&Key::of(&entity)), read)? {
                found.insert(entity, value);
            }
        }
        Ok(found)
    }

    /// The items of those entities, which must all differ, strongly consistent.
    pub(crate) async fn items_of(
        &self,
        entities: &[Entity],
    ) -> Result<HashMap<Key, Item>, ReadError> {
        let mut items = HashMap::new();
        for chunk in entities.chunks(BATCH_GET) {
            let keys = chunk.iter().map(|entity| Key::of(entity).into_attributes());
            for item in self.batch_get(keys.collect()).await? {
                let key = Key {
                    pk: required(&item, PK)?.to_owned(),
                    sk: required(&item, SK)?.to_owned(),
                };
                items.insert(key, item);
            }
        }
        Ok(items)
    }

    async fn batch_get(&self, mut keys: Vec<Item>) -> Result<Vec<Item>, ReadError> {
        let mut items = Vec::with_capacity(keys.len());
        for attempt in 0..BATCH_GET_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(25) * 2_u32.pow(attempt)).await;
            }
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| ServiceError::invalid(&error))?;
            let mut output = self
                .client
                .batch_get_item()
                .request_items(&self.name, request)
                .send()
                .await
                .map_err(ServiceError::from)?;
            if let Some(got) = output.responses.as_mut().and_then(|r| r.remove(&self.name)) {
                items.extend(got);
            }
            let left = output
                .unprocessed_keys
                .and_then(|mut left| left.remove(&self.name));
            match left {
                None => return Ok(items),
                Some(left) => keys = left.keys,
            }
        }
        Err(ServiceError::unprocessed().into())
    }
}

fn present<T>(
    item: Option<&Item>,
    read: fn(&Item) -> Result<T, UnreadableItem>,
) -> Result<Option<T>, ReadError> {
    match item {
        Some(item) if required(item, name::STATUS)? == Status::Active.name() => {
            check_version(item)?;
            Ok(Some(read(item)?))
        }
        _ => Ok(None),
    }
}

fn all<T>(
    items: &[Item],
    read: fn(&Item) -> Result<T, UnreadableItem>,
) -> Result<Vec<T>, UnreadableItem> {
    let checked = |item| check_version(item).and_then(|()| read(item));
    items.iter().map(checked).collect()
}

fn user(item: &Item) -> Result<User, UnreadableItem> {
    Ok(User {
        id: user_id(item)?,
        name: required(item, name::NAME)?.to_owned(),
        email: required(item, name::EMAIL)?.to_owned(),
    })
}

fn organization(item: &Item) -> Result<Organization, UnreadableItem> {
    Ok(Organization {
        id: organization_id(item)?,
        name: required(item, name::NAME)?.to_owned(),
    })
}

fn membership(item: &Item) -> Result<Membership, UnreadableItem> {
    Ok(Membership {
        organization: organization_id(item)?,
        user: user_id(item)?,
        role: Role::parse(required(item, name::ROLE)?)
            .map_err(|_| unreadable(name::ROLE, "a role"))?,
    })
}

fn user_id(item: &Item) -> Result<UserId, UnreadableItem> {
    UserId::parse(required(item, name::USER_ID)?).map_err(|_| unreadable(name::USER_ID, "an id"))
}

fn organization_id(item: &Item) -> Result<OrganizationId, UnreadableItem> {
    OrganizationId::parse(required(item, name::ORGANIZATION_ID)?)
        .map_err(|_| unreadable(name::ORGANIZATION_ID, "an id"))
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
