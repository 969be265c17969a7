//! Access decisions from the documentation alone: a model of the rules that shares no code with
//! the implementation.
//!
//! - A user who is a member of an organization has the permissions of its role there and on the
//!   projects that the organization owns.
//! - The user who owns a project may read, update and delete it.
//! - A user of a project may read it.
//! - A member of a team of a project may read it, and may do there what its role in the team's
//!   organization grants.
//!
//! An entity counts only while everything it refers to is present, too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const READER: &[&str] = &["organization:read", "members:read", "projects:read"];
const WRITER: &[&str] = &["projects:create", "projects:update"];
const ADMIN: &[&str] = &[
    "organization:update",
    "members:manage",
    "teams:manage",
    "projects:delete",
];

type Pair = (String, String);
type Three = (String, String, String);

/// The owner of a project.
#[derive(Debug, Clone)]
enum Owner {
    User(String),
    Organization(String),
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A service.
    Service,
    /// A user.
    User(String),
}

/// The directory according to the model.
#[derive(Debug, Default)]
pub struct Model {
    users: BTreeSet<String>,
    organizations: BTreeSet<String>,
    permissions: BTreeSet<String>,
    /// The permissions of each custom role.
    roles: BTreeMap<String, BTreeSet<String>>,
    /// By organization and user, the role.
    members: BTreeMap<Pair, String>,
    /// By organization.
    teams: BTreeSet<Pair>,
    /// By organization and team, the user.
    team_members: BTreeSet<Three>,
    projects: BTreeMap<String, Owner>,
    /// By project.
    project_users: BTreeSet<Pair>,
    /// By project, organization and team.
    project_teams: BTreeSet<Three>,
}

impl Model {
    /// The model after these events, in this order.
    pub fn told(events: &[Value]) -> Self {
        let mut model = Self::default();
        for event in events {
            model.tell(event);
        }
        model
    }

    fn tell(&mut self, event: &Value) {
        let of = |name: &str| event["payload"][name].as_str().map(str::to_owned);
        let text = |name: &str| of(name).unwrap();
        let two = |a: &str, b: &str| (text(a), text(b));
        let three = |a: &str, b: &str, c: &str| (text(a), text(b), text(c));
        match event["type"].as_str().unwrap() {
            "UserCreated" => drop(self.users.insert(text("id"))),
            "UserDeleted" => drop(self.users.remove(&text("id"))),
            "OrganizationCreated" => drop(self.organizations.insert(text("id"))),
            "OrganizationDeleted" => drop(self.organizations.remove(&text("id"))),
            "PermissionCreated" => drop(self.permissions.insert(text("id"))),
            "PermissionDeleted" => drop(self.permissions.remove(&text("id"))),
            "RoleCreated" => {
                let listed = event["payload"]["permissionIds"].as_array().unwrap();
                let listed = listed.iter().map(|id| id.as_str().unwrap().to_owned());
                self.roles.insert(text("id"), listed.collect());
            }
            "RoleDeleted" => drop(self.roles.remove(&text("id"))),
            "OrganizationUserAdded" => {
                let role = of("role").unwrap_or_else(|| text("roleId"));
                self.members.insert(two("organizationId", "userId"), role);
            }
            "OrganizationUserRemoved" => {
                self.members.remove(&two("organizationId", "userId"));
            }
            "TeamCreated" => drop(self.teams.insert(two("organizationId", "id"))),
            "TeamDeleted" => drop(self.teams.remove(&two("organizationId", "id"))),
            "TeamUserAdded" => {
                let member = three("organizationId", "teamId", "userId");
                self.team_members.insert(member);
            }
            "TeamUserRemoved" => {
                let member = three("organizationId", "teamId", "userId");
                self.team_members.remove(&member);
            }
            "ProjectCreated" => {
                let user = of("ownerUserId").map(Owner::User);
                let owner =
                    user.unwrap_or_else(|| Owner::Organization(text("ownerOrganizationId")));
                self.projects.insert(text("id"), owner);
            }
            "ProjectDeleted" => drop(self.projects.remove(&text("id"))),
            "ProjectUserAdded" => drop(self.project_users.insert(two("projectId", "userId"))),
            "ProjectUserRemoved" => drop(self.project_users.remove(&two("projectId", "userId"))),
            "ProjectTeamAdded" => {
                let team = three("projectId", "organizationId", "teamId");
                self.project_teams.insert(team);
            }
            "ProjectTeamRemoved" => {
                let team = three("projectId", "organizationId", "teamId");
                self.project_teams.remove(&team);
            }
            other => assert_eq!(other, "an event that the model knows"),
        }
    }

