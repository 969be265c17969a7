//! Access decisions: one case for each path and each reason in `access.rs`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod facts;

use facts::*;
use roster_domain::{
    AssignedRole, BuiltInRole, Decision, Denial, Entity, Event, Grant, Obstacle, OrganizationId,
    PermissionId, ProjectId, Resource, RoleId, TeamId, UserId, built_in_permissions,
};

const ACME: &str = r#""ownerOrganizationId":"acme""#;

fn acme() -> Resource {
    Resource::Organization(OrganizationId::parse("acme").unwrap())
}

fn engine() -> Resource {
    Resource::Project(ProjectId::parse("engine").unwrap())
}

fn may(events: &[Event], user: &str, permission: &str, resource: &Resource) -> Decision {
    let user = UserId::parse(user).unwrap();
    let permission = PermissionId::parse(permission).unwrap();
    snapshot(events).allowed(&user, &permission, resource)
}

fn by_role(organization: &str, role: AssignedRole) -> Decision {
    let organization = OrganizationId::parse(organization).unwrap();
    Decision::Granted(Grant::OwnRole { organization, role })
}

/// For reading, there is no `role`.
fn through(organization: &str, team: &str, role: &str) -> Decision {
    Decision::Granted(Grant::Team {
        organization: OrganizationId::parse(organization).unwrap(),
        team: TeamId::parse(team).unwrap(),
        role: BuiltInRole::parse(role).ok().map(AssignedRole::BuiltIn),
    })
}

fn as_user(role: Option<AssignedRole>) -> Decision {
    Decision::Granted(Grant::ProjectUser { role })
}

fn absent(entity: &Event) -> Decision {
    Decision::Denied(Obstacle::Absent(entity.entity.clone()).into())
}

const NOT_GRANTED: Decision = Decision::Denied(Denial::NotGranted);

