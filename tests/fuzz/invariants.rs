//! Invariants of every message, valid or not. The fuzz target and the replay of its corpus check
//! the same ones.
//!
//! The first byte of an input determines when SQS received the message and what its attribute
//! `EventTime` is (see [`Input::read`]). The rest is the body, preceded by a line with the
//! attribute if that is a text.
//!
//! Bytes that are not UTF-8 become U+FFFD instead of ending the run, so that an input with one
//! broken byte still tests the others. No body has such bytes: SQS accepts Unicode only, and a
//! Lambda payload with broken UTF-8 or a lone surrogate is rejected as a whole when the runtime
//! reads it as JSON, before any code of this project. A lone surrogate that is escaped in the
//! body itself does arrive, and the corpus has one.

#![expect(clippy::unwrap_used, reason = "a broken promise ends the run")]

use std::borrow::Cow;

use roster_domain::json::Object;
use roster_domain::{
    Attribute, CATALOGUE, Change, Clock, Event, EventId, EventTime, EventType, Found, Kind,
    Outcome, Reason, Refusal, Restored, State, Status, limits,
};
use roster_envelope::{KnownAttributes, Message, carries_time, decode};
use serde_json::{Map, Value, json};

/// A placeholder for a name or an email in the corpus and the dictionary.
const PERSONAL: &str = "PERSONAL";

/// All words that a path may contain besides the names of ids and attributes: none comes from the
/// message.
const PATH_WORDS: [&str; 27] = [
    "$",
    "Actor",
    "CorrelationId",
    "EventTime",
    "Message",
    "MessageAttributes",
    "Source",
    "Timestamp",
    "Value",
    "actor",
    "correlationId",
    "correlationid",
    "data",
    "data_base64",
    "detail",
    "detail-type",
    "eventId",
    "id",
    "messageAttributes",
    "payload",
    "sequence",
    "source",
    "specversion",
    "time",
    "timestamp",
    "traceparent",
    "type",
];

/// The fields whose values a refusal may quote, if they look like what belongs there.
const QUOTABLE: [&str; 10] = [
    "EventTime",
    "Timestamp",
    "Value",
    "detail-type",
    "role",
    "roleId",
    "specversion",
    "time",
    "timestamp",
    "type",
];

const LAST_MOMENT: &str = "9999-12-31T23:59:59.999999999Z";

/// Decodes the message in `input` and panics if an invariant is broken.
pub fn check(input: &[u8]) {
    let Some(input) = Input::read(input) else {
        return;
    };
    let message = input.message();
    let decoded = decode(&message);
    assert_eq!(decode(&message), decoded, "decoding twice differs");
    match &decoded {
        Ok(event) => {
            invariant_clock_is_in_range(event, message.sent);
            invariant_merging_twice_changes_nothing(event);
            invariant_the_newest_removal_is_kept_and_ends_a_restore(event);
            invariant_only_an_undated_event_takes_the_time_of_sqs(event, &message);
        }
        Err(refusal) => invariant_refusal_repeats_nobody(refusal),
    }
    invariant_another_spelling_means_the_same(&decoded, &message);
    invariant_a_notification_around_it_means_the_same(&decoded, &message);
}

struct Input<'a> {
    text: Cow<'a, str>,
    attribute: u8,
    sent: EventTime,
}

impl<'a> Input<'a> {
    /// Reads the first byte. In ASCII: `0`, `1` and `2` stand for no attribute, a text and a
    /// binary one in 2026, `3` to `5` for the same at the latest possible time, `6` to `8` at the
    /// earliest.
    fn read(input: &'a [u8]) -> Option<Self> {
        let (first, rest) = input.split_first()?;
        let sent = match first / 3 % 3 {
            0 => "1970-01-01T00:00:00Z",
            1 => "2026-03-01T12:00:00Z",
            _ => LAST_MOMENT,
        };
        Some(Self {
            text: String::from_utf8_lossy(rest),
            attribute: first % 3,
            sent: EventTime::parse(sent).unwrap(),
        })
    }

