//! When an entity is effective: one test for each line of the table in `snapshot.rs`, each in
//! every order of arrival.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod facts;

use facts::*;
use roster_domain::{Event, Obstacle, UserId, closure};

/// The events in every order.
fn orders(events: &[Event]) -> Vec<Vec<&Event>> {
    let mut orders: Vec<Vec<&Event>> = vec![Vec::new()];
    for event in events {
        let longer = orders.iter().flat_map(|order| {
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, event);
                longer
            })
        });
        orders = longer.collect();
    }
    orders
}

/// The first event creates the entity, the others everything it refers to, directly or
/// indirectly. It is effective with all of them. Without one of them, that one is reported as
/// absent, whether it never arrived or was removed. If one of the others was removed and created
/// again, it is void until everything else is stated anew.
fn is_effective_with_all_of(events: &[Event]) {
    let entity = &events.first().unwrap().entity;
    for order in orders(events) {
        assert_eq!(snapshot(order).obstacle(entity), None);
    }
    for (place, missing) in events.iter().enumerate() {
        let mut without = events.to_vec();
        without.remove(place);
        let mut removed = events.to_vec();
        removed.push(removal(missing));
        for order in orders(&without).into_iter().chain(orders(&removed)) {
            let snapshot = snapshot(order);
            assert_eq!(
                snapshot.obstacle(entity),
                Some(Obstacle::Absent(missing.entity.clone()))
            );
            assert!(!snapshot.is_effective(entity));
        }
    }
    for (place, again) in events.iter().enumerate().skip(1) {
        let mut history = vec![removal(again), restated(again, 3)];
        history.extend(events.to_vec());
        for order in orders(&history) {
            let obstacle = snapshot(order).obstacle(entity);
            let is_void = obstacle.as_ref().is_some_and(|obstacle| match obstacle {
                Obstacle::Void { reference, removed } => {
                    *removed == again.entity && events.iter().any(|of| of.entity == *reference)
                }
                _ => false,
            });
            assert!(
                is_void,
                "{entity}, {} was removed: {obstacle:?}",
                again.entity
            );
        }
        let others = events.iter().enumerate().filter(|(at, _)| *at != place);
        history.extend(others.map(|(_, other)| restated(other, 4)));
        assert_eq!(snapshot(&history).obstacle(entity), None);
    }
}

