//! Parses JSON and rejects duplicate members (RFC 7493, 2.3), since two parsers could use different
//! ones of them.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidJson {
    /// The text is not JSON from this position on.
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An object has a duplicate member at this path.
    Twice(String),
}

/// Parses a text that consists of one JSON value.
pub fn parse(text: &[u8]) -> Result<Value, InvalidJson> {
    let twice = RefCell::new(None);
    let reader = JsonReader {
        place: &JsonPlace::Root,
        twice: &twice,
    };
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = reader.deserialize(&mut json);
    let read = read.and_then(|value| json.end().map(|()| value));
    read.map_err(|error| match twice.take() {
        Some(place) => InvalidJson::Twice(place),
        None => InvalidJson::NotJson {
            line: error.line(),
            column: error.column(),
        },
    })
}

/// The path of a value.
enum JsonPlace<'a> {
    Root,
    Member(&'a JsonPlace<'a>, &'a str),
    Element(&'a JsonPlace<'a>, usize),
}

impl Display for JsonPlace<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("$"),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(of, name) => write!(f, "{of}.{name}"),
            Self::Element(of, number) => write!(f, "{of}[{number}]"),
        }
    }
}

/// Reads the value at a path, and stores the path of a duplicate member in `twice`.
#[derive(Clone, Copy)]
struct JsonReader<'a> {
    place: &'a JsonPlace<'a>,
    twice: &'a RefCell<Option<String>>,
}

impl JsonReader<'_> {
    fn at<'b>(&'b self, place: &'b JsonPlace<'b>) -> JsonReader<'b> {
        JsonReader {
            place,
            twice: self.twice,
        }
    }
}

impl<'de> DeserializeSeed<'de> for JsonReader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonReader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        loop {
            let place = JsonPlace::Element(self.place, elements.len());
            match access.next_element_seed(self.at(&place))? {
                Some(element) => elements.push(element),
                None => return Ok(Value::Array(elements)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let place = JsonPlace::Member(self.place, &name);
            if members.contains_key(&name) {
                self.twice.replace(Some(place.to_string()));
                return Err(A::Error::custom("duplicate member"));
            }
            let member = access.next_value_seed(self.at(&place))?;
            members.insert(name, member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_parsed_unchanged() {
        let text = r#" {"a": [null, true, -1, 18446744073709551615, 2.5, "\u00e9\ud83d\ude00"],
            "b": {"a": {"a": ""}}, "": [{}, []], "A": 1} "#;
        let expected = json!({"a": [null, true, -1, u64::MAX, 2.5, "é😀"],
            "b": {"a": {"a": ""}}, "": [{}, []], "A": 1});
        assert_eq!(parse(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn duplicate_members_are_rejected_at_any_depth() {
        for (text, place) in [
            (r#"{"a": 1, "b": 2, "a": 1}"#, "a"),
            (r#"{"a": 1, "\u0061": 2}"#, "a"),
            (r#"{"": 1, "": 2}"#, ""),
            (r#"{"subject": {"id": "x", "id": "y"}}"#, "subject.id"),
            (
                r#"{"a": [0, {"b": {}}, {"c": [[{"d": 1, "d": 2}]]}]}"#,
                "a[2].c[0][0].d",
            ),
            (r#"[{"a": 1}, {"a": 1, "a": 1}]"#, "$[1].a"),
            // Also in values that are not used, and before invalid JSON.
            (
                r#"{"context": {"x": {"y": 1, "y": 2}}, "a": nonsense"#,
                "context.x.y",
            ),
        ] {
            assert_eq!(
                parse(text.as_bytes()),
                Err(InvalidJson::Twice(place.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn invalid_json_is_rejected_with_its_position() {
        let deep = [vec![b'['; 1_000], vec![b']'; 1_000]].concat();
        let texts: [&[u8]; 12] = [
            b"",
            b"{",
            b"{} {}",
            b"[1,]",
            br#"{"a": 1e999}"#,
            br#""\ud800""#,
            br#""\udc00""#,
            br#""\ud800\u0061""#,
            br#"{"\ud800": 1}"#,
            b"\"\xff\"",
            b"{\"\xc3\": 1}",
            &deep,
        ];
        for text in texts {
            let refused = parse(text);
            assert!(
                matches!(refused, Err(InvalidJson::NotJson { line: 1, .. })),
                "{refused:?}"
            );
        }
        let refused = parse(b"{\n  x");
        assert_eq!(refused, Err(InvalidJson::NotJson { line: 2, column: 3 }));
    }
}
