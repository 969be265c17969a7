//! Seeded SQS batches.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use hyper::body::Bytes;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roster_domain::EventTime;
use serde::Serialize;
use serde_json::{Value, json};

/// Time of the first event in milliseconds since 1970: the first day of 2026. Each event is one
/// millisecond later than the previous one.
const FIRST_EVENT: u64 = 1_767_225_600_000;

/// Memberships in hot batches, all of one organization.
pub const HOT_KEYS: usize = 50;

/// The entities in the events of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Keys {
    /// Each event is about a distinct entity: of 20, 3 new users, 1 new organization, 9 new
    /// memberships, 5 changed and 2 removed ones.
    Spread,
    /// Each event is about one of [`HOT_KEYS`] memberships: of 10, 9 changes and an addition.
    Hot,
    /// Each event adds a membership, to one of a thousand organizations.
    New,
    /// Each event changes the same membership.
    One,
}

/// Organizations of [`Keys::New`].
const ORGANIZATIONS: u64 = 1_000;

/// A batch as Lambda delivers it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The JSON of the invocation.
    pub body: Bytes,
    /// Its records.
    pub events: usize,
    /// The distinct entities they are about.
    pub entities: usize,
}

/// Creates batches, one after the other. The same seed creates the same ones.
pub struct Workload {
    rng: StdRng,
    namespace: String,
    keys: Keys,
    duplicates: f64,
    made: u64,
    members: Vec<Member>,
    organizations: Vec<String>,
    before: Vec<WorkloadEvent>,
}

/// The ids of an organization and of a user.
pub type Member = (String, String);

#[derive(Clone)]
struct WorkloadEvent {
    entity: String,
    body: String,
}

impl Workload {
    /// `namespace` is the prefix of every id. A share of `duplicates` of the records repeats an
    /// event of the same batch or of the previous one.
    pub fn new(seed: u64, namespace: &str, keys: Keys, duplicates: f64) -> Self {
        let mut workload = Self {
            rng: StdRng::seed_from_u64(seed),
            namespace: namespace.to_owned(),
            keys,
            duplicates,
            made: 0,
            members: Vec::new(),
            organizations: vec![format!("org-{namespace}-0")],
            before: Vec::new(),
        };
        let fixed = match keys {
            Keys::Hot => HOT_KEYS,
            Keys::One => 1,
            Keys::Spread | Keys::New => 0,
        };
        let organization = format!("org-{namespace}-0");
        let member = |n| (organization.clone(), format!("user-{namespace}-{n:04}"));
        workload.members = (0..fixed).map(member).collect();
        workload
    }

    /// A membership from earlier batches.
    pub fn a_member(&self) -> Option<&Member> {
        self.members.first()
    }

    /// A batch of changes to existing memberships, each to a different one.
    pub fn changes(&mut self, size: usize) -> Result<Invocation> {
        let members = self.members.sample(&mut self.rng, size);
        let members: Vec<_> = members.cloned().collect();
        let events = members.iter().map(|member| self.member("Updated", member));
        let events = events.collect();
        self.wrap(events)
    }

    /// A batch that adds every hot membership, or `size` events of spread keys.
    pub fn prepare(&mut self, size: usize) -> Result<Invocation> {
        if self.members.is_empty() {
            return self.batch(size);
        }
        let members = self.members.clone();
        let events = members.iter().map(|member| self.member("Added", member));
        let events = events.collect();
        self.wrap(events)
    }

    /// Creates the next batch.
    pub fn batch(&mut self, size: usize) -> Result<Invocation> {
        let mut events: Vec<WorkloadEvent> = Vec::with_capacity(size);
        let mut changed = Vec::new();
        let mut added = Vec::new();
        while events.len() < size {
            if self.rng.random_bool(self.duplicates) {
                let pool = self.before.len() + events.len();
                let n = self.rng.random_range(0..pool.max(1));
                let event = self.before.iter().chain(&events).nth(n).cloned();
                if let Some(event) = event {
                    events.push(event);
                    continue;
                }
            }
            let event = match self.keys {
                Keys::Hot => self.hot(),
                Keys::One => self.one(),
                Keys::New => self.new_member(&mut added),
                Keys::Spread => self.spread(&mut changed, &mut added),
            };
            events.push(event);
        }
        self.members.append(&mut changed);
        self.members.append(&mut added);
        self.before.clone_from(&events);
        self.wrap(events)
    }

    fn hot(&mut self) -> WorkloadEvent {
        let change = if self.rng.random_ratio(1, 10) {
            "Added"
        } else {
            "Updated"
        };
        match self.members.choose(&mut self.rng).cloned() {
            Some(member) => self.member(change, &member),
            None => self.user(),
        }
    }

