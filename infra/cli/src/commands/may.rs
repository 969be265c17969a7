//! `roster may`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use api::reason;
use clap::Args;
use roster_domain::{
    AssignedRole, Decision, Denial, Grant, InvalidText, OrganizationId, PermissionId, ProjectId,
    Resource, Snapshot, UserId, assigned_role,
};
use roster_table::{Ask, DECISION_KEYS, Reader, TeamSide, membership};
use serde_json::{Map, Value, json};

use super::aws::AwsSettings;
use super::place::TablePlace;
use super::{exit, output};

/// Tell whether a user may do something, and why.
///
/// It exits with 0 for yes and with 1 for no.
#[derive(Debug, Args)]
pub struct May {
    /// The id of the user.
    #[arg(value_parser = |text: &str| -> Result<_, InvalidText> { UserId::parse(text) })]
    user: UserId,
    /// The permission, as in members:read.
    #[arg(value_parser = |text: &str| -> Result<_, InvalidText> { PermissionId::parse(text) })]
    permission: PermissionId,
    #[command(flatten)]
    on: PermissionScope,
    /// Print one JSON object, whose reason is that of the HTTP API's AuthZEN answers.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: TablePlace,
    #[command(flatten)]
    aws: AwsSettings,
}

/// What the permission is for.
#[derive(Debug, Args)]
#[group(id = "resource", required = true, multiple = false)]
struct PermissionScope {
    /// The id of the organization.
    #[arg(value_parser = |text: &str| -> Result<_, InvalidText> { OrganizationId::parse(text) })]
    organization: Option<OrganizationId>,
    /// The id of a project, instead of an organization.
    #[arg(long, value_name = "ID",
        value_parser = |text: &str| -> Result<_, InvalidText> { ProjectId::parse(text) })]
    project: Option<ProjectId>,
}

impl May {
    pub async fn run(self) -> Result<ExitCode> {
        let organization = self.on.organization.map(Resource::Organization);
        let resource = organization.or(self.on.project.map(Resource::Project));
        let ask = Ask {
            user: self.user,
            permission: self.permission,
            resource: resource.context("name an organization or a project")?,
        };
        let place = self.place.open(&self.aws).await?;
        let mut reader = Reader::new(&place.table, DECISION_KEYS);
        let decision = reader.allowed(&ask, TeamSide::Project).await;
        let decision = decision.context(place.cannot_ask)?;
        let printed = if self.json {
            output::json(&as_json(&decision))
        } else {
            output::paragraph(&in_words(&ask, &decision, reader.snapshot()))
        };
        if matches!(decision, Decision::Denied(_)) {
            // Whoever closed the pipe early still gets the answer.
            return Ok(ExitCode::from(exit::NO));
        }
        printed.map(|()| ExitCode::SUCCESS)
    }
}

fn as_json(decision: &Decision) -> Value {
    let allowed = matches!(decision, Decision::Granted(_));
    let reason: Map<_, _> = reason(decision);
    json!({"allowed": allowed, "reason": reason})
}

fn in_words(ask: &Ask, decision: &Decision, snapshot: &Snapshot) -> String {
    match decision {
        Decision::Granted(grant) => format!("yes: {}", path(ask, grant)),
        Decision::Denied(Denial::Obstacle(obstacle)) => format!("no: {obstacle}"),
        Decision::Denied(Denial::NotGranted) => format!("no: {}", not_granted(ask, snapshot)),
    }
}

/// The path that grants the permission.
fn path(ask: &Ask, grant: &Grant) -> String {
    let user = &ask.user;
    match grant {
        Grant::OwnRole { organization, role } => {
            let role = named(role);
            format!("user {user} has the {role} in organization {organization}")
        }
        Grant::Owner => format!("user {user} owns the project"),
        Grant::ProjectUser { role } => {
            let with = with_role(role.as_ref());
            format!("user {user} works on the project{with}")
        }
        Grant::Team {
            organization,
            team,
            role,
        } => {
            let with = with_role(role.as_ref());
            format!(
                "user {user} is in team {team} of organization {organization}, which works on the \
                 project{with}"
            )
        }
    }
}

fn with_role(role: Option<&AssignedRole>) -> String {
    role.map(|role| format!(" with the {}", named(role)))
        .unwrap_or_default()
}

fn named(role: &AssignedRole) -> String {
    match role {
        AssignedRole::BuiltIn(role) => format!("built-in role {role}"),
        AssignedRole::Custom(role) => format!("custom role {role}"),
    }
}

/// What the user has instead, in an organization.
fn not_granted(ask: &Ask, snapshot: &Snapshot) -> String {
    let Ask {
        user, permission, ..
    } = ask;
    match &ask.resource {
        Resource::Organization(organization) => {
            let membership = snapshot.get(&membership(organization, user));
            match membership.and_then(assigned_role) {
                Some(role) => format!(
                    "user {user} has the {} in organization {organization}, which does not grant \
                     {permission}",
                    named(&role)
                ),
                None => format!("user {user} has no role in organization {organization}"),
            }
        }
        Resource::Project(project) => {
            format!("nothing grants {permission} on project {project} to user {user}")
        }
    }
}
