//! Does each list of the table contain exactly its entities?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use roster_domain::{OrganizationId, ProjectId, TeamId, UserId};
use roster_table::{Cursor, ForeignCursor, List, Part};
use roster_tests::pages::{all, pages};
use roster_tests::told::{event, stack_with};
use serde_json::{Value, json};

/// Two entities of every kind, related crosswise, and a removed relationship of each kind.
fn events() -> Vec<Value> {
    let mut events = Vec::new();
    let mut tell = |event_type: &str, payload| events.push(event(event_type, 1, payload));
    for n in ["1", "2"] {
        tell(
            "UserCreated",
            json!({"id": format!("u{n}"), "name": "N", "email": "One@x.org"}),
        );
        tell(
            "OrganizationCreated",
            json!({"id": format!("o{n}"), "name": "Same name"}),
        );
        tell(
            "RoleCreated",
            json!({"id": format!("r{n}"), "name": "R", "permissionIds": []}),
        );
        tell(
            "PermissionCreated",
            json!({"id": format!("q{n}"), "name": "Q"}),
        );
        let organization = format!("o{n}");
        tell(
            "TeamCreated",
            json!({"organizationId": organization, "id": "t", "name": "T"}),
        );
        tell(
            "ProjectCreated",
            json!({"id": format!("p{n}"), "name": "P",
            "ownerOrganizationId": organization, "createdByUserId": "u1"}),
        );
        for user in ["u1", "u2"] {
            let member = json!({"organizationId": organization, "userId": user, "teamId": "t",
                "projectId": format!("p{n}"), "role": "reader"});
            tell("OrganizationUserAdded", member.clone());
            tell("TeamUserAdded", member.clone());
            tell("ProjectUserAdded", member);
        }
        let team = json!({"organizationId": organization, "teamId": "t", "projectId": "p1"});
        tell("ProjectTeamAdded", team);
    }
    tell(
        "ProjectCreated",
        json!({"id": "p3", "name": "P", "ownerUserId": "u1",
        "createdByUserId": "u2"}),
    );
    let ended = json!({"organizationId": "o1", "userId": "gone", "teamId": "t", "projectId": "p1",
        "role": "reader"});
    for kind in ["OrganizationUser", "TeamUser", "ProjectUser"] {
        events.push(event(&format!("{kind}Added"), 1, ended.clone()));
        events.push(event(&format!("{kind}Removed"), 2, ended.clone()));
    }
    events
}

fn lists() -> Vec<(List, &'static [&'static str])> {
    let organization = || OrganizationId::parse("o1").unwrap();
    let team = || TeamId::parse("t").unwrap();
    let user = || UserId::parse("u1").unwrap();
    let project = || ProjectId::parse("p1").unwrap();
    vec![
        (
            List::OrganizationUsers(organization()),
            &["membership o1 u1", "membership o1 u2"],
        ),
        (List::OrganizationTeams(organization()), &["team o1 t"]),
        (List::OrganizationProjects(organization()), &["project p1"]),
        (
            List::TeamUsers(organization(), team()),
            &["team member o1 t u1", "team member o1 t u2"],
        ),
        (
            List::TeamProjects(organization(), team()),
            &["project team p1 o1 t"],
        ),
        (List::TeamsOfId(team()), &["team o1 t", "team o2 t"]),
        (
            List::ProjectUsers(project()),
            &["project user p1 u1", "project user p1 u2"],
        ),
        (
            List::ProjectTeams(project()),
            &["project team p1 o1 t", "project team p1 o2 t"],
        ),
        (
            List::UserOrganizations(user()),
            &["membership o1 u1", "membership o2 u1"],
        ),
        (
            List::UserTeams(user()),
            &["team member o1 t u1", "team member o2 t u1"],
        ),
        (
            List::UserProjects(user()),
            &["project user p1 u1", "project user p2 u1", "project p3"],
        ),
        (List::Roles, &["role r1", "role r2"]),
        (List::Permissions, &["permission q1", "permission q2"]),
        (
            List::EmailClaims("ONE@X.ORG".to_owned()),
            &["user u1", "user u2"],
        ),
        (
            List::NameClaims("SAME NAME".to_owned()),
            &["organization o1", "organization o2"],
        ),
    ]
}

