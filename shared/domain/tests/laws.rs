//! The laws of the merge, checked on random events of one entity of each kind.
//!
//! `PROPTEST_CASES=N` runs N cases of each law. A failure is shrunk, printed and saved in a file
//! next to this one, whose cases every later run tries first.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::subsequence;
use roster_domain::json::Object;
use roster_domain::{
    Attribute, CATALOGUE, Change, Event, EventId, EventTime, EventType, Field, Kind, Outcome,
    Sequence, State, Status, Value,
};

#[path = "../../../tests/support/meaning.rs"]
mod meaning;
#[path = "../../../tests/support/payload.rs"]
mod payload;
#[path = "../../../tests/support/restore.rs"]
mod restore;

use meaning::Meaning;

fn event(
    event_type: &'static EventType,
    millis: u64,
    sequence: Option<&str>,
    id: &str,
    payload: &str,
) -> Event {
    let sequence = sequence.map(|text| Sequence::parse(text).unwrap());
    Event::validate(
        event_type,
        EventId::parse(id).unwrap(),
        EventTime::from_unix_millis(millis).unwrap(),
        sequence.as_ref(),
        &Object::parse(payload, "$").unwrap(),
    )
    .unwrap()
}

/// An event of one entity of this kind, with ties in time, sequence and id.
fn one_event(kind: Kind) -> impl Strategy<Value = Event> {
    let mut types: Vec<_> = CATALOGUE.iter().filter(|t| t.kind == kind).collect();
    types.push(restore::event_type(kind));
    let one = (
        prop::sample::select(types),
        0u64..4,
        prop::sample::select(vec![None, None, Some("1"), Some("2")]),
        prop::sample::select(vec!["a", "b"]),
        prop::collection::vec(any::<u8>(), 12),
    );
    one.prop_map(move |(event_type, millis, sequence, id, choices)| {
        let ids = payload::ids(kind, "", &mut |_| 0);
        let mut choices = choices.into_iter();
        let mut choose = |of: usize| usize::from(choices.next().unwrap_or_default()) % of;
        let payload = match event_type.change {
            Change::Restore => restore::payload(kind, &ids, "", &mut choose),
            _ => payload::payload(event_type, &ids, "", &mut choose),
        };
        event(event_type, millis, sequence, id, &payload.to_string())
    })
}

/// Lists of events of one entity, each of at most the given length.
fn events<const N: usize>(most: [usize; N]) -> impl Strategy<Value = [Vec<Event>; N]> {
    prop::sample::select(Kind::ALL.to_vec()).prop_flat_map(move |kind| {
        most.map(|most| prop::collection::vec(one_event(kind), 0..=most))
    })
}

fn state_of(events: &[Event]) -> State {
    let mut state = State::default();
    for event in events {
        state.merge(&event.delta);
    }
    state
}

fn join(left: &State, right: &State) -> State {
    let mut state = left.clone();
    state.merge(right);
    state
}

fn visible(state: &State) -> Option<BTreeMap<Field, Value>> {
    Meaning::of_state(state).present
}

/// 4,000 cases of each law, unless the environment sets another number.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    match std::env::var("PROPTEST_CASES") {
        Ok(_) => usual,
        Err(_) => ProptestConfig {
            cases: 4_000,
            ..usual
        },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_visible_state_is_the_fold_in_clock_order([events] in events([8])) {
        prop_assert_eq!(Meaning::of_state(&state_of(&events)), Meaning::of_events(&events));
    }

    #[test]
    fn merging_is_commutative([a, b] in events([4, 4])) {
        let (a, b) = (state_of(&a), state_of(&b));
        prop_assert_eq!(join(&a, &b), join(&b, &a));
    }

    #[test]
    fn merging_is_associative([a, b, c] in events([4, 4, 4])) {
        let (a, b, c) = (state_of(&a), state_of(&b), state_of(&c));
        prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
    }

    #[test]
    fn merging_is_idempotent([a, b] in events([4, 4])) {
        let both = join(&state_of(&a), &state_of(&b));
        prop_assert_eq!(join(&both, &state_of(&a)), both.clone());
        prop_assert_eq!(join(&both, &both), both);
    }

    #[test]
    fn a_state_is_the_same_however_its_events_are_grouped(
        [events] in events([8]),
        cut in 0usize..9,
    ) {
        let (left, right) = events.split_at(cut.min(events.len()));
        prop_assert_eq!(join(&state_of(left), &state_of(right)), state_of(&events));
    }

    #[test]
    fn stored_registers_read_back_as_the_same_state([events] in events([6])) {
        let state = state_of(&events);
        prop_assert_eq!(State::from_registers(state.registers().clone()), state);
    }

    #[test]
    fn an_outcome_is_applied_exactly_when_the_state_changed(
        (known, again, new) in events([6, 2]).prop_flat_map(|[known, new]| {
            let again = subsequence(known.clone(), 0..=known.len());
            (Just(known), again, Just(new))
        }),
    ) {
        let mut state = state_of(&known);
        for event in again.iter().chain(&new) {
            let before = state.clone();
            let outcome = state.apply(event);
            prop_assert_eq!(outcome == Outcome::Applied, state != before);
            prop_assert_eq!(&state, &join(&before, &event.delta));
        }
        for event in &again {
            prop_assert_ne!(state.apply(event), Outcome::Applied);
        }
    }
}