    fn spread(&mut self, changed: &mut Vec<Member>, added: &mut Vec<Member>) -> WorkloadEvent {
        match self.rng.random_range(0..20) {
            0..3 => self.user(),
            3 => self.organization(),
            4..9 if !self.members.is_empty() => {
                let member = self.take_member();
                let event = self.member("Updated", &member);
                changed.push(member);
                event
            }
            9..11 if !self.members.is_empty() => {
                let member = self.take_member();
                self.member("Removed", &member)
            }
            _ => {
                let organization = self.organizations.choose(&mut self.rng).cloned();
                let user = self.id("user");
                let member = (organization.unwrap_or_default(), user);
                let event = self.member("Added", &member);
                added.push(member);
                event
            }
        }
    }

    fn new_member(&mut self, added: &mut Vec<Member>) -> WorkloadEvent {
        let organization = format!("org-{}-{}", self.namespace, self.made % ORGANIZATIONS);
        let member = (organization, self.id("user"));
        let event = self.member("Added", &member);
        added.push(member);
        event
    }

    /// An addition, and then changes.
    fn one(&mut self) -> WorkloadEvent {
        let change = if self.made == 0 { "Added" } else { "Updated" };
        match self.members.first().cloned() {
            Some(member) => self.member(change, &member),
            None => self.user(),
        }
    }

    fn take_member(&mut self) -> Member {
        let n = self.rng.random_range(0..self.members.len());
        self.members.swap_remove(n)
    }

    fn user(&mut self) -> WorkloadEvent {
        let id = self.id("user");
        let payload = json!({"id": id, "name": format!("Ada Lovelace {}", self.made),
            "email": format!("{id}@example.com")});
        self.event("UserCreated", id, &payload)
    }

    fn organization(&mut self) -> WorkloadEvent {
        let id = self.id("org");
        self.organizations.push(id.clone());
        let payload = json!({"id": id, "name": format!("Example {id} Ltd")});
        self.event("OrganizationCreated", id, &payload)
    }

    fn member(&mut self, change: &str, (organization, user): &Member) -> WorkloadEvent {
        let role = ["admin", "writer", "reader"].choose(&mut self.rng);
        let payload = json!({"organizationId": organization, "userId": user, "role": role});
        let entity = format!("{organization} {user}");
        self.event(&format!("OrganizationUser{change}"), entity, &payload)
    }

    fn id(&self, kind: &str) -> String {
        format!("{kind}-{}-{}", self.namespace, self.made)
    }

    fn event(&mut self, name: &str, entity: String, payload: &Value) -> WorkloadEvent {
        let time =
            EventTime::UNIX_EPOCH.saturating_add(Duration::from_millis(FIRST_EVENT + self.made));
        let id = format!("{:08x}-{:016x}", self.made, self.rng.random::<u64>());
        self.made += 1;
        let body = json!({"eventId": id, "type": name, "timestamp": time.to_string(),
            "payload": payload, "retry": 0});
        let body = body.to_string();
        WorkloadEvent { entity, body }
    }

    fn wrap(&mut self, events: Vec<WorkloadEvent>) -> Result<Invocation> {
        let entities: HashSet<_> = events.iter().map(|event| &event.entity).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let (rng, namespace) = (&mut self.rng, &self.namespace);
        let record = |event: &WorkloadEvent| {
            let id = rng.random::<u128>();
            json!({
                "messageId": format!("{id:032x}"),
                "receiptHandle": format!("AQEB{id:032x}{id:032x}{namespace}"),
                "body": event.body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": now.to_string(),
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": now.to_string(),
                },
                "messageAttributes": {},
                "md5OfBody": format!("{id:032x}"),
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:roster",
                "awsRegion": "us-east-1",
            })
        };
        let records: Vec<_> = events.iter().map(record).collect();
        Ok(Invocation {
            body: serde_json::to_vec(&json!({"Records": records}))?.into(),
            events: events.len(),
            entities: entities.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(keys: Keys, duplicates: f64) -> Workload {
        Workload::new(1, "n", keys, duplicates)
    }

    #[test]
    fn spread_keys_without_duplicates_name_each_entity_once_a_batch() {
        let mut workload = workload(Keys::Spread, 0.0);
        for _ in 0..5 {
            let batch = workload.batch(100).unwrap();
            assert_eq!((batch.events, batch.entities), (100, 100));
        }
    }

    #[test]
    fn the_number_of_hot_keys_is_as_configured() {
        let mut workload = workload(Keys::Hot, 0.0);
        assert_eq!(workload.prepare(1).unwrap().entities, HOT_KEYS);
        assert_eq!(workload.batch(1_000).unwrap().entities, HOT_KEYS);
    }

    #[test]
    fn a_fifth_of_the_records_repeats_an_event() {
        let mut workload = workload(Keys::Spread, 0.2);
        workload.batch(1_000).unwrap();
        let made = workload.made;
        workload.batch(1_000).unwrap();
        let repeated = 1_000 - (workload.made - made);
        assert!((160..240).contains(&repeated), "{repeated}");
    }
}