    fn message(&self) -> Message<'_> {
        let text = &*self.text;
        let (event_time, body) = match self.attribute {
            0 => (None, text),
            1 => {
                let (time, body) = text.split_once('\n').unwrap_or((text, ""));
                (Some(roster_envelope::AttributeText::Text(time)), body)
            }
            _ => (Some(roster_envelope::AttributeText::Binary), text),
        };
        Message {
            body,
            attributes: KnownAttributes::with_time(event_time),
            sent: self.sent,
        }
    }
}

fn invariant_clock_is_in_range(event: &Event, sent: EventTime) {
    let clock = &event.clock;
    assert_eq!(Clock::parse(clock.as_str()).as_ref(), Ok(clock));
    let time = EventTime::parse(clock.time()).unwrap();
    assert_eq!(time.to_string(), clock.time());
    assert!(("1970-01-01T00:00:00.000000000Z"..=LAST_MOMENT).contains(&clock.time()));
    assert!(time <= sent.saturating_add(limits::CLOCK_AHEAD));
    assert!(clock.as_str().len() < 1_024, "a clock is a sort key");
}

fn invariant_merging_twice_changes_nothing(event: &Event) {
    let mut state = State::default();
    state.merge(&event.delta);
    assert_eq!(state, event.delta);
    state.merge(&event.delta);
    assert_eq!(state, event.delta);

    let mut state = State::default();
    assert_eq!(state.apply(event), Outcome::Applied);
    assert_eq!(state.apply(event), Outcome::Duplicate);
    assert_eq!(state, event.delta);
    assert!(!state.contradicts(event));
    assert_eq!(state.oldest(), Some(&event.clock));
    assert_eq!(state.newest(), Some(&event.clock));
}

fn invariant_the_newest_removal_is_kept_and_ends_a_restore(event: &Event) {
    let mut restored = event.delta.registers().clone();
    restored.restored = Some(Restored {
        clock: event.clock.clone(),
        floor: None,
    });
    for time in ["1970-01-01T00:00:00Z", LAST_MOMENT] {
        let removal = removal_of(event, EventTime::parse(time).unwrap());
        let removed = removal.clock.clone().max(event.clock.clone());
        let is_newer = removed == removal.clock;
        let both = merged_in_either_order(&event.delta, &removal.delta);
        match event.event_type.change {
            Change::Remove => assert_eq!(both.registers().removed, Some(removed)),
            _ => assert_eq!(both.registers().removed, Some(removal.clock.clone())),
        }
        if event.event_type.change == Change::Put {
            assert_eq!(both.status() == Status::Active, !is_newer);
            let restored = State::from_registers(restored.clone());
            let both = merged_in_either_order(&restored, &removal.delta);
            assert_eq!(both.registers().restored.is_some(), !is_newer);
        }
    }
}

fn removal_of(event: &Event, time: EventTime) -> Event {
    let kind = event.entity.kind();
    let removes = |of: &&EventType| of.kind == kind && of.change == Change::Remove;
    let ids = kind.ids().iter().zip(event.entity.ids());
    let payload: Map<_, _> = ids
        .map(|(id, text)| (id.payload.to_owned(), json!(text)))
        .collect();
    Event::validate(
        CATALOGUE.iter().find(removes).unwrap(),
        EventId::parse("removal").unwrap(),
        time,
        None,
        &Object::parse(&Value::from(payload).to_string(), "$").unwrap(),
    )
    .unwrap()
}

fn merged_in_either_order(left: &State, right: &State) -> State {
    let [mut one, mut other] = [left, right].map(State::clone);
    one.merge(right);
    other.merge(left);
    assert_eq!(one, other);
    one
}

fn invariant_only_an_undated_event_takes_the_time_of_sqs(event: &Event, message: &Message<'_>) {
    if message.attributes.event_time.is_some() {
        return;
    }
    if carries_time(message.body) {
        let later = Message {
            sent: EventTime::parse(LAST_MOMENT).unwrap(),
            ..*message
        };
        assert_eq!(decode(&later).as_ref(), Ok(event));
    } else {
        assert_eq!(event.clock.time(), message.sent.to_string());
    }
}

