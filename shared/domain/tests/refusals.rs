//! Which payloads are refused, with which path and reason, for every event type; and similar
//! payloads that are accepted.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use roster_domain::json::Object;
use roster_domain::{
    Attribute, BuiltInRole, CATALOGUE, Change, Content, Event, EventId, EventTime, EventType,
    Field, Form, Found, Kind, Reason, Refusal, Value as FieldValue, built_in_permissions, limits,
};
use serde_json::{Value, json};

fn validate(event_type: &'static EventType, payload: &Value) -> Result<Event, Refusal> {
    let payload = payload.to_string();
    Event::validate(
        event_type,
        EventId::parse("e").unwrap(),
        EventTime::from_unix_millis(0).unwrap(),
        None,
        &Object::parse(&payload, "$")?,
    )
}

fn named(name: &str, payload: &Value) -> Result<Event, Refusal> {
    validate(EventType::named(name).unwrap(), payload)
}

fn refused(event_type: &'static EventType, payload: &Value) -> (Reason, String) {
    let name = event_type.name;
    let refusal = validate(event_type, payload).expect_err(&format!("{name}: {payload}"));
    (refusal.reason, refusal.path)
}

fn example(event_type: &EventType) -> Value {
    serde_json::from_str(event_type.example).unwrap()
}

fn with(payload: &Value, name: &str, value: Value) -> Value {
    let mut payload = payload.clone();
    payload
        .as_object_mut()
        .unwrap()
        .insert(name.to_owned(), value);
    payload
}

fn without(payload: &Value, name: &str) -> Value {
    let mut payload = payload.clone();
    payload.as_object_mut().unwrap().remove(name);
    payload
}

#[test]
fn every_id_of_every_type_is_required_and_validated() {
    let long = "x".repeat(limits::ENTITY_ID + 1);
    for event_type in &CATALOGUE {
        let example = example(event_type);
        assert!(validate(event_type, &example).is_ok(), "{example}");
        for id in event_type.kind.ids() {
            let path = format!("$.{}", id.payload);
            let missing = refused(event_type, &without(&example, id.payload));
            assert_eq!(missing, (Reason::Missing, path.clone()));
            for (wrong, reason) in [
                (json!(null), Reason::Missing),
                (json!(7), Reason::WrongType),
                (json!(["id"]), Reason::WrongType),
                (json!(""), Reason::Empty),
                (json!("a\tb"), Reason::Malformed),
                (json!(long), Reason::TooLong),
            ] {
                let told = refused(event_type, &with(&example, id.payload, wrong));
                assert_eq!(told, (reason, path.clone()), "{}", event_type.name);
            }
        }
    }
}

/// The attribute that the refusal of a missing field names.
fn first(field: Field) -> &'static str {
    field.attributes().next().unwrap().name()
}

/// A payload that states only this field, in the spelling with this index.
fn stating(event_type: &EventType, field: Field, spelling: usize) -> Value {
    let mut payload = example(event_type);
    for attribute in field.attributes() {
        payload = without(&payload, attribute.name());
    }
    for &attribute in field.spellings()[spelling] {
        payload = with(&payload, attribute.name(), right(attribute));
    }
    payload
}

fn right(attribute: Attribute) -> Value {
    match attribute.form() {
        Form::Email => json!("a@b.c"),
        Form::BuiltInRole => json!("writer"),
        Form::Permissions => json!(["b", "a", "b"]),
        Form::Text { .. } | Form::CustomRole | Form::Id => json!("right"),
        Form::Flag => json!(false),
    }
}

/// The value of the register after [`stating`].
fn held(field: Field, spelling: usize) -> FieldValue {
    let content = |attribute: Attribute| match attribute.form() {
        Form::Permissions => Content::Texts(["a", "b"].into_iter().map(str::to_owned).collect()),
        Form::Flag => Content::Flag(false),
        _ => Content::Text(right(attribute).as_str().unwrap().to_owned()),
    };
    let attributes = field.spellings()[spelling].iter();
    let mut contents: BTreeMap<_, _> = attributes.map(|&a| (a, content(a))).collect();
    if contents.contains_key(&Attribute::FirstName) {
        contents.insert(Attribute::Name, Content::Text("right right".to_owned()));
    }
    FieldValue::from_contents(contents)
}

