//! A small directory as events: what each entity requires, and what removes it.

use std::collections::BTreeMap;

use roster_domain::json::Object;
use roster_domain::{
    Content, Entity, Event, EventId, EventTime, EventType, Snapshot, State, Statements, Status,
    Value,
};

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
            snapshot.insert(entity, value, Statements::of(&state).unwrap());
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
    project_team_as(project, organization, team, r#""role":null"#)
}

/// `role` has the form of a payload: `"role":"admin"` or `"roleId":"auditor"`.
pub fn project_team_as(project: &str, organization: &str, team: &str, role: &str) -> Event {
    let payload = format!(
        r#"{{"projectId":"{project}","organizationId":"{organization}","teamId":"{team}",{role}}}"#
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

/// The ids of an entity, as members of a payload.
fn ids_of(entity: &Entity) -> Vec<String> {
    let ids = entity.kind().ids().iter().zip(entity.ids());
    ids.map(|(id, text)| format!(r#""{}":"{text}""#, id.payload))
        .collect()
}

/// The same put once more, at this second.
pub fn restated(of: &Event, second: u64) -> Event {
    let mut members = ids_of(&of.entity);
    for (_, register) in of.delta.fields() {
        members.extend(register.value.contents().map(|(attribute, content)| {
            let content = match content {
                Content::Text(text) => format!("{text:?}"),
                Content::Flag(flag) => flag.to_string(),
                Content::Texts(texts) => format!("{:?}", texts.iter().collect::<Vec<_>>()),
            };
            format!(r#""{}":{content}"#, attribute.name())
        }));
    }
    let payload = format!("{{{}}}", members.join(","));
    event(of.event_type.name, second, &payload)
}

/// The removal of the entity of a put, one second later.
pub fn removal(of: &Event) -> Event {
    let kind = of.entity.kind();
    let payload = format!("{{{}}}", ids_of(&of.entity).join(","));
    let removes = |event_type: &&EventType| {
        event_type.kind == kind && event_type.change == roster_domain::Change::Remove
    };
    let event_type = roster_domain::CATALOGUE.iter().find(removes).unwrap();
    event(event_type.name, 2, &payload)
}
