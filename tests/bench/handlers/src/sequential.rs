//! The baseline for the consumer: the handler that most people write first. It parses each
//! record, writes it with one conditional `UpdateItem`, and continues with the next.
//!
//! It is as fast as that allows: one client, built once, with the SDK's default settings. It
//! supports the plain envelope only, keeps the newest event of an item, and gives none of the
//! consumer's guarantees.

use std::collections::HashMap;
use std::env;

use aws_config::BehaviorVersion;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainEnvelope {
    event_id: String,
    timestamp: String,
    #[serde(flatten)]
    event: MemberEvent,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "payload")]
enum MemberEvent {
    UserCreated(User),
    OrganizationCreated(Organization),
    OrganizationUserAdded(Member),
    OrganizationUserUpdated(Member),
    OrganizationUserRemoved(Removed),
}

#[derive(Deserialize)]
struct User {
    id: String,
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct Organization {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    organization_id: String,
    user_id: String,
    role: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Removed {
    organization_id: String,
    user_id: String,
}

/// What an event sets in its item. A removal sets no role and no index key.
struct Update {
    pk: String,
    sk: String,
    set: Vec<(&'static str, String)>,
    remove: &'static [&'static str],
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let table = env::var("TABLE_NAME")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let handle = async |event: LambdaEvent<SqsEvent>| {
        let mut response = SqsBatchResponse::default();
        for record in event.payload.records {
            let body = record.body.unwrap_or_default();
            if let Err(error) = apply(&client, &table, &body).await {
                tracing::error!(%error, "failed");
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = record.message_id.unwrap_or_default();
                response.batch_item_failures.push(failure);
            }
        }
        Ok::<_, Error>(response)
    };
    lambda_runtime::run(service_fn(handle)).await
}

async fn apply(client: &Client, table: &str, body: &str) -> Result<(), Error> {
    let envelope: PlainEnvelope = serde_json::from_str(body)?;
    let mut update = update(envelope.event);
    update.set.push(("eventId", envelope.event_id));
    update.set.push(("updatedAt", envelope.timestamp));
    let mut names = HashMap::new();
    let mut values = HashMap::new();
    let mut set = Vec::new();
    for (name, value) in update.set {
        names.insert(format!("#{name}"), name.to_owned());
        values.insert(format!(":{name}"), AttributeValue::S(value));
        set.push(format!("#{name} = :{name}"));
    }
    let mut expression = format!("SET {}", set.join(", "));
    if !update.remove.is_empty() {
        let remove = update.remove.iter().map(|name| {
            names.insert(format!("#{name}"), (*name).to_owned());
            format!("#{name}")
        });
        let remove: Vec<_> = remove.collect();
        expression.push_str(&format!(" REMOVE {}", remove.join(", ")));
    }
    let sent = client
        .update_item()
        .table_name(table)
        .key("PK", AttributeValue::S(update.pk))
        .key("SK", AttributeValue::S(update.sk))
        .update_expression(expression)
        .condition_expression("attribute_not_exists(PK) OR #updatedAt < :updatedAt")
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(()),
        Err(error) => match error.into_service_error() {
            error if error.is_conditional_check_failed_exception() => Ok(()), // a newer one is there
            error => Err(error.into()),
        },
    }
}

fn update(event: MemberEvent) -> Update {
    match event {
        MemberEvent::UserCreated(user) => Update {
            pk: format!("USER#{}", user.id),
            sk: "PROFILE".to_owned(),
            set: vec![
                ("GSI1PK", format!("EMAIL#{}", user.email.to_lowercase())),
                ("GSI1SK", format!("USER#{}", user.id)),
                ("entityType", "USER".to_owned()),
                ("status", "ACTIVE".to_owned()),
                ("userId", user.id),
                ("name", user.name),
                ("email", user.email),
            ],
            remove: &[],
        },
        MemberEvent::OrganizationCreated(organization) => Update {
            pk: format!("ORG#{}", organization.id),
            sk: "PROFILE".to_owned(),
            set: vec![
                (
                    "GSI1PK",
                    format!("NAME#{}", organization.name.to_lowercase()),
                ),
                ("GSI1SK", format!("ORG#{}", organization.id)),
                ("entityType", "ORGANIZATION".to_owned()),
                ("status", "ACTIVE".to_owned()),
                ("organizationId", organization.id),
                ("name", organization.name),
            ],
            remove: &[],
        },
        MemberEvent::OrganizationUserAdded(member)
        | MemberEvent::OrganizationUserUpdated(member) => {
            let (pk, sk) = membership(&member.organization_id, &member.user_id);
            Update {
                set: vec![
                    ("GSI1PK", sk.clone()),
                    ("GSI1SK", pk.clone()),
                    ("entityType", "MEMBERSHIP".to_owned()),
                    ("status", "ACTIVE".to_owned()),
                    ("organizationId", member.organization_id),
                    ("userId", member.user_id),
                    ("role", member.role),
                ],
                pk,
                sk,
                remove: &[],
            }
        }
        MemberEvent::OrganizationUserRemoved(member) => {
            let (pk, sk) = membership(&member.organization_id, &member.user_id);
            Update {
                pk,
                sk,
                set: vec![
                    ("entityType", "MEMBERSHIP".to_owned()),
                    ("status", "REMOVED".to_owned()),
                    ("organizationId", member.organization_id),
                    ("userId", member.user_id),
                ],
                remove: &["GSI1PK", "GSI1SK", "role"],
            }
        }
    }
}

fn membership(organization: &str, user: &str) -> (String, String) {
    (format!("ORG#{organization}"), format!("USER#{user}"))
}