#[test]
fn every_field_of_every_type_is_read_in_each_of_its_spellings() {
    for event_type in &CATALOGUE {
        for field in event_type.fields() {
            for spelling in 0..field.spellings().len() {
                let payload = stating(event_type, field, spelling);
                let event = validate(event_type, &payload).unwrap();
                let mut fields = event.delta.fields();
                let (_, register) = fields.find(|(found, _)| *found == field).unwrap();
                assert_eq!(register.value, held(field, spelling), "{payload}");
                let contents: BTreeMap<_, _> = register.value.contents().collect();
                for attribute in Attribute::ALL {
                    let content = contents.get(&attribute).copied();
                    assert_eq!(register.value.get(attribute), content);
                    assert!(content.is_none() || field.attributes().any(|of| of == attribute));
                }
            }
        }
    }
}

#[test]
fn every_part_of_every_spelling_is_checked() {
    for event_type in &CATALOGUE {
        for field in event_type.fields() {
            for (place, &spelling) in field.spellings().iter().enumerate() {
                for &attribute in spelling {
                    let payload = stating(event_type, field, place);
                    let name = attribute.name();
                    let path = format!("$.{name}");
                    let told = |value| refused(event_type, &with(&payload, name, value));
                    assert_eq!(told(json!(7)), (Reason::WrongType, path.clone()));
                    let is_put = event_type.change == Change::Put;
                    let is_first_name = attribute == Attribute::FirstName;
                    if attribute.may_be_absent() || is_put && is_first_name {
                        for none in [json!(null), json!("")] {
                            let payload = with(&payload, name, none);
                            assert!(validate(event_type, &payload).is_ok(), "{payload}");
                        }
                    } else if !matches!(attribute.form(), Form::Permissions | Form::Flag) {
                        assert_eq!(told(json!("")), (Reason::Empty, path.clone()));
                    }
                    if spelling.len() > 1 {
                        let part = refused(event_type, &without(&payload, name));
                        assert_eq!(part, (Reason::Missing, path.clone()));
                    }
                }
            }
        }
    }
}

/// A payload without any attribute of this field.
fn without_field(event_type: &EventType, field: Field) -> Value {
    let attributes = field.attributes();
    attributes.fold(example(event_type), |payload, attribute| {
        without(&payload, attribute.name())
    })
}

/// The value that an event states for a field, if it has a register for it.
fn value_of(event: &Event, field: Field) -> Option<FieldValue> {
    let mut fields = event.delta.fields();
    fields
        .find(|(found, _)| *found == field)
        .map(|(_, register)| register.value.clone())
}

#[test]
fn a_put_requires_every_field_except_optional_ones() {
    for event_type in CATALOGUE.iter().filter(|t| t.change == Change::Put) {
        for field in event_type.fields() {
            let nothing = without_field(event_type, field);
            if field.is_optional() {
                let event = validate(event_type, &nothing).unwrap();
                assert_eq!(value_of(&event, field), None);
            } else {
                let told = refused(event_type, &nothing);
                assert_eq!(told, (Reason::Missing, format!("$.{}", first(field))));
            }
            let null = with(&nothing, first(field), json!(null));
            if field.may_have_no_value() {
                let event = validate(event_type, &null).unwrap();
                assert_eq!(value_of(&event, field), None);
            } else {
                let told = refused(event_type, &null);
                assert_eq!(told, (Reason::Missing, format!("$.{}", first(field))));
            }
        }
    }
}

