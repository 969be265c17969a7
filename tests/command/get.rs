//! `roster get` and `roster ingest --json`, compared with the responses of the API.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::RunningRoster;
use crate::{error, file, ingested, run, text};

#[test]
fn events_sent_to_a_running_roster_can_be_queried() {
    let data = TempDir::new().unwrap();
    let arguments = ["--data", text(data.path())];
    let up = RunningRoster::start(&arguments);
    let time = "2026-01-01T00:00:00Z";
    up.send(
        &json!({"eventId": "e", "type": "OrganizationUserAdded", "timestamp": time,
        "payload": {"organizationId": "acme", "userId": "ada", "role": "admin"}}),
    );
    let time = "2026-01-01T00:00:00.000000000Z";
    let users = json!([{"organizationId": "acme", "userId": "ada", "status": "ACTIVE",
        "role": "admin", "effective": false, "reason": "organization acme does not exist",
        "createdAt": time, "updatedAt": time}]);
    let consistent = json!({"users": true, "teams": true, "projects": false});
    let acme = json!({"organizationId": "acme", "users": users, "teams": [], "projects": [],
        "consistent": consistent});
    assert_eq!(up.get("organization", &["acme"], &[]), acme);
    let ada = up.get("user", &["ada"], &[]);
    assert_eq!(ada["organizations"][0]["organizationId"], "acme");
    assert_eq!(ada["consistent"]["organizations"], false);

    let settings = [
        ("AWS_ENDPOINT_URL_DYNAMODB", up.dynamodb.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("HTTP_PROXY", ""),
    ];
    assert_eq!(up.get("organization", &["acme"], &settings), acme);
    let told = error(&[
        "up",
        "--dynamodb-port",
        "0",
        "--sqs-port",
        "0",
        arguments[0],
        arguments[1],
    ]);
    assert!(told.contains("another roster uses the folder"), "{told}");

    drop(up);
    let again = RunningRoster::start(&arguments);
    assert_eq!(
        again.get("organization", &["acme"], &[]),
        acme,
        "the table was kept"
    );
}

fn user() -> Value {
    json!({"id": "ada", "email": "ada@x.org", "firstName": "Ada", "lastName": "L"})
}

/// A running roster with an entity of each kind.
fn with_an_entity_of_each_kind() -> RunningRoster {
    let up = RunningRoster::start(&[]);
    let event = |event_type: &str, payload: Value| json!({"eventId": "e", "type": event_type, "payload": payload});
    let team = json!({"organizationId": "acme", "id": "core", "name": "Core", "teamId": "core",
        "projectId": "engine", "userId": "ada", "roleId": "auditor"});
    let project = json!({"id": "engine", "name": "Engine", "ownerUserId": "ada",
        "createdByUserId": "ada"});
    let owned = json!({"id": "site", "name": "Site", "ownerOrganizationId": "acme",
        "createdByUserId": "ada"});
    let role = json!({"id": "auditor", "name": "Auditor", "permissionIds": ["invoices:read"]});
    for (event_type, payload) in [
        ("UserCreated", &user()),
        (
            "OrganizationCreated",
            &json!({"id": "acme", "name": "Acme"}),
        ),
        ("OrganizationUserAdded", &team),
        ("TeamCreated", &team),
        ("TeamUserAdded", &team),
        ("ProjectCreated", &project),
        ("ProjectCreated", &owned),
        ("ProjectUserAdded", &team),
        ("ProjectTeamAdded", &team),
        ("RoleCreated", &role),
        (
            "PermissionCreated",
            &json!({"id": "invoices:read", "name": "Read invoices"}),
        ),
    ] {
        up.send(&event(event_type, payload.clone()));
    }
    let permission = up.get("permission", &["invoices:read"], &[]);
    assert_eq!(permission["name"], "Read invoices"); // It was sent last.
    up
}

#[test]
fn every_kind_of_entity_can_be_queried() {
    let up = with_an_entity_of_each_kind();
    assert_eq!(
        up.get("role", &["auditor"], &[])["permissionIds"],
        json!(["invoices:read"])
    );
    let ada = up.get("user", &["ada"], &[]);
    assert_eq!(
        (&ada["name"], &ada["firstName"]),
        (&json!("Ada L"), &json!("Ada"))
    );
    assert_eq!(ada["teams"][0]["teamId"], "core");
    assert_eq!(ada["organizations"][0]["roleId"], "auditor");
    let projects: Vec<_> = ada["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["projectId"])
        .collect();
    assert_eq!(
        projects,
        ["engine", "engine"],
        "as its owner and as its user"
    );
    let core = up.get("team", &["acme", "core"], &[]);
    assert_eq!(
        (&core["users"][0]["userId"], &core["users"][0]["effective"]),
        (&json!("ada"), &json!(true))
    );
    assert_eq!(core["projects"][0]["projectId"], "engine");
    let engine = up.get("project", &["engine"], &[]);
    assert_eq!(engine["users"][0]["userId"], "ada");
    assert_eq!(engine["teams"][0]["effective"], true);
    assert_eq!(
        up.get("organization", &["acme"], &[])["teams"][0]["name"],
        "Core"
    );
    for (kind, arguments, list, id) in [
        ("roles", &[][..], "roles", "roleId"),
        ("permissions", &[], "permissions", "permissionId"),
        ("email", &["ADA@x.org"], "claims", "userId"),
        ("name", &["ACME"], "claims", "organizationId"),
    ] {
        let listed = up.get(kind, arguments, &[]);
        assert!(listed[list][0][id].is_string(), "{kind}: {listed}");
    }
}

#[test]
fn get_shows_an_entity_and_its_lists_as_the_api_does() {
    let up = with_an_entity_of_each_kind();
    for (kind, ids, path, lists) in [
        (
            "user",
            &["ada"][..],
            "/users/ada",
            &["organizations", "teams", "projects"][..],
        ),
        (
            "organization",
            &["acme"],
            "/organizations/acme",
            &["users", "teams", "projects"],
        ),
        ("team", &["acme", "core"], "/teams/core", &["users"]),
        (
            "project",
            &["engine"],
            "/projects/engine",
            &["users", "teams"],
        ),
    ] {
        let mut shown = up.get(kind, ids, &[]);
        let object = shown.as_object_mut().unwrap();
        let consistent = object.remove("consistent").unwrap();
        for list in lists {
            let answer = up.ask_api(&format!("{path}/{list}"));
            let items = object.remove(*list).unwrap();
            assert!(!items.as_array().unwrap().is_empty(), "{kind}: {list}");
            assert_eq!(items, answer["items"], "{kind}: {list}");
            assert_eq!(consistent[list], answer["consistent"], "{kind}: {list}");
        }
        if kind == "team" {
            let projects = object.remove("projects").unwrap(); // The API has no such list.
            assert_eq!(projects, up.ask_api("/projects/engine/teams")["items"]);
        }
        assert_eq!(shown, up.ask_api(path), "{kind}");
    }
}

#[test]
fn get_shows_roles_permissions_and_claims_as_the_api_does() {
    let up = with_an_entity_of_each_kind();
    for (kind, custom) in [("role", "auditor"), ("permission", "invoices:read")] {
        let list = format!("{kind}s");
        let answer = up.ask_api(&format!("/{list}"));
        assert_eq!(up.get(&list, &[], &[])[&list], answer["items"]);
        let items = answer["items"].as_array().unwrap();
        for item in items {
            let id = item[format!("{kind}Id")].as_str().unwrap();
            assert_eq!(item["builtIn"], id != custom);
            assert_eq!(up.get(kind, &[id], &[]), *item);
        }
        assert!(items.len() > 3, "{items:?}");
    }
    for (kind, value, path) in [
        ("email", "ADA@x.org", "/users?email=ada@x.org"),
        ("name", "ACME", "/organizations?name=acme"),
    ] {
        let claims = &up.get(kind, &[value], &[])["claims"];
        assert_eq!(*claims, json!([up.ask_api(path)]));
    }
}

#[test]
fn ingest_shows_entities_as_the_api_does() {
    let up = with_an_entity_of_each_kind();
    let ada = up.ask_api("/users/ada");
    let member = up.ask_api("/organizations/acme/users/ada");
    let folder = TempDir::new().unwrap();
    // The same events with the times that SQS assigned.
    let at = |shown: &Value| shown["createdAt"].as_str().unwrap().to_owned();
    let event = |event_type: &str, time: String, payload: Value| {
        json!({"eventId": "e", "type": event_type, "timestamp": time, "payload": payload})
            .to_string()
    };
    let events = [
        event("UserCreated", at(&ada), user()),
        event(
            "OrganizationCreated",
            at(&up.ask_api("/organizations/acme")),
            json!({"id": "acme", "name": "Acme"}),
        ),
        event(
            "OrganizationUserAdded",
            at(&member),
            json!({"organizationId": "acme", "userId": "ada", "roleId": "auditor"}),
        ),
    ];
    let path = file(&folder, events.join("\n"));
    let directory = ingested(&[text(&path)]);
    assert_eq!(directory["users"], json!({"ada": ada}));
    assert_eq!(directory["memberships"], json!([member]));
}

/// The exit code, and what was told.
fn told(up: &RunningRoster, arguments: &[&str]) -> (Option<i32>, String) {
    let port = up.dynamodb.rsplit(':').next().unwrap();
    let port = ["--dynamodb-port", port];
    let output = run(&[&["get"], arguments, &port].concat());
    let told = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(told).unwrap())
}

#[test]
fn get_tells_who_owns_a_value_and_who_else_claims_it() {
    let up = with_an_entity_of_each_kind();
    let (code, alone) = told(&up, &["email", "ADA@x.org"]);
    let owner = "The email belongs to user ada: Ada L, <ada@x.org>\n";
    assert_eq!(code, Some(0));
    assert_eq!(
        alone,
        format!("{owner}Nobody else claims it, by the index, which may lag.\n")
    );
    let mut other = user();
    other["id"] = "ida".into();
    up.send(&json!({"eventId": "e", "type": "UserCreated", "payload": other}));
    while up.get("email", &["ada@x.org"], &[])["claims"]
        .as_array()
        .unwrap()
        .len()
        < 2
    {
        std::thread::yield_now();
    }
    assert_eq!(up.get("email", &["ada@x.org"], &[])["owner"], "ada");
    assert_eq!(up.get("name", &["acme"], &[])["owner"], "acme");
    let (_, both) = told(&up, &["email", "ada@x.org"]);
    assert!(both.starts_with(owner), "{both}");
    assert!(
        both.contains("\nOthers that claim it, by the index, which may lag (1)\n"),
        "{both}"
    );
    let row = both.lines().last().unwrap();
    assert_eq!(row, " ida  Ada L, <ada@x.org>");
}

#[test]
fn what_is_not_there_has_an_exit_code_of_its_own() {
    let up = RunningRoster::start(&[]);
    for (arguments, line) in [
        (
            &["user", "zoe"][..],
            "user zoe does not exist, and nothing refers to it",
        ),
        (&["role", "boss"], "role boss does not exist"),
        (&["email", "zoe@x.org"], "nobody claims the email zoe@x.org"),
        (&["name", "zoe"], "nobody claims the name zoe"),
    ] {
        assert_eq!(told(&up, arguments), (Some(3), format!("error: {line}\n")));
    }
    for no_email in ["zoe", "zoe@x", "zoe @x.org"] {
        let (code, line) = told(&up, &["email", no_email]);
        let expected = format!("error: invalid value '{no_email}' for '<EMAIL>': ");
        assert_eq!(code, Some(2), "{line}");
        assert!(
            line.starts_with(&expected) && line.contains("an email address like name@example.com"),
            "{line}"
        );
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    drop(taken);
    let output = run(&["get", "user", "zoe", "--dynamodb-port", &port]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_was_deleted_does_not_exist_and_its_references_are_still_shown() {
    let up = with_an_entity_of_each_kind();
    let deleted = json!({"eventId": "d", "type": "UserDeleted", "payload": {"id": "ada"}});
    up.send(&deleted);
    let user = (0..200).map(|_| told(&up, &["user", "ada"]).1);
    let gone = |told: &String| told.starts_with("User ada does not exist\n");
    assert!(user.into_iter().any(|told| gone(&told)));
    let (code, organization) = told(&up, &["organization", "acme"]);
    assert_eq!(code, Some(0));
    let row = "user ada does not exist  no: user ada does not exist";
    assert!(organization.contains(row), "{organization}");
}