/// Claims are in the order of clocks, which is the order of hashes here.
fn sorted(mut names: Vec<String>, list: &List) -> Vec<String> {
    if matches!(list, List::EmailClaims(_) | List::NameClaims(_)) {
        names.sort();
    }
    names
}

#[tokio::test]
async fn each_list_is_complete_with_any_page_size() {
    let stack = stack_with(events()).await;
    let table = stack.table();
    for (list, expected) in lists() {
        let names = |records: &[roster_table::Record]| {
            let names = records.iter().map(|record| record.entity.to_string());
            sorted(names.collect(), &list)
        };
        assert_eq!(names(&all(&table, &list).await), expected, "{list:?}");
        let ones = pages(&table, &list, Some(1)).await;
        assert!(ones.iter().all(|page| page.records.len() <= 1));
        assert!(
            ones.iter()
                .all(|page| page.consistent == list.is_consistent())
        );
        let records: Vec<_> = ones.into_iter().flat_map(|page| page.records).collect();
        assert_eq!(names(&records), expected, "{list:?}, one by one");
    }
}

#[tokio::test]
async fn every_entry_of_a_list_is_effective_when_everything_is_present() {
    let stack = stack_with(events()).await;
    for (list, _) in lists() {
        for page in pages(&stack.table(), &list, None).await {
            for record in &page.records {
                assert_eq!(page.snapshot.obstacle(&record.entity), None, "{list:?}");
            }
        }
    }
}

#[tokio::test]
async fn absent_entities_are_listed_on_request() {
    let stack = stack_with(events()).await;
    let list = List::OrganizationUsers(OrganizationId::parse("o1").unwrap());
    let part = Part {
        absent: true,
        ..Part::default()
    };
    let page = stack.table().list(&list, part).await.unwrap();
    let gone = page.records.first().unwrap();
    assert_eq!(gone.entity.to_string(), "membership o1 gone");
    assert!(!gone.is_present() && gone.value.is_empty());
    assert_eq!(page.records.len(), 3);
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_list_only() {
    let stack = stack_with(events()).await;
    let table = stack.table();
    for (list, expected) in lists() {
        let part = Part {
            limit: Some(1),
            ..Part::default()
        };
        let first = table.list(&list, part).await.unwrap();
        let cursor = first.next.clone().unwrap();
        assert_eq!(
            Cursor::parse(&cursor.to_text(&list), &list),
            Ok(cursor.clone())
        );
        let part = Part {
            from: Some(cursor.clone()),
            ..Part::default()
        };
        let rest = table.list(&list, part).await.unwrap();
        // The first page may contain only a tombstone.
        let both = first.records.len() + rest.records.len();
        assert_eq!(both, expected.len(), "{list:?}");
        assert!(
            rest.records
                .iter()
                .all(|record| !first.records.contains(record))
        );
        for text in ["", "\n", "USER", "PROFILE", "a\nb", "a\nb\nc\nd"] {
            let parsed = Cursor::parse(text, &list);
            let claims = matches!(list, List::EmailClaims(_) | List::NameClaims(_));
            assert!(parsed.is_err() || claims, "{text:?} of {list:?}");
        }
    }
    let users = List::OrganizationUsers(OrganizationId::parse("o1").unwrap());
    let teams = List::OrganizationTeams(OrganizationId::parse("o1").unwrap());
    let part = Part {
        limit: Some(1),
        ..Part::default()
    };
    let cursor = table.list(&users, part).await.unwrap().next.unwrap();
    assert_eq!(
        Cursor::parse(&cursor.to_text(&users), &teams),
        Err(ForeignCursor)
    );
}