#[test]
fn a_patch_requires_one_field_and_null_clears_only_what_may_be_absent() {
    let is_patch = |of: &&EventType| of.change == Change::Patch && of.implies_active().is_none();
    for event_type in CATALOGUE.iter().filter(is_patch) {
        let attributes = Attribute::ALL.iter();
        let ids_only = attributes.fold(example(event_type), |payload, attribute| {
            without(&payload, attribute.name())
        });
        let nothing = with(&ids_only, "unknown", json!("field"));
        let fields: Vec<_> = event_type.fields().collect();
        let path = match &*fields {
            [only] => format!("$.{}", first(*only)),
            _ => "$".to_owned(),
        };
        assert_eq!(
            refused(event_type, &nothing),
            (Reason::Missing, path.clone())
        );
        for field in fields {
            for attribute in field.attributes() {
                let null = with(&nothing, attribute.name(), json!(null));
                if field.may_be_absent() {
                    for none in [null.clone(), with(&null, attribute.name(), json!(""))] {
                        let event = validate(event_type, &none).unwrap();
                        let all = event.delta.fields().map(|(f, r)| (f, &r.value));
                        let all: Vec<_> = all.collect();
                        assert_eq!(all, [(field, &FieldValue::default())], "{none}");
                    }
                } else {
                    let told = refused(event_type, &null);
                    assert_eq!(told, (Reason::Missing, path.clone()), "{null}");
                }
            }
        }
    }
}

#[test]
fn an_event_about_a_built_in_role_or_permission_is_refused() {
    let roles: Vec<_> = BuiltInRole::all().map(BuiltInRole::as_str).collect();
    let permissions: Vec<_> = built_in_permissions().collect();
    let has_own_id = |t: &&EventType| t.kind.ids().iter().any(|id| id.payload == "id");
    for event_type in CATALOGUE.iter().filter(has_own_id) {
        let example = example(event_type);
        for id in roles.iter().chain(&permissions).chain(&["Admin"]) {
            let is_reserved = match event_type.kind {
                Kind::Role => roles.contains(id),
                Kind::Permission => permissions.contains(id),
                _ => false,
            };
            let payload = with(&example, "id", json!(id));
            if is_reserved {
                let told = refused(event_type, &payload);
                assert_eq!(told, (Reason::Reserved, "$.id".to_owned()));
            } else {
                assert!(validate(event_type, &payload).is_ok(), "{payload}");
            }
        }
    }
}

#[test]
fn a_member_has_either_a_built_in_or_a_custom_role() {
    let member = |role: Value| {
        let ids = json!({"organizationId": "o", "userId": "u"});
        let roles = role.as_object().unwrap().iter();
        let member = roles.fold(ids, |member, (name, value)| {
            with(&member, name, value.clone())
        });
        named("OrganizationUserAdded", &member)
    };
    let held = |role: Value| {
        let event = member(role).unwrap();
        let (_, register) = event.delta.fields().next().unwrap();
        let contents = register.value.contents();
        let contents: Vec<_> = contents.map(|(a, c)| format!("{a:?} {c}")).collect();
        contents.join(", ")
    };
    assert_eq!(held(json!({"role": "ORG_ADMIN"})), "Role admin");
    assert_eq!(held(json!({"role": "ORG_USER"})), "Role writer");
    assert_eq!(held(json!({"role": "READ_ONLY"})), "Role reader");
    assert_eq!(held(json!({"roleId": "auditor"})), "RoleId auditor");
    assert_eq!(held(json!({"roleId": "ORG_ADMIN"})), "RoleId ORG_ADMIN");
    assert_eq!(
        held(json!({"role": "reader", "roleId": "auditor"})),
        "Role reader"
    );
    assert_eq!(
        held(json!({"role": null, "roleId": "auditor"})),
        "RoleId auditor"
    );
    let told = |role: Value| member(role).unwrap_err().to_string();
    assert_eq!(
        told(json!({})),
        r#"$.role: found nothing, expected "role" or "roleId", or null if there is none"#
    );
    assert_eq!(
        told(json!({"role": "owner"})),
        r#"$.role: found "owner", expected "admin", "writer" or "reader""#
    );
    for role in BuiltInRole::all().map(BuiltInRole::as_str) {
        let refusal = member(json!({"roleId": role})).unwrap_err();
        assert_eq!(
            (refusal.reason, refusal.path),
            (Reason::Reserved, "$.roleId".to_owned())
        );
    }
}

