//! What null, an empty text and an omitted field mean.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use roster_domain::json::Object;
use roster_domain::{
    Attribute, Event, EventId, EventTime, EventType, Field, Outcome, Refusal, State, Value,
    is_active,
};
use serde_json::{Value as Json, json};

fn at(second: u64, name: &str, payload: &Json) -> Result<Event, Refusal> {
    Event::validate(
        EventType::named(name).unwrap(),
        EventId::parse("e").unwrap(),
        EventTime::from_unix_millis(1_000 * second).unwrap(),
        None,
        &Object::parse(&payload.to_string(), "$")?,
    )
}

/// All that a state shows.
fn shown(state: &State) -> Value {
    let mut shown = Value::default();
    for (_, register) in state.fields() {
        shown.extend(&register.value);
    }
    shown
}

/// Its attributes, with their contents.
fn texts(value: &Value) -> Vec<String> {
    let contents = value.contents();
    contents
        .map(|(attribute, content)| format!("{}={content}", attribute.name()))
        .collect()
}

fn put(name: &str, payload: &Json) -> Vec<String> {
    texts(&shown(&at(0, name, payload).unwrap().delta))
}

fn told(name: &str, payload: &Json) -> String {
    at(0, name, payload).unwrap_err().to_string()
}

/// A user with this name and no email.
fn user(name: &Json) -> Json {
    let mut user = json!({"id": "u", "email": null});
    let stated = name.as_object().unwrap().clone();
    user.as_object_mut().unwrap().extend(stated);
    user
}

#[test]
fn a_user_may_have_one_name_and_no_email() {
    for (name, expected) in [
        (
            json!({"firstName": "Sukarno", "lastName": null}),
            &["name=Sukarno", "firstName=Sukarno"][..],
        ),
        (
            json!({"firstName": "Sukarno", "lastName": ""}),
            &["name=Sukarno", "firstName=Sukarno"],
        ),
        (
            json!({"firstName": null, "lastName": "Ono"}),
            &["name=Ono", "lastName=Ono"],
        ),
        (
            json!({"name": "", "firstName": "", "lastName": "Ono"}),
            &["name=Ono", "lastName=Ono"],
        ),
        (json!({"name": "Sukarno"}), &["name=Sukarno"]),
        (
            json!({"name": "Sukarno", "firstName": "", "lastName": "x"}),
            &["name=Sukarno"],
        ),
        (
            json!({"name": "Sukarno", "firstName": "x"}),
            &["name=Sukarno"],
        ),
        (
            json!({"name": "", "firstName": "Ada", "lastName": "Lovelace"}),
            &["name=Ada Lovelace", "firstName=Ada", "lastName=Lovelace"],
        ),
        (
            json!({"name": null, "firstName": "Ada", "lastName": "Lovelace"}),
            &["name=Ada Lovelace", "firstName=Ada", "lastName=Lovelace"],
        ),
    ] {
        assert_eq!(put("UserCreated", &user(&name)), expected, "{name}");
    }
    let empty = json!({"id": "u", "name": "Ada", "email": ""});
    assert_eq!(put("UserCreated", &empty), ["name=Ada"]);
}

#[test]
fn the_refusal_of_a_name_tells_the_part_that_is_wrong() {
    let either = r#""name", or "firstName" and "lastName""#;
    for (name, expected) in [
        (
            json!({}),
            format!("$.name: found nothing, expected {either}"),
        ),
        (
            json!({"name": null, "lastName": null}),
            format!("$.name: found null, expected {either}"),
        ),
        (
            json!({"name": ""}),
            format!("$.name: found an empty string, expected {either}"),
        ),
        (
            json!({"firstName": "", "lastName": ""}),
            format!("$.firstName: found an empty string, expected {either}"),
        ),
        (
            json!({"lastName": "Lovelace"}),
            "$.firstName: found nothing, expected a string that is not empty".to_owned(),
        ),
        (
            json!({"firstName": null, "lastName": 7}),
            "$.lastName: found a number, expected a string, or null if there is none".to_owned(),
        ),
        (
            json!({"firstName": "Ada"}),
            "$.lastName: found nothing, expected a string, or null if there is none".to_owned(),
        ),
        (
            json!({"firstName": 7, "lastName": "Lovelace"}),
            "$.firstName: found a number, expected a string that is not empty".to_owned(),
        ),
    ] {
        assert_eq!(told("UserCreated", &user(&name)), expected, "{name}");
    }
}

/// There, null states nothing, so the first name would be kept.
#[test]
fn a_patch_with_a_last_name_must_have_a_first_name() {
    for (first, found) in [(json!(null), "null"), (json!(""), "an empty string")] {
        let update = json!({"id": "u", "firstName": first, "lastName": "Ono"});
        assert_eq!(
            told("UserUpdated", &update),
            format!("$.firstName: found {found}, expected a string that is not empty")
        );
    }
}