/// The parts of the text are checked one by one, since a name may be a word that the text
/// contains anyway, such as `found`. It quotes the values of a few fields only.
fn invariant_refusal_repeats_nobody(refusal: &Refusal) {
    let text = refusal.to_string();
    assert!(text.len() < 1_024, "{text}");
    let Refusal {
        path,
        found,
        expected,
        ..
    } = refusal;
    assert_eq!(text, format!("{path}: found {found}, expected {expected}"));
    assert!(path.split('.').all(is_path_word), "{path}");
    let field = path.rsplit('.').next().unwrap();
    match found {
        Found::Quoted(text) => {
            assert!(QUOTABLE.contains(&field), "{path}");
            assert!(text.len() <= limits::QUOTED);
            assert!(!text.contains(['@', '"', '\\', '\n']), "{text}");
            // A type that begins like a known one is quoted whole: it comes from code.
            let is_type = refusal.reason == Reason::UnknownType;
            assert!(is_type || !text.contains(PERSONAL), "{text}");
        }
        Found::QuotedNumber(digits) => {
            assert!(QUOTABLE.contains(&field), "{path}");
            assert!(digits.len() <= limits::QUOTED);
        }
        _ => assert!(!text.contains(PERSONAL), "{text}"),
    }
}

/// An array index follows the word.
fn is_path_word(word: &str) -> bool {
    let (word, place) = word.split_once('[').unwrap_or((word, "0]"));
    let is_place = place
        .strip_suffix(']')
        .is_some_and(|n| n.parse::<usize>().is_ok());
    let is_id = || {
        Kind::ALL
            .iter()
            .flat_map(|kind| kind.ids())
            .any(|id| id.payload == word)
    };
    let is_attribute = || {
        Attribute::ALL
            .iter()
            .any(|attribute| attribute.name() == word)
    };
    is_place && (PATH_WORDS.contains(&word) || is_id() || is_attribute())
}

/// White space, escapes, the order of fields and duplicate names do not matter.
fn invariant_another_spelling_means_the_same(
    decoded: &Result<Event, Refusal>,
    message: &Message<'_>,
) {
    // The parser would treat this field as its own and replace it by its content.
    if message.body.contains("private::RawValue") {
        return;
    }
    // A value that is too deep or too large for the parser's tree cannot be written again.
    let Ok(value) = serde_json::from_str::<Value>(message.body) else {
        return;
    };
    let respelled = value.to_string();
    let again = decode(&Message {
        body: &respelled,
        ..*message
    });
    match (decoded, &again) {
        (Ok(event), Ok(again)) => assert_eq!(again, event),
        // What was found may differ: a string that is not an object is described by its source
        // length.
        (Err(refusal), Err(again)) => {
            assert_eq!((again.reason, &again.path), (refusal.reason, &refusal.path));
        }
        (Ok(_), Err(refusal)) | (Err(refusal), Ok(_)) => {
            assert_eq!(decoded.is_ok(), again.is_ok(), "{refusal}");
        }
    }
}

fn invariant_a_notification_around_it_means_the_same(
    decoded: &Result<Event, Refusal>,
    message: &Message<'_>,
) {
    // A notification is unwrapped once.
    let is_notification = Object::parse(message.body, "$")
        .and_then(|object| object.text("Type"))
        .is_ok_and(|text| text == "Notification");
    // An empty notification is reported as empty, not as invalid JSON.
    if is_notification || message.body.is_empty() {
        return;
    }
    let notification = json!({"Type": "Notification", "Message": message.body}).to_string();
    let wrapped = decode(&Message {
        body: &notification,
        ..*message
    });
    let expected = decoded.clone().map_err(|refusal| Refusal {
        path: refusal.path.replacen('$', "$.Message", 1),
        ..refusal
    });
    assert_eq!(wrapped, expected);
}