#[test]
fn a_project_has_one_owner() {
    let project = |owners: Value| {
        let project = json!({"id": "p", "name": "P", "createdByUserId": "u"});
        let owners = owners.as_object().unwrap().iter();
        let project = owners.fold(project, |project, (name, value)| {
            with(&project, name, value.clone())
        });
        named("ProjectCreated", &project)
    };
    for owners in [
        json!({"ownerUserId": "u"}),
        json!({"ownerOrganizationId": "o"}),
        json!({"ownerUserId": null, "ownerOrganizationId": "o"}),
        json!({"ownerUserId": "u", "ownerOrganizationId": null}),
    ] {
        assert!(project(owners).is_ok());
    }
    let refusal = project(json!({"ownerUserId": "u", "ownerOrganizationId": "acme"})).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.found, &*refusal.path),
        (Reason::Ambiguous, Found::Text(4), "$.ownerOrganizationId")
    );
    for (owners, path) in [
        (
            json!({"ownerUserId": "", "ownerOrganizationId": "o"}),
            "$.ownerUserId",
        ),
        (
            json!({"ownerUserId": "u", "ownerOrganizationId": ""}),
            "$.ownerOrganizationId",
        ),
    ] {
        let refusal = project(owners).unwrap_err();
        assert_eq!((refusal.reason, &*refusal.path), (Reason::Empty, path));
    }
    let told = |owners| project(owners).unwrap_err().to_string();
    assert_eq!(
        told(json!({"ownerOrganizationId": null})),
        r#"$.ownerOrganizationId: found null, expected "ownerUserId" or "ownerOrganizationId""#
    );
    assert_eq!(
        told(json!({})),
        r#"$.ownerUserId: found nothing, expected "ownerUserId" or "ownerOrganizationId""#
    );
    assert_eq!(
        told(json!({"ownerUserId": null, "ownerOrganizationId": null})),
        r#"$.ownerUserId: found null, expected "ownerUserId" or "ownerOrganizationId""#
    );
}

#[test]
fn the_permissions_of_a_role_are_a_set_of_at_most_250_ids() {
    let role = |ids: Value| {
        let role = json!({"id": "r", "name": "R", "permissionIds": ids});
        named("RoleCreated", &role)
    };
    let many = |count| json!((0..count).map(|n: usize| n.to_string()).collect::<Vec<_>>());
    let event = role(many(limits::PERMISSIONS)).unwrap();
    let mut fields = event.delta.fields();
    let (_, register) = fields.find(|(f, _)| *f == Field::Permissions).unwrap();
    let held = register.value.texts(Attribute::PermissionIds).unwrap();
    assert_eq!(held.len(), limits::PERMISSIONS);
    assert!(role(json!([])).is_ok());
    // Their order does not matter, so it does not make a different event.
    assert_eq!(role(json!(["a", "b", "a"])), role(json!(["b", "a"])));
    let long = "x".repeat(limits::ENTITY_ID + 1);
    for (ids, reason, path) in [
        (many(limits::PERMISSIONS + 1), Reason::TooLong, ""),
        (json!("a"), Reason::WrongType, ""),
        (json!({"a": true}), Reason::WrongType, ""),
        (json!(null), Reason::Missing, ""),
        (json!(["a", 7]), Reason::WrongType, "[1]"),
        (json!([null]), Reason::Missing, "[0]"),
        (json!(["a", "b", ""]), Reason::Empty, "[2]"),
        (json!([long]), Reason::TooLong, "[0]"),
        (json!(["a\u{7f}"]), Reason::Malformed, "[0]"),
    ] {
        let refusal = role(ids).unwrap_err();
        let path = format!("$.permissionIds{path}");
        assert_eq!((refusal.reason, refusal.path), (reason, path));
    }
}