    /// Whether a user may do that there.
    pub fn allows(&self, user: &str, permission: &str, kind: &str, id: &str) -> bool {
        let built_in = [READER, WRITER, ADMIN].concat().contains(&permission);
        let exists = built_in || self.permissions.contains(permission);
        exists
            && self.users.contains(user)
            && match kind {
                "organization" => self.by_role(id, user, permission),
                "project" => self.on_project(user, permission, id),
                _ => false,
            }
    }

    fn on_project(&self, user: &str, permission: &str, id: &str) -> bool {
        let reads = permission == "projects:read";
        let by_owner = match self.projects.get(id) {
            Some(Owner::User(owner)) if self.users.contains(owner) => {
                owner == user
                    && (reads || ["projects:update", "projects:delete"].contains(&permission))
            }
            Some(Owner::Organization(owner)) if self.organizations.contains(owner) => {
                self.by_role(owner, user, permission)
            }
            _ => return false,
        };
        let works = self
            .project_users
            .contains(&(id.to_owned(), user.to_owned()));
        let mut teams = self
            .project_teams
            .iter()
            .filter(|(project, ..)| project == id);
        by_owner
            || (works && reads)
            || teams.any(|(_, organization, team)| {
                self.is_in_team(organization, team, user)
                    && (reads || self.by_role(organization, user, permission))
            })
    }

    fn is_in_team(&self, organization: &str, team: &str, user: &str) -> bool {
        let there = self
            .teams
            .contains(&(organization.to_owned(), team.to_owned()));
        let member = (organization.to_owned(), team.to_owned(), user.to_owned());
        there && self.team_members.contains(&member) && self.role(organization, user).is_some()
    }

    /// The role of a user in an organization, while both are present.
    fn role(&self, organization: &str, user: &str) -> Option<&String> {
        let there = self.organizations.contains(organization) && self.users.contains(user);
        let role = self
            .members
            .get(&(organization.to_owned(), user.to_owned()));
        role.filter(|_| there)
    }

    /// Whether the role in an organization grants a permission, which must be present itself.
    fn by_role(&self, organization: &str, user: &str, permission: &str) -> bool {
        let in_any = |lists: &[&[&str]]| lists.concat().contains(&permission);
        match self.role(organization, user).map(String::as_str) {
            None => false,
            Some("reader") => in_any(&[READER]),
            Some("writer") => in_any(&[READER, WRITER]),
            Some("admin") => in_any(&[READER, WRITER, ADMIN]),
            Some(own) => self
                .roles
                .get(own)
                .is_some_and(|role| role.contains(permission)),
        }
    }

    /// Whether the caller may ask what that subject, or without one any subject, may do there.
    pub fn may_ask(&self, asker: &Asker, subject: Option<&str>, kind: &str, id: &str) -> bool {
        let Asker::User(asker) = asker else {
            return true;
        };
        let manages =
            |organization: &str| self.allows(asker, "members:manage", "organization", organization);
        let owner = match (kind, self.projects.get(id)) {
            ("organization", _) => Some(id),
            ("project", Some(Owner::Organization(owner))) => Some(owner.as_str()),
            _ => None,
        };
        subject == Some(asker) || owner.is_some_and(manages)
    }
}
