//! Does `roster may` say what the directory grants, and why?

use serde_json::{Value, json};

use crate::run;
use crate::running::RunningRoster;

/// Ada is an admin and Bob a reader of acme, which owns the site; Ada owns the engine, Bob works on
/// it, and Cleo is in a team of acme that does. Cleo's role in acme is a custom one.
fn directory() -> RunningRoster {
    let up = RunningRoster::start(&[]);
    let user = |id: &str| json!({"id": id, "firstName": id, "lastName": "L", "email": format!("{id}@x.org")});
    let member =
        |id: &str, role: &str| json!({"organizationId": "acme", "userId": id, "role": role});
    let mut of_auditor = member("cleo", "");
    of_auditor["role"].take();
    of_auditor.as_object_mut().unwrap().remove("role");
    of_auditor["roleId"] = "auditor".into();
    let team = json!({"organizationId": "acme", "teamId": "core", "projectId": "engine"});
    let mut in_team = team.clone();
    in_team["userId"] = "cleo".into();
    for (event_type, payload) in [
        ("UserCreated", user("ada")),
        ("UserCreated", user("bob")),
        ("UserCreated", user("cleo")),
        ("OrganizationCreated", json!({"id": "acme", "name": "Acme"})),
        ("OrganizationUserAdded", member("ada", "admin")),
        ("OrganizationUserAdded", member("bob", "reader")),
        ("OrganizationUserAdded", of_auditor),
        (
            "RoleCreated",
            json!({"id": "auditor", "name": "Auditor",
            "permissionIds": ["members:read"]}),
        ),
        (
            "ProjectCreated",
            json!({"id": "engine", "name": "Engine", "ownerUserId": "ada",
            "createdByUserId": "ada"}),
        ),
        (
            "ProjectUserAdded",
            json!({"projectId": "engine", "userId": "bob"}),
        ),
        (
            "TeamCreated",
            json!({"organizationId": "acme", "id": "core", "name": "Core"}),
        ),
        ("TeamUserAdded", in_team),
        ("ProjectTeamAdded", team),
    ] {
        up.send(&json!({"eventId": "e", "type": event_type, "payload": payload}));
    }
    let teams = || up.get("project", &["engine"], &[])["teams"][0]["effective"].clone();
    while teams() != true {
        std::thread::yield_now();
    }
    up
}

#[test]
fn a_permission_is_granted_or_denied_with_its_reason() {
    let up = directory();
    let port = up.dynamodb.rsplit(':').next().unwrap();
    let asked = |arguments: &str, json: bool| {
        let arguments = arguments.split(' ').chain(["--dynamodb-port", port]);
        let arguments = arguments.chain(json.then_some("--json"));
        let output = run(&["may"].into_iter().chain(arguments).collect::<Vec<_>>());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        let code = output.status.code().unwrap();
        (
            code,
            String::from_utf8(output.stdout).unwrap().replace('\n', " "),
        )
    };
    for (arguments, code, told, reason) in [
        (
            "ada members:manage acme",
            0,
            "yes: user ada has the built-in role admin in organization acme ",
            "role",
        ),
        (
            "cleo members:read acme",
            0,
            "yes: user cleo has the custom role auditor in organization acme ",
            "role",
        ),
        (
            "bob members:manage acme",
            1,
            "no: user bob has the built-in role reader in organization acme, which does not grant \
             members:manage ",
            "not_granted",
        ),
        (
            "zoe members:read acme",
            1,
            "no: user zoe does not exist ",
            "absent",
        ),
        (
            "ada members:read nowhere",
            1,
            "no: organization nowhere does not exist ",
            "absent",
        ),
        (
            "ada never:created acme",
            1,
            "no: permission never:created does not exist ",
            "absent",
        ),
        (
            "ada projects:delete --project engine",
            0,
            "yes: user ada owns the project ",
            "owner",
        ),
        (
            "bob projects:read --project engine",
            0,
            "yes: user bob works on the project ",
            "project_user",
        ),
        (
            "cleo projects:read --project engine",
            0,
            "yes: user cleo is in team core of organization acme, which works on the project ",
            "team",
        ),
        (
            "bob projects:delete --project engine",
            1,
            "no: nothing grants projects:delete on project engine to user bob ",
            "not_granted",
        ),
    ] {
        assert_eq!(
            asked(arguments, false),
            (code, told.to_owned()),
            "{arguments}"
        );
        let (json_code, json) = asked(arguments, true);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json_code, code, "{arguments}");
        assert_eq!(json["allowed"], code == 0, "{json}");
        assert_eq!(json["reason"]["code"], reason, "{json}");
    }
}

#[test]
fn what_is_no_question_is_an_error_and_no_answer() {
    for arguments in [
        &["ada", "members:read"][..],
        &["ada", "members:read", "acme", "--project", "engine"],
        &["ada"],
    ] {
        let output = run(&[&["may"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
    let output = run(&["may", "ada", "members:read", "acme", "--dynamodb-port", "1"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot ask the table on port 1"), "{told}");
}