/// Acme with an admin, a writer and a reader, and a user without any membership.
fn people() -> Vec<Event> {
    vec![
        organization("acme"),
        user("admin"),
        user("writer"),
        user("reader"),
        user("stranger"),
        member("acme", "admin", r#""role":"admin""#),
        member("acme", "writer", r#""role":"writer""#),
        member("acme", "reader", r#""role":"reader""#),
    ]
}

#[test]
fn a_built_in_role_grants_its_permissions_and_nothing_else() {
    for role in BuiltInRole::all() {
        for permission in built_in_permissions() {
            let decision = may(&people(), role.as_str(), permission, &acme());
            let granted = by_role("acme", AssignedRole::BuiltIn(role));
            let has = role.permissions().contains(&permission);
            assert_eq!(decision, if has { granted } else { NOT_GRANTED });
        }
    }
    let membership = member("acme", "stranger", r#""role":"admin""#);
    let decision = may(&people(), "stranger", "organization:read", &acme());
    assert_eq!(decision, absent(&membership));
}

#[test]
fn a_custom_role_grants_the_permissions_it_lists_while_both_are_present() {
    let (auditor, invoices) = (
        role("auditor", r#"["members:read","invoices:read"]"#),
        permission("invoices:read"),
    );
    let mut events = people();
    events.extend([
        user("ada"),
        member("acme", "ada", r#""roleId":"auditor""#),
        auditor.clone(),
        invoices.clone(),
    ]);
    let own = by_role(
        "acme",
        AssignedRole::Custom(RoleId::parse("auditor").unwrap()),
    );
    for granted in ["members:read", "invoices:read"] {
        assert_eq!(may(&events, "ada", granted, &acme()), own);
    }
    assert_eq!(may(&events, "ada", "members:manage", &acme()), NOT_GRANTED);
    assert_eq!(may(&events, "admin", "invoices:read", &acme()), NOT_GRANTED);

    let permissions = |events: &[Event]| {
        let (ada, acme) = (
            UserId::parse("ada").unwrap(),
            OrganizationId::parse("acme").unwrap(),
        );
        snapshot(events)
            .permissions(&ada, &acme)
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(permissions(&events), ["invoices:read", "members:read"]);
    events.push(removal(&invoices));
    assert_eq!(permissions(&events), ["members:read"]);
    assert_eq!(
        may(&events, "ada", "invoices:read", &acme()),
        absent(&invoices)
    );
    events.push(removal(&auditor));
    assert_eq!(permissions(&events), [""; 0]);
    assert_eq!(
        may(&events, "ada", "members:read", &acme()),
        absent(&auditor)
    );
}

#[test]
fn the_role_in_the_organization_that_owns_a_project_decides() {
    let mut events = people();
    events.push(project("engine", ACME));
    let writer = by_role(
        "acme",
        AssignedRole::BuiltIn(BuiltInRole::parse("writer").unwrap()),
    );
    assert_eq!(may(&events, "writer", "projects:update", &engine()), writer);
    for (user, permission) in [
        ("writer", "projects:delete"),
        ("reader", "projects:update"),
        ("stranger", "projects:read"),
    ] {
        assert_eq!(may(&events, user, permission, &engine()), NOT_GRANTED);
    }
}

#[test]
fn the_user_who_owns_a_project_may_read_update_and_delete_it() {
    let mut events = people();
    events.push(project("engine", r#""ownerUserId":"stranger""#));
    for permission in ["projects:read", "projects:update", "projects:delete"] {
        let decision = may(&events, "stranger", permission, &engine());
        assert_eq!(decision, Decision::Granted(Grant::Owner));
        assert_eq!(may(&events, "admin", permission, &engine()), NOT_GRANTED);
    }
    for permission in ["projects:create", "members:manage"] {
        assert_eq!(may(&events, "stranger", permission, &engine()), NOT_GRANTED);
    }
}

#[test]
fn a_user_of_a_project_may_read_it() {
    let mut events = people();
    let link = project_user("engine", "stranger");
    events.extend([project("engine", ACME), link.clone()]);
    let decision = may(&events, "stranger", "projects:read", &engine());
    assert_eq!(decision, as_user(None));
    assert_eq!(
        may(&events, "stranger", "projects:update", &engine()),
        NOT_GRANTED
    );
    events.push(removal(&link));
    assert_eq!(
        may(&events, "stranger", "projects:read", &engine()),
        NOT_GRANTED
    );
}

#[test]
fn a_team_grants_a_project_the_members_role_while_every_link_is_effective() {
    let links = [
        team("bolt", "core"),
        team_member("bolt", "core", "ada"),
        project_team_as("engine", "bolt", "core", r#""role":"admin""#),
        member("bolt", "ada", r#""role":"writer""#),
        organization("bolt"),
    ];
    let mut events = people();
    events.extend([user("ada"), project("engine", ACME)]);
    events.extend(links.clone());
    for (permission, role) in [("projects:read", ""), ("projects:update", "admin")] {
        assert_eq!(
            may(&events, "ada", permission, &engine()),
            through("bolt", "core", role)
        );
    }
    assert_eq!(
        may(&events, "ada", "projects:delete", &engine()),
        NOT_GRANTED
    );
    for link in &links {
        let mut broken = events.clone();
        broken.push(removal(link));
        let decision = may(&broken, "ada", "projects:read", &engine());
        assert_eq!(decision, NOT_GRANTED, "without {}", link.entity);
    }
}

#[test]
fn a_member_of_a_team_may_read_its_projects_with_any_role() {
    let mut events = people();
    events.extend([
        user("ada"),
        project("engine", ACME),
        organization("bolt"),
        team("bolt", "core"),
        team_member("bolt", "core", "ada"),
        project_team("engine", "bolt", "core"),
        member("bolt", "ada", r#""roleId":"gone""#),
    ]);
    let decision = may(&events, "ada", "projects:read", &engine());
    assert_eq!(decision, through("bolt", "core", ""));
    assert_eq!(
        may(&events, "ada", "projects:update", &engine()),
        NOT_GRANTED
    );
}

#[test]
fn working_on_one_project_grants_nothing_on_another() {
    let mut events = people();
    events.extend([
        user("ada"),
        project("engine", ACME),
        project("other", ACME),
        organization("bolt"),
        member("bolt", "ada", r#""role":"admin""#),
        team("bolt", "core"),
        team_member("bolt", "core", "ada"),
        project_team("other", "bolt", "core"),
        project_user("other", "stranger"),
    ]);
    for user in ["ada", "stranger"] {
        let decision = may(&events, user, "projects:read", &engine());
        assert_eq!(decision, NOT_GRANTED, "{user}");
    }
}

#[test]
fn the_first_absent_of_resource_user_and_permission_is_reported() {
    let events = people();
    let nothing = organization("nothing");
    let resource = Resource::Organization(OrganizationId::parse("nothing").unwrap());
    assert_eq!(
        may(&events, "nobody", "no:such", &resource),
        absent(&nothing)
    );
    assert_eq!(
        may(&events, "nobody", "no:such", &acme()),
        absent(&user("nobody"))
    );
    assert_eq!(
        may(&events, "admin", "no:such", &acme()),
        absent(&permission("no:such"))
    );
    assert_eq!(
        may(&events, "admin", "projects:read", &engine()),
        Decision::Denied(
            Obstacle::Absent(Entity::Project(ProjectId::parse("engine").unwrap())).into()
        )
    );
    let mut gone = people();
    gone.push(removal(&organization("acme")));
    let decision = may(&gone, "admin", "organization:read", &acme());
    assert_eq!(decision, absent(&organization("acme")));
}

/// Ada, an admin of Bolt, is in a team of Bolt that works on a project of Acme.
fn guest_admin(role: &str) -> Vec<Event> {
    let mut events = people();
    events.extend([
        user("ada"),
        project("engine", ACME),
        organization("bolt"),
        member("bolt", "ada", r#""role":"admin""#),
        member("bolt", "reader", r#""role":"reader""#),
        team("bolt", "core"),
        team_member("bolt", "core", "ada"),
        team_member("bolt", "core", "reader"),
        project_team_as("engine", "bolt", "core", role),
    ]);
    events
}

#[test]
fn the_role_of_a_team_on_a_project_bounds_what_its_members_may_do() {
    for (role, may_update, may_delete) in [
        (r#""role":null"#, false, false),
        (r#""role":"reader""#, false, false),
        (r#""role":"writer""#, true, false),
        (r#""role":"admin""#, true, true),
        (r#""roleId":"gone""#, false, false),
    ] {
        let events = guest_admin(role);
        let is = |permission| may(&events, "ada", permission, &engine());
        let stated = role.split('"').nth(3).unwrap_or_default();
        let granted = through("bolt", "core", stated);
        let expected = |may: bool| if may { granted.clone() } else { NOT_GRANTED };
        assert_eq!(is("projects:read"), through("bolt", "core", ""), "{role}");
        assert_eq!(is("projects:update"), expected(may_update), "{role}");
        assert_eq!(is("projects:delete"), expected(may_delete), "{role}");
        // Acme's own reader is one of Bolt's readers as well, so the bound does not lift it.
        let reader = may(&events, "reader", "projects:update", &engine());
        assert_eq!(reader, NOT_GRANTED, "{role}");
    }
    let without = guest_admin(r#""name":"no role is stated""#);
    assert_eq!(
        may(&without, "ada", "projects:delete", &engine()),
        NOT_GRANTED
    );
}

#[test]
fn the_role_of_a_user_on_a_project_grants_its_permissions_there() {
    let works = |role: &str| {
        let payload = format!(r#"{{"projectId":"engine","userId":"stranger",{role}}}"#);
        event("ProjectUserAdded", 1, &payload)
    };
    let writer = AssignedRole::BuiltIn(BuiltInRole::parse("writer").unwrap());
    let auditor = AssignedRole::Custom(RoleId::parse("auditor").unwrap());
    for (role, permission, expected) in [
        (
            r#""role":"writer""#,
            "projects:update",
            as_user(Some(writer)),
        ),
        (r#""role":"writer""#, "projects:delete", NOT_GRANTED),
        (
            r#""roleId":"auditor""#,
            "projects:delete",
            as_user(Some(auditor)),
        ),
        (r#""roleId":"auditor""#, "projects:update", NOT_GRANTED),
        (r#""roleId":"auditor""#, "projects:read", as_user(None)),
    ] {
        let mut events = people();
        events.extend([project("engine", ACME), works(role)]);
        events.push(self::role("auditor", r#"["projects:delete"]"#));
        let decision = may(&events, "stranger", permission, &engine());
        assert_eq!(decision, expected, "{role} {permission}");
        let acme = may(&events, "stranger", permission, &acme());
        assert!(matches!(acme, Decision::Denied(_)), "{role} {permission}");
    }
}

fn void(reference: &Event, removed: &Event) -> Decision {
    let obstacle = Obstacle::Void {
        reference: reference.entity.clone(),
        removed: removed.entity.clone(),
    };
    Decision::Denied(obstacle.into())
}

#[test]
fn a_role_that_was_created_again_counts_once_it_is_assigned_anew() {
    let auditor = role("auditor", r#"["members:read"]"#);
    let ada = member("acme", "ada", r#""roleId":"auditor""#);
    let mut events = people();
    events.extend([user("ada"), ada.clone(), auditor.clone()]);
    events.extend([removal(&auditor), restated(&auditor, 3)]);
    let decision = |events: &[Event]| may(events, "ada", "members:read", &acme());
    assert_eq!(decision(&events), void(&ada, &auditor));
    let assigned = r#"{"organizationId":"acme","userId":"ada","roleId":"auditor"}"#;
    events.push(event("OrganizationUserUpdated", 4, assigned));
    let own = AssignedRole::Custom(RoleId::parse("auditor").unwrap());
    assert_eq!(decision(&events), by_role("acme", own));
}

#[test]
fn a_permission_that_was_created_again_counts_once_the_list_is_stated_anew() {
    let auditor = role("auditor", r#"["invoices:read","members:read"]"#);
    let invoices = permission("invoices:read");
    let mut events = people();
    events.extend([user("ada"), member("acme", "ada", r#""roleId":"auditor""#)]);
    events.extend([auditor.clone(), invoices.clone()]);
    events.extend([removal(&invoices), restated(&invoices, 3)]);
    let decision = |events: &[Event]| may(events, "ada", "invoices:read", &acme());
    let permissions = |events: &[Event]| {
        let (user, organization) = (UserId::parse("ada"), OrganizationId::parse("acme"));
        snapshot(events).permissions(&user.unwrap(), &organization.unwrap())
    };
    assert_eq!(decision(&events), void(&auditor, &invoices));
    assert_eq!(permissions(&events).len(), 1);
    let renamed = r#"{"id":"auditor","name":"Auditor 2"}"#;
    events.push(event("RoleUpdated", 4, renamed));
    assert_eq!(decision(&events), void(&auditor, &invoices));
    let listed = r#"{"id":"auditor","permissionIds":["invoices:read","members:read"]}"#;
    events.push(event("RoleUpdated", 5, listed));
    let own = AssignedRole::Custom(RoleId::parse("auditor").unwrap());
    assert_eq!(decision(&events), by_role("acme", own));
    assert_eq!(permissions(&events).len(), 2);
}

#[test]
fn a_denial_on_a_project_names_the_path_that_is_void() {
    let works = project_user("engine", "stranger");
    let mut events = people();
    events.extend([project("engine", ACME), works.clone()]);
    events.extend([removal(&user("stranger")), restated(&user("stranger"), 3)]);
    let decision = may(&events, "stranger", "projects:read", &engine());
    assert_eq!(decision, void(&works, &user("stranger")));
}

#[test]
fn a_member_without_a_role_is_a_member_without_permissions() {
    let mut events = people();
    let nobody = member("acme", "stranger", r#""role":null"#);
    events.push(nobody.clone());
    assert!(snapshot(&events).is_effective(&nobody.entity));
    let decision = may(&events, "stranger", "organization:read", &acme());
    assert_eq!(decision, NOT_GRANTED);
    let (user, organization) = (UserId::parse("stranger"), OrganizationId::parse("acme"));
    let permissions = snapshot(&events).permissions(&user.unwrap(), &organization.unwrap());
    assert_eq!(permissions.len(), 0);
}

#[test]
fn a_void_role_and_void_permissions_are_told_with_what_makes_them_so() {
    let auditor = role("auditor", r#"["invoices:read","members:read"]"#);
    let invoices = permission("invoices:read");
    let ada = member("acme", "ada", r#""roleId":"auditor""#);
    let mut events = people();
    events.extend([user("ada"), ada.clone(), auditor.clone(), invoices.clone()]);
    let told = |events: &[Event], of: &Event| {
        let void = snapshot(events).void_values(&of.entity);
        void.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told(&events, &ada), [""; 0]);
    events.extend([removal(&invoices), restated(&invoices, 3)]);
    let expected = "role auditor was stated before permission invoices:read was last removed";
    assert_eq!(told(&events, &auditor), [expected]);
    events.extend([removal(&auditor), restated(&auditor, 3)]);
    let expected = "membership acme ada was stated before role auditor was last removed";
    assert_eq!(told(&events, &ada), [expected]);
    assert_eq!(told(&events, &auditor), [""; 0]);
}