#[test]
fn a_user_an_organization_a_role_and_a_permission_refer_to_nothing() {
    is_effective_with_all_of(&[user("ada")]);
    is_effective_with_all_of(&[organization("acme")]);
    is_effective_with_all_of(&[role("auditor", r#"["invoices:read"]"#)]);
    is_effective_with_all_of(&[permission("invoices:read")]);
}

#[test]
fn a_membership_needs_its_organization_and_its_user() {
    is_effective_with_all_of(&[
        member("acme", "ada", r#""role":"admin""#),
        organization("acme"),
        user("ada"),
    ]);
}

#[test]
fn a_team_needs_its_organization() {
    is_effective_with_all_of(&[team("acme", "core"), organization("acme")]);
}

#[test]
fn a_team_member_needs_the_team_and_the_membership_in_its_organization() {
    is_effective_with_all_of(&[
        team_member("acme", "core", "ada"),
        team("acme", "core"),
        organization("acme"),
        member("acme", "ada", r#""role":"reader""#),
        user("ada"),
    ]);
}

#[test]
fn a_project_needs_the_user_or_the_organization_that_owns_it() {
    is_effective_with_all_of(&[project("engine", r#""ownerUserId":"ada""#), user("ada")]);
    let owner = r#""ownerOrganizationId":"acme""#;
    is_effective_with_all_of(&[project("engine", owner), organization("acme")]);
}

#[test]
fn a_project_user_needs_the_project_with_its_owner_and_the_user() {
    is_effective_with_all_of(&[
        project_user("engine", "ada"),
        project("engine", r#""ownerOrganizationId":"acme""#),
        organization("acme"),
        user("ada"),
    ]);
}

#[test]
fn a_project_team_needs_the_project_with_its_owner_and_the_team() {
    is_effective_with_all_of(&[
        project_team("engine", "bolt", "core"),
        project("engine", r#""ownerUserId":"ada""#),
        user("ada"),
        team("bolt", "core"),
        organization("bolt"),
    ]);
}

#[test]
fn a_new_owner_takes_effect_once_it_is_the_newest() {
    let second = event(
        "ProjectCreated",
        3,
        r#"{"id":"engine","name":"n","createdByUserId":"ada","ownerUserId":"ada"}"#,
    );
    let first = project("engine", r#""ownerOrganizationId":"gone""#);
    for order in orders(&[first, second.clone(), user("ada")]) {
        assert!(snapshot(order).is_effective(&second.entity));
    }
}

#[test]
fn extending_a_snapshot_adds_the_entities_of_the_other() {
    let (member, others) = (
        member("acme", "ada", r#""role":"reader""#),
        [organization("acme"), user("ada")],
    );
    let mut both = snapshot([&member]);
    assert!(!both.is_effective(&member.entity));
    both.extend(snapshot(&others));
    assert!(both.is_effective(&member.entity));
}

#[test]
fn the_closure_is_everything_that_ids_refer_to() {
    let link = project_team("engine", "bolt", "core");
    let member = team_member("bolt", "core", "ada");
    let by_ids = [
        &link,
        &project("engine", r#""ownerUserId":"unknown-by-ids""#),
        &team("bolt", "core"),
        &organization("bolt"),
        &member,
        &self::member("bolt", "ada", r#""role":"reader""#),
        &user("ada"),
    ];
    let expected = by_ids.map(|event| event.entity.clone());
    let found = closure([link.entity.clone(), member.entity.clone()]);
    assert_eq!(found, expected.into_iter().collect());
}

#[test]
fn a_patch_does_not_restate_the_ids_of_a_relationship() {
    let (ada, member) = (user("ada"), member("acme", "ada", r#""role":"reader""#));
    let patched = r#"{"organizationId":"acme","userId":"ada","role":"admin"}"#;
    let mut events = vec![
        organization("acme"),
        ada.clone(),
        member.clone(),
        removal(&ada),
        restated(&ada, 3),
        event("OrganizationUserUpdated", 4, patched),
    ];
    let void = Obstacle::Void {
        reference: member.entity.clone(),
        removed: ada.entity,
    };
    assert_eq!(snapshot(&events).obstacle(&member.entity), Some(void));
    events.push(restated(&member, 5));
    assert!(snapshot(&events).is_effective(&member.entity));
}

#[test]
fn a_reference_stated_before_the_creation_of_what_it_names_counts() {
    let (acme, member) = (
        organization("acme"),
        member("acme", "ada", r#""role":"reader""#),
    );
    let events = [acme, member.clone(), restated(&user("ada"), 9)];
    assert!(snapshot(&events).is_effective(&member.entity));
}

#[test]
fn a_reference_stated_at_the_time_of_the_removal_is_void() {
    let (ada, member) = (user("ada"), member("acme", "ada", r#""role":"reader""#));
    let events = [
        organization("acme"),
        ada.clone(),
        restated(&member, 2),
        removal(&ada),
        restated(&ada, 3),
    ];
    assert!(!snapshot(&events).is_effective(&member.entity));
}

#[test]
fn an_obstacle_is_described_by_what_causes_it() {
    let (ada, member) = (user("ada"), member("acme", "ada", r#""role":"reader""#));
    let absent = Obstacle::Absent(ada.entity.clone());
    assert_eq!(absent.to_string(), "user ada does not exist");
    let void = Obstacle::Void {
        reference: member.entity,
        removed: ada.entity,
    };
    assert_eq!(
        void.to_string(),
        "membership acme ada was stated before user ada was last removed"
    );
}

#[test]
fn a_deactivated_user_is_nowhere_until_activated_but_a_project_of_the_user_stays() {
    let (ada, member) = (user("ada"), member("acme", "ada", r#""role":"reader""#));
    let own = project("engine", r#""ownerUserId":"ada""#);
    let place = team_member("acme", "core", "ada");
    let guest = project_user("engine", "eve");
    let works = project_user("engine", "ada");
    let mut events = vec![
        organization("acme"),
        team("acme", "core"),
        user("eve"),
        ada.clone(),
        member.clone(),
        place.clone(),
        own.clone(),
        guest.clone(),
        works.clone(),
        event("UserDeactivated", 2, r#"{"id":"ada"}"#),
    ];
    let inactive = Obstacle::Inactive(UserId::parse("ada").unwrap());
    for of_ada in [&ada, &member, &place, &works] {
        let obstacle = snapshot(&events).obstacle(&of_ada.entity);
        assert_eq!(obstacle, Some(inactive.clone()), "{}", of_ada.entity);
    }
    for other in [&own, &guest] {
        assert!(snapshot(&events).is_effective(&other.entity));
    }
    assert_eq!(inactive.to_string(), "user ada is deactivated");
    events.push(event("UserActivated", 3, r#"{"id":"ada"}"#));
    for of_ada in [&ada, &member, &place, &works] {
        assert!(snapshot(&events).is_effective(&of_ada.entity));
    }
}
