//! Small random directories, in which many entities were removed, were created again, never
//! existed, or refer to such entities.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use roster_tests::told::event;
use serde_json::{Value, json};

use super::model::Model;
use super::target::Target;

/// Users. All kinds share the same ids, so that a mix-up shows.
pub const USERS: [&str; 7] = ["a", "b", "c", "d", "e", "\u{fc}#/%?", "never"];

/// Organizations.
pub const ORGANIZATIONS: [&str; 5] = ["a", "b", "c", "\u{fc}#/%?", "never"];

/// Projects.
pub const PROJECTS: [&str; 7] = ["a", "b", "c", "d", "e", "\u{fc}#/%?", "never"];

/// Permissions: built-in and custom ones.
pub const PERMISSIONS: [&str; 12] = [
    "organization:read",
    "organization:update",
    "members:read",
    "members:manage",
    "teams:manage",
    "projects:read",
    "projects:create",
    "projects:update",
    "projects:delete",
    "a",
    "b",
    "never",
];

const TEAMS: [&str; 3] = ["a", "b", "never"];

/// Custom roles and, more often, built-in ones.
const ROLES: [&str; 8] = ["a", "b", "c", "never", "reader", "writer", "admin", "admin"];

/// A directory.
pub struct World {
    /// The seed it was created from.
    pub seed: u64,
    /// Its content.
    pub model: Model,
    events: Vec<Value>,
}

impl World {
    /// Creates the directory of this seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut teller = Teller {
            rng: StdRng::seed_from_u64(seed),
            events: Vec::new(),
        };
        teller.everything();
        let time = |event: &Value| event["timestamp"].as_str().map(str::to_owned);
        teller.events.sort_by_key(time);
        let model = Model::told(&teller.events);
        // The events arrive in any order.
        teller.events.shuffle(&mut teller.rng);
        Self {
            seed,
            model,
            events: teller.events,
        }
    }

    /// The API over it.
    pub async fn target<F: Future<Output = Target>>(
        &self,
        over: impl Fn(Vec<Value>) -> F,
    ) -> Target {
        over(self.events.clone()).await
    }

    /// A generator for choices of its own.
    pub fn rng(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }
}

/// Draws entities and creates their events.
struct Teller {
    rng: StdRng,
    events: Vec<Value>,
}

impl Teller {
    fn everything(&mut self) {
        for id in USERS {
            let payload = json!({"id": id, "name": "Some One", "email": format!("{id}@x.org")});
            self.tell("User", ["Created", "Deleted"], id, payload);
            if self.rng.random_bool(0.1) {
                let deactivated = event("UserDeactivated", 5, json!({"id": id}));
                self.events.push(deactivated);
            }
        }
        for id in ORGANIZATIONS {
            let payload = json!({"id": id, "name": format!("Name of {id}")});
            self.tell("Organization", ["Created", "Deleted"], id, payload);
        }
        for id in &PERMISSIONS[9..] {
            let payload = json!({"id": id, "name": id});
            self.tell("Permission", ["Created", "Deleted"], id, payload);
        }
        for id in &ROLES[..4] {
            let size = self.rng.random_range(0..6);
            let listed: Vec<_> = PERMISSIONS.sample(&mut self.rng, size).collect();
            let payload = json!({"id": id, "name": id, "permissionIds": listed});
            self.tell("Role", ["Created", "Deleted"], id, payload);
        }
        for id in ORGANIZATIONS {
            self.organization(id);
        }
        for id in PROJECTS {
            self.project(id);
        }
    }

    fn organization(&mut self, id: &str) {
        for user in USERS {
            let mut payload = json!({"organizationId": id, "userId": user});
            self.assign(&mut payload);
            self.relate("OrganizationUser", 0.5, payload);
        }
        for team in TEAMS {
            let payload = json!({"organizationId": id, "id": team, "name": team});
            self.tell("Team", ["Created", "Deleted"], team, payload);
            for user in USERS {
                let payload = json!({"organizationId": id, "teamId": team, "userId": user});
                self.relate("TeamUser", 0.4, payload);
            }
        }
    }

    fn project(&mut self, id: &str) {
        let user = *USERS.choose(&mut self.rng).unwrap();
        let organization = *ORGANIZATIONS.choose(&mut self.rng).unwrap();
        let owned = match self.rng.random_bool(0.35) {
            true => ("ownerUserId", user),
            false => ("ownerOrganizationId", organization),
        };
        let payload = json!({"id": id, "name": id, owned.0: owned.1, "createdByUserId": user});
        self.tell("Project", ["Created", "Deleted"], id, payload);
        for user in USERS {
            let mut payload = json!({"projectId": id, "userId": user});
            self.assign(&mut payload);
            self.relate("ProjectUser", 0.25, payload);
        }
        for organization in ORGANIZATIONS {
            for team in TEAMS {
                let mut payload =
                    json!({"projectId": id, "organizationId": organization, "teamId": team});
                self.assign(&mut payload);
                self.relate("ProjectTeam", 0.15, payload);
            }
        }
    }

    /// States a role in the payload of a relationship.
    fn assign(&mut self, payload: &mut Value) {
        let role = *ROLES.choose(&mut self.rng).unwrap();
        let built_in = ["reader", "writer", "admin"].contains(&role);
        let name = if built_in { "role" } else { "roleId" };
        payload[name] = role.into();
    }

    /// Creates the events of an entity, unless it never exists, and sometimes its removal. Some
    /// are created again afterwards, and some are stated anew after that.
    fn tell(&mut self, kind: &str, [comes, goes]: [&str; 2], id: &str, payload: Value) {
        if id == "never" {
            return;
        }
        self.events
            .push(event(&format!("{kind}{comes}"), 1, payload.clone()));
        if self.rng.random_bool(0.1) {
            self.events
                .push(event(&format!("{kind}{goes}"), 2, payload.clone()));
            if self.rng.random_bool(0.6) {
                self.events
                    .push(event(&format!("{kind}{comes}"), 3, payload.clone()));
            }
        }
        if self.rng.random_bool(0.25) {
            self.events
                .push(event(&format!("{kind}{comes}"), 4, payload));
        }
    }

    fn relate(&mut self, kind: &str, likely: f64, payload: Value) {
        if self.rng.random_bool(likely) {
            self.tell(kind, ["Added", "Removed"], "", payload);
        }
    }
}
