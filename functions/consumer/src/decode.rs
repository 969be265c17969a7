//! Decodes the records of a batch one by one, so that an unreadable record fails alone.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use roster_envelope::EVENT_TIME;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::record::{RecordPart, SENT, SqsRecord};

/// The records of an invocation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "RawBatch")]
pub struct Batch {
    /// In the order in which Lambda lists them.
    pub records: Vec<SqsRecord>,
}

#[derive(Deserialize)]
struct RawBatch {
    #[serde(rename = "Records")]
    records: Vec<Box<RawValue>>,
}

impl From<RawBatch> for Batch {
    fn from(raw: RawBatch) -> Self {
        let records = raw.records.iter().map(|raw| decode(raw)).collect();
        Self { records }
    }
}

impl From<SqsEvent> for Batch {
    fn from(event: SqsEvent) -> Self {
        let records = event.records.into_iter().map(SqsRecord::from).collect();
        Self { records }
    }
}

/// The members of an object, not decoded yet.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Nearly every record can be decoded as a whole. If one cannot, each of its parts is decoded
/// separately.
fn decode(raw: &RawValue) -> SqsRecord {
    if let Ok(message) = serde_json::from_str::<SqsMessage>(raw.get()) {
        return message.into();
    }
    let Ok(members) = serde_json::from_str::<Members<'_>>(raw.get()) else {
        let mut record = SqsRecord::default();
        record.lose(RecordPart::Whole);
        return record;
    };
    decode_members(&members)
}

/// Decodes the parts that the consumer uses. A record without a message id can still be applied,
/// and the receive count and the receipt handle are needed only for the backoff, so failing to
/// read these is not an error.
fn decode_members(members: &Members<'_>) -> SqsRecord {
    let mut record = SqsRecord::default();
    let message = record.message_mut();
    message.message_id = optional(members, "messageId").unwrap_or_default();
    message.receipt_handle = optional(members, "receiptHandle").unwrap_or_default();
    match optional(members, "body") {
        Ok(body) => record.message_mut().body = body,
        Err(Unreadable) => record.lose(RecordPart::Body),
    }
    match optional::<Members<'_>>(members, "attributes") {
        Ok(attributes) => decode_attributes(&attributes.unwrap_or_default(), &mut record),
        Err(Unreadable) => record.lose(RecordPart::SentTimestamp),
    }
    match optional::<Members<'_>>(members, "messageAttributes") {
        Ok(attributes) => decode_message_attributes(attributes.unwrap_or_default(), &mut record),
        Err(Unreadable) => record.lose(RecordPart::MessageAttributes),
    }
    record
}

fn decode_attributes(attributes: &Members<'_>, record: &mut SqsRecord) {
    for (name, value) in attributes {
        match serde_json::from_str::<String>(value.get()) {
            Ok(value) => {
                let known = &mut record.message_mut().attributes;
                known.insert(name.clone(), value);
            }
            Err(_) if name == SENT => record.lose(RecordPart::SentTimestamp),
            Err(_) => {}
        }
    }
}

fn decode_message_attributes(attributes: Members<'_>, record: &mut SqsRecord) {
    for (name, value) in attributes {
        match serde_json::from_str::<SqsMessageAttribute>(value.get()) {
            Ok(value) => {
                let known = &mut record.message_mut().message_attributes;
                known.insert(name, value);
            }
            Err(_) if name == EVENT_TIME => record.lose(RecordPart::EventTime),
            Err(_) => record.lose(RecordPart::MessageAttribute),
        }
    }
}

struct Unreadable;

/// Decodes a member; none if it is missing or null.
fn optional<'a, T: Deserialize<'a>>(
    members: &Members<'a>,
    name: &str,
) -> Result<Option<T>, Unreadable> {
    let Some(raw) = members.get(name) else {
        return Ok(None);
    };
    serde_json::from_str(raw.get()).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use roster_domain::EventTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::failure::Failure;

    const NOW: EventTime = EventTime::UNIX_EPOCH;

    fn record() -> Value {
        json!({
            "messageId": "m",
            "body": r#"{"eventId":"e","type":"UserDeleted","timestamp":"1970-01-01T00:00:00Z",
                "payload":{"id":"ada"}}"#,
            "attributes": {"SentTimestamp": "1"},
            "messageAttributes": {"a": {"stringValue": "v", "dataType": "String"}},
        })
    }

    fn decoded(record: Value) -> SqsRecord {
        let batch: Batch = serde_json::from_value(json!({"Records": [record]})).unwrap();
        batch.records.into_iter().next().unwrap()
    }

    /// The record with the value at a JSON pointer replaced.
    fn with(pointer: &str, value: Value) -> SqsRecord {
        let mut record = record();
        *record.pointer_mut(pointer).unwrap() = value;
        decoded(record)
    }

    #[test]
    fn an_unreadable_part_is_named() {
        let attribute = "/messageAttributes/a";
        let wrong = [
            ("", json!("m"), RecordPart::Whole),
            ("/body", json!({}), RecordPart::Body),
            ("/attributes", json!(1), RecordPart::SentTimestamp),
            (
                "/attributes/SentTimestamp",
                json!(1),
                RecordPart::SentTimestamp,
            ),
            (
                "/messageAttributes",
                json!("a"),
                RecordPart::MessageAttributes,
            ),
            (attribute, json!(null), RecordPart::MessageAttribute),
            (
                attribute,
                json!({"binaryValue": "?"}),
                RecordPart::MessageAttribute,
            ),
            (
                attribute,
                json!({"stringListValues": null}),
                RecordPart::MessageAttribute,
            ),
        ];
        for (pointer, value, part) in wrong {
            let event = with(pointer, value).event(NOW);
            assert_eq!(event, Err(Failure::Unreadable(part)), "{pointer}");
        }
    }

    #[test]
    fn an_unused_part_may_be_unreadable() {
        let mut record = record();
        for (name, value) in [
            ("md5OfBody", json!(1)),
            ("receiptHandle", json!(1)),
            (
                "attributes",
                json!({"SentTimestamp": "1", "ApproximateReceiveCount": 1}),
            ),
        ] {
            record[name] = value;
        }
        assert!(decoded(record).event(NOW).is_ok());
        let nameless = with("/messageId", json!(1));
        assert_eq!(nameless.message_id(), None);
        assert!(nameless.event(NOW).is_ok());
    }

    #[test]
    fn the_other_parts_of_an_unreadable_record_are_kept() {
        let record = with("/attributes/SentTimestamp", json!(1));
        assert_eq!(record.message_id(), Some("m"));
        assert_eq!(record.claimed_id().unwrap().as_str(), "e");
        let attributes = &record.message().message_attributes;
        assert_eq!(attributes["a"].string_value.as_deref(), Some("v"));
        assert!(record.to_copy(NOW).is_some());
    }

    #[test]
    fn a_lone_surrogate_in_one_body_fails_that_record_alone() {
        let records = r#"{"Records": [{"messageId": "m", "body": "\ud800"}, {"messageId": "n"}]}"#;
        let batch: Batch = serde_json::from_str(records).unwrap();
        let ids: Vec<_> = batch.records.iter().map(SqsRecord::message_id).collect();
        assert_eq!(ids, [Some("m"), Some("n")]);
        let event = batch.records[0].event(NOW);
        assert_eq!(event, Err(Failure::Unreadable(RecordPart::Body)));
    }

    #[test]
    fn a_batch_without_records_is_refused() {
        for batch in ["{}", r#"{"Records": null}"#, "7"] {
            assert!(serde_json::from_str::<Batch>(batch).is_err(), "{batch}");
        }
    }
}