fn of(name: &str, millis: u64, role: &str) -> Event {
    at(name, millis, None, &format!("e{millis}"), role)
}

fn at(name: &str, millis: u64, sequence: Option<&str>, id: &str, role: &str) -> Event {
    let payload = format!(r#"{{"organizationId":"o","userId":"u","role":"{role}"}}"#);
    event(
        EventType::named(name).unwrap(),
        millis,
        sequence,
        id,
        &payload,
    )
}

#[test]
fn a_redelivered_event_is_a_duplicate_while_a_register_holds_it() {
    let (added, updated) = (
        of("OrganizationUserAdded", 1, "reader"),
        of("OrganizationUserUpdated", 2, "admin"),
    );
    let mut state = State::default();
    assert_eq!(state.apply(&added), Outcome::Applied);
    assert_eq!(state.apply(&updated), Outcome::Applied);
    assert_eq!(state.apply(&updated), Outcome::Duplicate);
    assert_eq!(state.apply(&added), Outcome::Duplicate);
    assert_eq!(
        state.apply(&of("OrganizationUserRemoved", 3, "")),
        Outcome::Applied
    );
    assert_eq!(state.apply(&updated), Outcome::Stale);
}

#[test]
fn the_newest_removal_is_kept_after_a_later_put_in_any_order_of_arrival() {
    let [first, second, added] = [
        of("OrganizationUserRemoved", 1, ""),
        of("OrganizationUserRemoved", 2, ""),
        of("OrganizationUserAdded", 3, "reader"),
    ];
    let mut late = State::default();
    assert_eq!(late.apply(&added), Outcome::Applied);
    assert_eq!(late.apply(&second), Outcome::Applied, "it is kept");
    assert_eq!(late.apply(&second), Outcome::Duplicate);
    assert_eq!(late.apply(&first), Outcome::Stale);
    assert_eq!(late.status(), Status::Active);
    assert_eq!(late.registers().removed, Some(second.clock.clone()));
    assert_eq!(late.oldest(), Some(&second.clock));
    assert_eq!(late, state_of(&[first, second, added]));
}

/// A restore of a membership at this time with this floor.
fn restored(millis: u64, floor: Option<&Event>) -> Event {
    let floor = floor.map_or("null".to_owned(), |removed| {
        format!("{:?}", removed.clock.as_str())
    });
    let payload =
        format!(r#"{{"organizationId":"o","userId":"u","role":"reader","floor":{floor}}}"#);
    let event_type = restore::event_type(Kind::Membership);
    event(event_type, millis, None, "r", &payload)
}

#[test]
fn a_restore_takes_effect_until_a_newer_removal() {
    let [first, second, third] = [1, 3, 7].map(|millis| of("OrganizationUserRemoved", millis, ""));
    let restored = restored(5, Some(&first));
    let counting = |events: &[Event]| Meaning::of_state(&state_of(events)).counting;
    let back = [first.clone(), restored.clone(), second.clone()];
    assert_eq!(counting(&back), Some(first.clock.clone()));
    assert!(visible(&state_of(&back)).is_some());
    assert_eq!(
        state_of(&back).registers().removed,
        Some(second.clock.clone())
    );
    let gone = [third.clone(), first, restored.clone(), second];
    assert_eq!(counting(&gone), Some(third.clock));
    assert_eq!(state_of(&gone).registers().restored, None);
    let mut state = state_of(&gone);
    assert_eq!(state.apply(&restored), Outcome::Stale);
}

#[test]
fn a_restore_without_a_floor_undoes_every_earlier_removal() {
    let removed = of("OrganizationUserRemoved", 1, "");
    let state = state_of(&[restored(2, None), removed.clone()]);
    assert_eq!(Meaning::of_state(&state).counting, None);
    assert_eq!(state.registers().removed, Some(removed.clock));
}

#[test]
fn restores_with_different_floors_are_different_events() {
    let floors = [1, 2].map(|millis| of("OrganizationUserRemoved", millis, ""));
    let clocks = [None, Some(&floors[0]), Some(&floors[1])].map(|floor| restored(5, floor).clock);
    assert!(clocks[0] != clocks[1] && clocks[1] != clocks[2] && clocks[2] != clocks[0]);
}

#[test]
fn a_floor_that_is_not_a_clock_is_refused() {
    let payload = r#"{"organizationId":"o","userId":"u","role":"reader","floor":"yesterday"}"#;
    let refused = Event::validate(
        restore::event_type(Kind::Membership),
        EventId::parse("r").unwrap(),
        EventTime::UNIX_EPOCH,
        None,
        &Object::parse(payload, "$").unwrap(),
    );
    assert_eq!(refused.unwrap_err().path, "$.floor");
}

#[test]
fn an_update_before_its_add_waits_and_one_after_the_removal_does_not_revive() {
    let mut state = State::default();
    assert_eq!(
        state.apply(&of("OrganizationUserUpdated", 5, "admin")),
        Outcome::Applied
    );
    assert_eq!((state.status(), visible(&state)), (Status::Pending, None));
    assert_eq!(
        state.apply(&of("OrganizationUserAdded", 3, "reader")),
        Outcome::Applied
    );
    assert_eq!(
        visible(&state).unwrap()[&Field::Role].text(Attribute::Role),
        Some("admin")
    );
    assert_eq!(
        state.apply(&of("OrganizationUserRemoved", 4, "")),
        Outcome::Applied
    );
    assert_eq!((state.status(), visible(&state)), (Status::Removed, None));
    assert_eq!(
        state.apply(&of("OrganizationUserUpdated", 6, "writer")),
        Outcome::Applied
    );
    assert_eq!((state.status(), visible(&state)), (Status::Removed, None));
}

#[test]
fn the_same_event_with_different_content_contradicts() {
    let mut state = State::default();
    assert_eq!(
        state.apply(&of("OrganizationUserAdded", 1, "reader")),
        Outcome::Applied
    );
    assert!(!state.contradicts(&of("OrganizationUserAdded", 1, "reader")));
    assert!(state.contradicts(&of("OrganizationUserAdded", 1, "admin")));
    assert!(!state.contradicts(&of("OrganizationUserAdded", 2, "admin")));
    assert!(state.contradicts(&of("OrganizationUserRemoved", 1, "")));
    let sequenced = at("OrganizationUserAdded", 1, Some("1"), "e1", "reader");
    assert!(state.contradicts(&sequenced));
}

/// Events as EventBridge delivers them: it cuts times to whole seconds and assigns new ids.
#[test]
fn a_removal_wins_against_events_with_the_same_time_and_any_ids() {
    let (added, updated, removed) = (
        "OrganizationUserAdded",
        "OrganizationUserUpdated",
        "OrganizationUserRemoved",
    );
    for ids in [["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"]] {
        let [first, second, third] = ids;
        let events = [
            at(added, 1, None, first, "reader"),
            at(updated, 1, None, second, "admin"),
            at(removed, 1, None, third, ""),
        ];
        let role = |events: &[Event]| {
            let shown = visible(&state_of(events))?;
            Some(shown[&Field::Role].text(Attribute::Role)?.to_owned())
        };
        assert_eq!(role(&events[..2]).as_deref(), Some("admin"));
        assert_eq!(role(&events), None);
    }
}

#[test]
fn a_sequence_orders_events_with_the_same_time() {
    let removed = at("OrganizationUserRemoved", 1, Some("0009"), "a", "");
    let added = at("OrganizationUserAdded", 1, Some("0010"), "a", "reader");
    let unordered = at("OrganizationUserRemoved", 1, None, "b", "");
    assert!(visible(&state_of(&[added.clone(), removed.clone()])).is_some());
    assert!(visible(&state_of(&[added, removed, unordered])).is_some());
}
