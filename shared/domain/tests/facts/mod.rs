//! A small directory as events: what each entity requires, and what removes it.

use std::collections::BTreeMap;

use roster_domain::json::Object;
use roster_domain::{Entity, Event, EventId, EventTime, EventType, Snapshot, State, Status, Value};

/// An event of this type at this second.
pub fn event(event_type: &str, second: u64, payload: &str) -> Event {
    Event::validate(
        EventType::named(event_type).unwrap(),
        EventId::parse("e").unwrap(),
        EventTime::from_unix_millis(second * 1_000).unwrap(),
        None,
        &Object::parse(payload, "$").unwrap(),
    )
    .unwrap()
}

/// The snapshot after these events, in their order of arrival.
pub fn snapshot<'a>(events: impl IntoIterator<Item = &'a Event>) -> Snapshot {
    let mut states: BTreeMap<Entity, State> = BTreeMap::new();
    for event in events {
        let state = states.entry(event.entity.clone()).or_default();
        state.merge(&event.delta);
    }
    let mut snapshot = Snapshot::default();
    for (entity, state) in states {
        if state.status() == Status::Active {
            let mut value = Value::default();
            state
                .fields()
                .for_each(|(_, register)| value.extend(&register.value));
            snapshot.insert(entity, value);
        }
    }
    snapshot
}

pub fn user(id: &str) -> Event {
    let payload = format!(r#"{{"id":"{id}","name":"{id}","email":"{id}@example.com"}}"#);
    event("UserCreated", 1, &payload)
}

pub fn organization(id: &str) -> Event {
    let payload = format!(r#"{{"id":"{id}","name":"{id}"}}"#);
    event("OrganizationCreated", 1, &payload)
}

/// `role` has the form of a payload: `"role":"admin"` or `"roleId":"auditor"`.
pub fn member(organization: &str, user: &str, role: &str) -> Event {
    let payload = format!(r#"{{"organizationId":"{organization}","userId":"{user}",{role}}}"#);
    event("OrganizationUserAdded", 1, &payload)
}

pub fn team(organization: &str, id: &str) -> Event {
    let payload = format!(r#"{{"organizationId":"{organization}","id":"{id}","name":"{id}"}}"#);
    event("TeamCreated", 1, &payload)
}

pub fn team_member(organization: &str, team: &str, user: &str) -> Event {
    let payload =
        format!(r#"{{"organizationId":"{organization}","teamId":"{team}","userId":"{user}"}}"#);
    event("TeamUserAdded", 1, &payload)
}

/// `owner` has the form of a payload: `"ownerUserId":"ada"` or `"ownerOrganizationId":"acme"`.
pub fn project(id: &str, owner: &str) -> Event {
    let payload = format!(r#"{{"id":"{id}","name":"{id}","createdByUserId":"nobody",{owner}}}"#);
    event("ProjectCreated", 1, &payload)
}

pub fn project_user(project: &str, user: &str) -> Event {
    let payload = format!(r#"{{"projectId":"{project}","userId":"{user}"}}"#);
    event("ProjectUserAdded", 1, &payload)
}

pub fn project_team(project: &str, organization: &str, team: &str) -> Event {
    let payload = format!(
        r#"{{"projectId":"{project}","organizationId":"{organization}","teamId":"{team}"}}"#
    );
    event("ProjectTeamAdded", 1, &payload)
}

pub fn role(id: &str, permissions: &str) -> Event {
    let payload = format!(r#"{{"id":"{id}","name":"{id}","permissionIds":{permissions}}}"#);
    event("RoleCreated", 1, &payload)
}

pub fn permission(id: &str) -> Event {
    let payload = format!(r#"{{"id":"{id}","name":"{id}"}}"#);
    event("PermissionCreated", 1, &payload)
}

/// The removal of the entity of a put, one second later.
pub fn removal(of: &Event) -> Event {
    let (kind, ids) = (of.entity.kind(), of.entity.ids());
    let ids = kind
        .ids()
        .iter()
        .zip(ids)
        .map(|(id, text)| format!(r#""{}":"{text}""#, id.payload));
    let payload = format!("{{{}}}", ids.collect::<Vec<_>>().join(","));
    let removes = |event_type: &&EventType| {
        event_type.kind == kind && event_type.change == roster_domain::Change::Remove
    };
    let event_type = roster_domain::CATALOGUE.iter().find(removes).unwrap();
    event(event_type.name, 2, &payload)
}
