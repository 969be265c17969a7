//! An embedded DynamoDB with the template's tables.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_dynamodb::{Client, config};
use aws_smithy_http_client::Builder;
use roster_table::attribute::{GSI1PK, GSI1SK, GSI2PK, GSI2SK, PK, SK};
use roster_table::{INDEX, NAMES_INDEX};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{database, reachable};

/// The name of the local table.
pub const TABLE_NAME: &str = "roster";

/// The name of the local table of the history.
pub const HISTORY_TABLE_NAME: &str = "roster-history";

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct DynamoDb {
    /// The address at which this machine reaches the server.
    pub address: SocketAddr,
    server: JoinHandle<()>,
}

impl DynamoDb {
    /// Starts the server on `listener`. The data is in `file` or, without one, in memory.
    pub fn serve(listener: TcpListener, file: Option<&Path>) -> Result<Self> {
        let address = reachable(listener.local_addr()?);
        let database = match file {
            None => dynoxide::Database::memory()?,
            Some(file) => open(file)?,
        };
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
        Ok(Self { address, server })
    }

    /// Creates a client.
    pub fn client(&self) -> Client {
        Client::from_conf(config(self.address).build())
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn open(file: &Path) -> Result<dynoxide::Database> {
    database::check(file)?;
    let path = file.to_str();
    let path = path.with_context(|| format!("the path {} is not UTF-8", file.display()))?;
    let opened = dynoxide::Database::new(path);
    opened.map_err(|error| anyhow!("cannot open the table in {path}: {error}"))
}

/// Returns the SDK settings for an embedded DynamoDB.
pub fn config(address: SocketAddr) -> config::Builder {
    config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(format!("http://{address}"))
        // Ignores proxy settings in the environment.
        .http_client(Builder::new().build_http())
}

/// Creates both tables, each unless it exists.
pub async fn create_tables(client: &Client) -> Result<()> {
    create_table(client, TABLE_NAME).await?;
    create_history_table(client, HISTORY_TABLE_NAME).await
}

/// Creates a table of the directory unless it exists.
pub async fn create_table(client: &Client, name: &str) -> Result<()> {
    if exists(client, name).await? {
        return Ok(());
    }
    let index = |name: &str, [pk, sk]: [&str; 2], projection| {
        let projection = Projection::builder().projection_type(projection).build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(name)
            .key_schema(key(pk, KeyType::Hash)?)
            .key_schema(key(sk, KeyType::Range)?)
            .projection(projection);
        index.build()
    };
    let by_ids = index(INDEX, [GSI1PK, GSI1SK], ProjectionType::All)?;
    let by_name = index(NAMES_INDEX, [GSI2PK, GSI2SK], ProjectionType::KeysOnly)?;
    keyed(client, name)?
        .attribute_definitions(attribute(GSI1PK)?)
        .attribute_definitions(attribute(GSI1SK)?)
        .attribute_definitions(attribute(GSI2PK)?)
        .attribute_definitions(attribute(GSI2SK)?)
        .global_secondary_indexes(by_ids)
        .global_secondary_indexes(by_name)
        .send()
        .await
        .context("cannot create the table")?;
    Ok(())
}

/// Creates a table of the history unless it exists.
pub async fn create_history_table(client: &Client, name: &str) -> Result<()> {
    if !exists(client, name).await? {
        let created = keyed(client, name)?.send().await;
        created.context("cannot create the table of the history")?;
    }
    Ok(())
}

async fn exists(client: &Client, name: &str) -> Result<bool> {
    let tables = client.list_tables().send().await;
    let tables = tables.context("cannot list the tables")?;
    Ok(tables.table_names().iter().any(|there| there == name))
}

/// The request for a table with the primary key of both tables.
fn keyed(client: &Client, name: &str) -> Result<CreateTableFluentBuilder, BuildError> {
    Ok(client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(PK)?)
        .attribute_definitions(attribute(SK)?)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?))
}

fn attribute(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
}

fn key(name: &str, key_type: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(key_type)
        .build()
}
