//! Random histories from a seed: few entities, many events, ties, every envelope and every kind
//! of invalid event.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use roster_domain::{CATALOGUE, EventType, Kind, limits};
use serde_json::{Value, json};

use crate::payload;

/// The events of a few entities, as the bodies of messages.
#[derive(Debug, Clone)]
pub struct History {
    /// The seed it was created from.
    pub seed: u64,
    /// Bodies of valid events.
    pub valid: Vec<String>,
    /// Bodies of invalid events.
    pub invalid: Vec<String>,
}

impl History {
    /// Creates the history of a seed. Histories share no entities.
    pub fn from_seed(seed: u64, events: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let valid = (0..events).map(|_| valid(&mut rng, seed)).collect();
        let invalid = (0..events / 8).map(|_| invalid(&mut rng, seed)).collect();
        Self {
            seed,
            valid,
            invalid,
        }
    }
}

/// The bodies of several histories, a fifth of the valid ones twice, shuffled with the seed.
pub fn mixed(histories: &[History], seed: u64) -> Vec<String> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut bodies = Vec::new();
    for history in histories {
        bodies.extend(history.invalid.iter().cloned());
        for body in &history.valid {
            bodies.push(body.clone());
            if rng.random_ratio(1, 5) {
                bodies.push(body.clone());
            }
        }
    }
    bodies.shuffle(&mut rng);
    bodies
}

fn valid(rng: &mut StdRng, seed: u64) -> String {
    let (event_type, payload) = fact(rng, seed);
    enveloped(rng, event_type, payload)
}

/// An event about one of the few kinds of entity in a history: memberships, and two kinds that
/// change with the seed, so that ten consecutive histories cover all.
fn fact(rng: &mut StdRng, seed: u64) -> (&'static str, Value) {
    let kind_of = |n: u64| {
        *Kind::ALL
            .iter()
            .cycle()
            .nth(n as usize % Kind::ALL.len())
            .unwrap()
    };
    let kinds = [Kind::Membership, kind_of(seed), kind_of(seed / 2 + 5)];
    let kind = *kinds.choose(rng).unwrap();
    let types: Vec<_> = CATALOGUE.iter().filter(|t| t.kind == kind).collect();
    let event_type = types.choose(rng).unwrap();
    let suffix = format!("-{seed}");
    let ids = payload::ids(kind, &suffix, &mut |of| match rng.random_range(0..4) {
        0 => rng.random_range(0..of),
        _ => 0, // So that keys are hot, however many ids make one.
    });
    let mut choose = |of| rng.random_range(0..of);
    let payload = payload::payload(event_type, &ids, &suffix, &mut choose);
    (event_type.name, payload)
}

/// Times, sequences and ids repeat, so that all ties occur: same time, same time and sequence,
/// same time and id.
fn enveloped(rng: &mut StdRng, event_type: &str, payload: Value) -> String {
    let id = format!("e{}", rng.random_range(0..6));
    let time = format!("2026-02-01T00:00:{:02}Z", rng.random_range(0..8));
    let sequence = [None, None, None, Some("1"), Some("2")].choose(rng);
    let body = match rng.random_range(0..3) {
        0 => json!({"eventId": id, "type": event_type, "timestamp": time, "payload": payload,
            "sequence": sequence, "retry": rng.random_range(0..3)}),
        1 => json!({"id": id, "detail-type": event_type, "time": time, "detail": payload}),
        _ => json!({"specversion": "1.0", "id": id, "type": event_type, "time": time,
            "sequence": sequence, "source": "/test", "data": payload}),
    };
    if rng.random_ratio(1, 4) {
        let notification = json!({"Type": "Notification", "Message": body.to_string(),
            "Timestamp": "2026-02-01T01:00:00.000Z"});
        return notification.to_string();
    }
    body.to_string()
}

fn invalid(rng: &mut StdRng, seed: u64) -> String {
    let (event_type, mut payload) = fact(rng, seed);
    match rng.random_range(0..9) {
        0 => "not json".to_owned(),
        1 => "[]".to_owned(),
        2 => enveloped(rng, "UserRenamed", payload),
        3 => {
            payload
                .as_object_mut()
                .unwrap()
                .retain(|name, _| !name.ends_with('d'));
            enveloped(rng, event_type, payload)
        }
        4 => {
            let member = json!({"organizationId": format!("o0-{seed}"),
                "userId": format!("u0-{seed}"), "role": "owner"});
            enveloped(rng, "OrganizationUserAdded", member)
        }
        5 => {
            let user = json!({"id": format!("u0-{seed}"), "name": "N", "email": "nobody"});
            enveloped(rng, "UserCreated", user)
        }
        6 => {
            let ids = EventType::named(event_type).unwrap().kind.ids();
            set(&mut payload, ids.choose(rng).unwrap().payload, wrong(rng));
            enveloped(rng, event_type, payload)
        }
        7 => {
            let fields: Vec<_> = EventType::named(event_type).unwrap().fields().collect();
            match fields.choose(rng) {
                Some(field) => {
                    let first = field.attributes().next().unwrap();
                    set(&mut payload, first.name(), json!(7));
                }
                None => payload = json!([payload]),
            }
            enveloped(rng, event_type, payload)
        }
        _ => json!({"eventId": "late", "type": event_type, "payload": payload,
            "timestamp": "2999-01-01T00:00:00Z"})
        .to_string(),
    }
}

fn set(payload: &mut Value, name: &str, value: Value) {
    let payload = payload.as_object_mut().unwrap();
    payload.insert(name.to_owned(), value);
}

/// A value that is not a valid id.
fn wrong(rng: &mut StdRng) -> Value {
    let long = "x".repeat(limits::ENTITY_ID + 1);
    let wrong = [
        json!(null),
        json!(7),
        json!(""),
        json!(["id"]),
        json!("a\tb"),
        json!(long),
    ];
    wrong.choose(rng).unwrap().clone()
}