#[test]
fn a_put_must_say_that_there_is_no_email_and_no_role() {
    let user = json!({"id": "u", "name": "Ada"});
    assert_eq!(
        told("UserCreated", &user),
        "$.email: found nothing, expected a string, or null if there is none"
    );
    let ids = json!({"organizationId": "o", "userId": "u"});
    assert_eq!(
        told("OrganizationUserAdded", &ids),
        r#"$.role: found nothing, expected "role" or "roleId", or null if there is none"#
    );
    for (event_type, field) in [
        ("UserCreated", "email"),
        ("UserCreated", "lastName"),
        ("OrganizationUserAdded", "role"),
        ("OrganizationUserAdded", "roleId"),
        ("ProjectUserAdded", "role"),
        ("RoleUpdated", "description"),
    ] {
        let mut payload: Json =
            serde_json::from_str(EventType::named(event_type).unwrap().example).unwrap();
        let fields = payload.as_object_mut().unwrap();
        if field == "roleId" {
            fields.remove("role");
        }
        fields.insert(field.to_owned(), json!(7));
        assert_eq!(
            told(event_type, &payload),
            format!("$.{field}: found a number, expected a string, or null if there is none")
        );
    }
    for none in [
        json!({"role": null}),
        json!({"role": ""}),
        json!({"roleId": null}),
        json!({"role": "", "roleId": null}),
    ] {
        let mut member = ids.clone();
        member
            .as_object_mut()
            .unwrap()
            .extend(none.as_object().unwrap().clone());
        assert_eq!(put("OrganizationUserAdded", &member), [""; 0], "{none}");
    }
    let custom = json!({"organizationId": "o", "userId": "u", "role": "", "roleId": "auditor"});
    assert_eq!(put("OrganizationUserAdded", &custom), ["roleId=auditor"]);
}

/// The state after a user with an email was created and then updated in this way.
fn after(update: &Json) -> Vec<String> {
    let created = json!({"id": "u", "firstName": "Ada", "lastName": "Lovelace", "email": "a@b.c"});
    let mut state = at(1, "UserCreated", &created).unwrap().delta;
    let updated = at(2, "UserUpdated", &user_with(update)).unwrap();
    assert_eq!(state.apply(&updated), Outcome::Applied);
    texts(&shown(&state))
}

fn user_with(update: &Json) -> Json {
    let mut user = json!({"id": "u"});
    let stated = update.as_object().unwrap().clone();
    user.as_object_mut().unwrap().extend(stated);
    user
}

#[test]
fn null_in_a_patch_clears_an_email_and_states_nothing_for_a_name() {
    let name = ["name=Ada Lovelace", "firstName=Ada", "lastName=Lovelace"];
    for none in [json!(null), json!("")] {
        assert_eq!(after(&json!({"email": none})), name);
        assert_eq!(
            after(&json!({"email": "d@e.f", "lastName": none})),
            [&name[..], &["email=d@e.f"]].concat(),
            "a last name is stated with the first name only"
        );
    }
    for nothing in [
        json!({"name": null}),
        json!({"firstName": null, "lastName": null}),
        json!({"active": null}),
    ] {
        let mut update = nothing.clone();
        update
            .as_object_mut()
            .unwrap()
            .insert("email".to_owned(), json!("d@e.f"));
        assert_eq!(
            after(&update),
            [&name[..], &["email=d@e.f"]].concat(),
            "{update}"
        );
        assert_eq!(
            told("UserUpdated", &user_with(&nothing)),
            "$: found an object, expected at least one of the fields that this event changes"
        );
    }
    assert_eq!(
        after(&json!({"firstName": "Ada", "lastName": null})),
        ["name=Ada", "firstName=Ada", "email=a@b.c"]
    );
}

#[test]
fn a_user_is_active_unless_an_event_states_otherwise() {
    let created = json!({"id": "u", "name": "Ada", "email": null});
    let active = |events: &[(u64, &str, Json)]| {
        let mut state = State::default();
        for (second, name, payload) in events {
            state.merge(&at(*second, name, payload).unwrap().delta);
        }
        is_active(&shown(&state))
    };
    let id = json!({"id": "u"});
    let flag = |active: bool| json!({"id": "u", "active": active});
    let create = (1, "UserCreated", created.clone());
    let inactive = json!({"id": "u", "name": "Ada", "email": null, "active": false});
    for (events, expected) in [
        (vec![create.clone()], true),
        (vec![(1, "UserCreated", inactive.clone())], false),
        (
            vec![create.clone(), (2, "UserDeactivated", id.clone())],
            false,
        ),
        (vec![create.clone(), (2, "UserUpdated", flag(false))], false),
        (
            vec![
                create.clone(),
                (2, "UserDeactivated", id.clone()),
                (3, "UserActivated", id.clone()),
            ],
            true,
        ),
        (
            vec![
                create.clone(),
                (3, "UserDeactivated", id.clone()),
                (2, "UserActivated", id.clone()),
            ],
            false,
        ),
        (
            vec![
                (2, "UserDeactivated", id.clone()),
                (3, "UserCreated", created),
            ],
            true,
        ),
        (
            vec![(1, "UserCreated", inactive), (2, "UserUpdated", flag(true))],
            true,
        ),
    ] {
        assert_eq!(active(&events), expected, "{events:?}");
        let reversed: Vec<_> = events.into_iter().rev().collect();
        assert_eq!(active(&reversed), expected, "{reversed:?}");
    }
    let wrong = json!({"id": "u", "active": "false"});
    assert_eq!(
        told("UserUpdated", &wrong),
        "$.active: found a string of 5 bytes, expected true or false"
    );
}

/// Deactivating says the same as an update with `active`, except for its type.
#[test]
fn an_event_that_deactivates_states_only_that() {
    let stated = json!({"id": "u", "email": "a@b.c", "active": true});
    let event = at(1, "UserDeactivated", &stated).unwrap();
    let fields: Vec<_> = event.delta.fields().collect();
    let stated = fields
        .iter()
        .map(|(field, register)| (*field, &register.value));
    let stated: Vec<_> = stated
        .map(|(field, value)| (field, value.flag(Attribute::Active)))
        .collect();
    assert_eq!(stated, [(Field::Active, Some(false))]);
    let update = at(1, "UserUpdated", &json!({"id": "u", "active": false}));
    assert_eq!(update.unwrap().clock, event.clock);
}
