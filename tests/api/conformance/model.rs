//! Access decisions from the documentation alone: a model of the rules that shares no code with
//! the implementation.
//!
//! - A user who is a member of an organization has the permissions of its role there and on the
//!   projects that the organization owns.
//! - The user who owns a project may read, update and delete it.
//! - A user of a project may read it, and may do there what the role stated for it grants.
//! - A member of a team of a project may read it, and may do there what both the role stated for the
//!   team and the member's role in the team's organization grant.
//!
//! An entity counts while it and everything its ids lead to are present, unless one of those was
//! removed after the entity was put. A role counts if it was assigned after its newest removal, a
//! permission if it was listed after its own. A deactivated user is nowhere.

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

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A service.
    Service,
    /// A user.
    User(String),
}

/// A kind and ids.
type Id = (&'static str, Vec<String>);

/// What is known of an entity. Times are texts that sort by time.
#[derive(Debug, Default)]
struct Fact {
    /// When it was put, while it is present.
    put: Option<String>,
    /// When it was removed last.
    removed: Option<String>,
    /// Its role or permissions, and when they were stated.
    stated: Option<(BTreeSet<String>, String)>,
    /// What owns it.
    owner: Option<Id>,
    inactive: bool,
}

/// The directory according to the model.
#[derive(Debug, Default)]
pub struct Model {
    facts: BTreeMap<Id, Fact>,
}

/// The kinds of the event types, with the names of their ids.
const KINDS: [(&str, &str, &[&str]); 10] = [
    ("OrganizationUser", "member", &["organizationId", "userId"]),
    (
        "TeamUser",
        "team member",
        &["organizationId", "teamId", "userId"],
    ),
    ("ProjectUser", "project user", &["projectId", "userId"]),
    (
        "ProjectTeam",
        "project team",
        &["projectId", "organizationId", "teamId"],
    ),
    ("User", "user", &["id"]),
    ("Organization", "organization", &["id"]),
    ("Team", "team", &["organizationId", "id"]),
    ("Project", "project", &["id"]),
    ("Role", "role", &["id"]),
    ("Permission", "permission", &["id"]),
];

impl Model {
    /// The model after these events, which happened in this order.
    pub fn told(events: &[Value]) -> Self {
        let mut model = Self::default();
        for event in events {
            model.tell(event);
        }
        model
    }

    fn tell(&mut self, event: &Value) {
        let (name, payload) = (event["type"].as_str().unwrap(), &event["payload"]);
        let time = event["timestamp"].as_str().unwrap().to_owned();
        let of_kind = |(prefix, kind, ids)| Some((name.strip_prefix(prefix)?, kind, ids));
        let (verb, kind, ids): (&str, &str, &[&str]) = KINDS.into_iter().find_map(of_kind).unwrap();
        let text = |name: &str| payload[name].as_str().map(str::to_owned);
        let ids = ids.iter().map(|id| text(id).unwrap()).collect();
        let fact = self.facts.entry((kind, ids)).or_default();
        let role = text("role").or(text("roleId"));
        let listed = payload["permissionIds"].as_array().map(|listed| {
            let listed = listed.iter().map(|id| id.as_str().unwrap().to_owned());
            listed.collect::<BTreeSet<_>>()
        });
        let stated = listed.or(role.map(|role| BTreeSet::from([role])));
        let stated = stated.map(|stated| (stated, time.clone()));
        match verb {
            "Created" | "Added" => {
                let organization = text("ownerOrganizationId").map(|id| ("organization", vec![id]));
                let owner = text("ownerUserId").map(|id| ("user", vec![id]));
                *fact = Fact {
                    put: Some(time),
                    removed: fact.removed.take(),
                    stated,
                    owner: owner.or(organization),
                    inactive: false,
                };
            }
            "Deleted" | "Removed" => {
                *fact = Fact {
                    removed: Some(time),
                    ..Fact::default()
                };
            }
            "Updated" if fact.put.is_some() => fact.stated = stated.or(fact.stated.take()),
            "Deactivated" | "Activated" if fact.put.is_some() => {
                fact.inactive = verb == "Deactivated";
            }
            "Updated" | "Deactivated" | "Activated" => {}
            other => assert_eq!(other, "an event that the model knows"),
        }
    }

    /// What the ids of an entity lead to, and the owner of a project.
    fn leads_to(&self, (kind, ids): &Id) -> Vec<Id> {
        let id = |at: usize| ids[at].clone();
        let first = match *kind {
            "member" => vec![("organization", vec![id(0)]), ("user", vec![id(1)])],
            "team" => vec![("organization", vec![id(0)])],
            "team member" => vec![("team", vec![id(0), id(1)]), ("member", vec![id(0), id(2)])],
            "project" => {
                let fact = self.facts.get(&(kind, ids.clone()));
                fact.and_then(|fact| fact.owner.clone())
                    .into_iter()
                    .collect()
            }
            "project user" => vec![("project", vec![id(0)]), ("user", vec![id(1)])],
            "project team" => vec![("project", vec![id(0)]), ("team", vec![id(1), id(2)])],
            _ => Vec::new(),
        };
        let further: Vec<_> = first.iter().flat_map(|one| self.leads_to(one)).collect();
        first.into_iter().chain(further).collect()
    }

    fn removed(&self, id: &Id) -> Option<&String> {
        self.facts.get(id)?.removed.as_ref()
    }

    /// Whether an entity is present, and was put after the removal of everything it leads to.
    fn is_stated(&self, id: &Id) -> bool {
        let put = self.facts.get(id).and_then(|fact| fact.put.as_ref());
        let leads_to = self.leads_to(id);
        put.is_some() && leads_to.iter().all(|other| self.removed(other) < put)
    }

    /// Whether an entity and everything it leads to count.
    pub fn counts(&self, kind: &'static str, ids: &[&str]) -> bool {
        let ids: Vec<_> = ids.iter().map(|&id| id.to_owned()).collect();
        let user = ids
            .last()
            .filter(|_| kind.contains("member") || kind.contains("user"));
        let active = user.is_none_or(|user| !self.is_inactive(user));
        let id = (kind, ids);
        let leads_to = self.leads_to(&id);
        active && leads_to.iter().chain([&id]).all(|one| self.is_stated(one))
    }

    /// Whether a user is deactivated.
    pub fn is_inactive(&self, user: &str) -> bool {
        let user = self.facts.get(&("user", vec![user.to_owned()]));
        user.is_some_and(|user| user.inactive)
    }

    /// Whether a user may do that there.
    pub fn allows(&self, user: &str, permission: &str, kind: &str, id: &str) -> bool {
        let built_in = [READER, WRITER, ADMIN].concat().contains(&permission);
        let exists = built_in || self.counts("permission", &[permission]);
        exists
            && self.counts("user", &[user])
            && match kind {
                "organization" => self.by_role("member", &[id, user], permission),
                "project" => self.on_project(user, permission, id),
                _ => false,
            }
    }

    fn on_project(&self, user: &str, permission: &str, id: &str) -> bool {
        if !self.counts("project", &[id]) {
            return false;
        }
        let reads = permission == "projects:read";
        let by_owner = match self.facts[&("project", vec![id.to_owned()])].owner.as_ref() {
            Some(("user", owner)) => {
                owner[0] == user
                    && (reads || ["projects:update", "projects:delete"].contains(&permission))
            }
            Some((_, owner)) => self.by_role("member", &[&owner[0], user], permission),
            None => false,
        };
        let works = self.counts("project user", &[id, user])
            && (reads || self.by_role("project user", &[id, user], permission));
        let mut teams = self
            .facts
            .keys()
            .filter(|(kind, ids)| *kind == "project team" && ids[0] == id);
        by_owner
            || works
            || teams.any(|(_, ids)| {
                let (organization, team) = (ids[1].as_str(), ids[2].as_str());
                let place = [id, organization, team];
                self.counts("team member", &[organization, team, user])
                    && self.counts("project team", &place)
                    && (reads
                        || (self.by_role("project team", &place, permission)
                            && self.by_role("member", &[organization, user], permission)))
            })
    }

    /// Whether the role that a relationship states grants a permission, which must be present.
    fn by_role(&self, kind: &'static str, ids: &[&str], permission: &str) -> bool {
        if !self.counts(kind, ids) {
            return false;
        }
        let ids = ids.iter().map(|&id| id.to_owned()).collect();
        let Some((role, assigned)) = &self.facts[&(kind, ids)].stated else {
            return false;
        };
        let role = role.first().unwrap();
        let in_any = |lists: &[&[&str]]| lists.concat().contains(&permission);
        match role.as_str() {
            "reader" => in_any(&[READER]),
            "writer" => in_any(&[READER, WRITER]),
            "admin" => in_any(&[READER, WRITER, ADMIN]),
            _ => {
                let id = ("role", vec![role.clone()]);
                let listed = self.facts.get(&id).and_then(|fact| fact.stated.as_ref());
                let permission = ("permission", vec![permission.to_owned()]);
                self.removed(&id) < Some(assigned)
                    && listed.is_some_and(|(listed, at)| {
                        listed.contains(&permission.1[0]) && self.removed(&permission) < Some(at)
                    })
            }
        }
    }

    /// Whether the caller may ask what that subject, or without one any subject, may do there.
    pub fn may_ask(&self, asker: &Asker, subject: Option<&str>, kind: &str, id: &str) -> bool {
        let Asker::User(asker) = asker else {
            return true;
        };
        let manages =
            |organization: &str| self.allows(asker, "members:manage", "organization", organization);
        let project = self.facts.get(&("project", vec![id.to_owned()]));
        let owner = match (kind, project.and_then(|fact| fact.owner.as_ref())) {
            ("organization", _) => Some(id),
            ("project", Some(("organization", owner))) => Some(owner[0].as_str()),
            _ => None,
        };
        subject == Some(asker) || owner.is_some_and(manages)
    }
}
