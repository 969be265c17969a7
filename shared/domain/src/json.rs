//! A reader of JSON objects that reads only the requested fields.
//!
//! Unknown fields are skipped without building them in memory, so their depth and the size of
//! their numbers do not matter. Every error is a [`Refusal`] with its path. If a name occurs
//! twice in one object, the last one counts, as in most JSON parsers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::{Found, InvalidText, Reason, Refusal};

/// A JSON object and its path.
#[derive(Debug)]
pub struct Object<'a> {
    path: String,
    fields: BTreeMap<Key<'a>, &'a RawValue>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Object<'a> {
    /// Parses `text` as the object at `path`.
    pub fn parse(text: &'a str, path: impl Into<String>) -> Result<Self, Refusal> {
        let path = path.into();
        let value: &RawValue = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return Err(not_json(path, &error)),
        };
        Self::from_raw(value, path)
    }

    fn from_raw(value: &'a RawValue, path: String) -> Result<Self, Refusal> {
        let found = match found(value) {
            Found::Object => {
                return match serde_json::from_str(value.get()) {
                    Ok(fields) => Ok(Self { path, fields }),
                    Err(error) => Err(not_json(path, &error)),
                };
            }
            Found::Text(_) => match unescaped(value) {
                Ok(text) => Found::Text(text.len()),
                Err(error) => return Err(not_json(path, &error)),
            },
            other => other,
        };
        Err(Refusal {
            reason: Reason::WrongType,
            path,
            found,
            expected: "an object",
        })
    }

    /// Returns the path of the field `name`.
    pub fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// Whether the object has a field of this name, null or not.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether the object has a field of this name that is neither null nor an empty text.
    pub fn has_value(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(found(value), Found::Null | Found::EmptyText))
    }

    /// Whether the object has a field of this name that is not null.
    pub fn states(&self, name: &str) -> bool {
        self.has_value(name) || self.is_empty_text(name)
    }

    /// The source of the number in the field `name`, if that is a number.
    pub fn number(&self, name: &str) -> Option<&'a str> {
        let value = self.get(name)?;
        matches!(found(value), Found::Number).then(|| value.get())
    }

    /// Whether the object has a field of this name that is an empty text.
    pub fn is_empty_text(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| matches!(found(value), Found::EmptyText))
    }

    /// The path of this object.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads the text in the required field `name`, which must not be empty.
    pub fn text(&self, name: &str) -> Result<Cow<'a, str>, Refusal> {
        self.text_in(name, self.get(name))
    }

    fn text_in<'b>(
        &self,
        name: &str,
        value: Option<&'b RawValue>,
    ) -> Result<Cow<'b, str>, Refusal> {
        const EXPECTED: &str = "a string that is not empty";
        match value {
            None => Err(self.refuse(name, Reason::Missing, Found::Nothing, EXPECTED)),
            Some(value) => match found(value) {
                Found::Null => Err(self.refuse(name, Reason::Missing, Found::Null, EXPECTED)),
                Found::EmptyText => {
                    Err(self.refuse(name, Reason::Empty, Found::EmptyText, EXPECTED))
                }
                Found::Text(_) => {
                    unescaped(value).map_err(|error| not_json(self.path_of(name), &error))
                }
                other => Err(self.refuse(name, Reason::WrongType, other, EXPECTED)),
            },
        }
    }

    /// Reads the boolean in the required field `name`.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        const EXPECTED: &str = "true or false";
        let Some(value) = self.get(name) else {
            return Err(self.refuse(name, Reason::Missing, Found::Nothing, EXPECTED));
        };
        match found(value) {
            Found::Boolean => Ok(value.get() == "true"),
            other => Err(self.refuse(name, Reason::WrongType, other, EXPECTED)),
        }
    }

    /// Reads the text in the field `name`; none if it is missing or null (CloudEvents JSON format
    /// 1.0.2, 2.2: a null attribute is the same as an omitted one).
    pub fn optional_text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if matches!(found(value), Found::Null) => Ok(None),
            Some(_) => self.text(name).map(Some),
        }
    }

    /// Reads the array of texts in the required field `name`. `parse` parses each text, and the
    /// array may have at most `most` of them.
    pub fn texts<T>(
        &self,
        name: &str,
        most: usize,
        expected: &'static str,
        parse: impl Fn(&str) -> Result<T, InvalidText>,
    ) -> Result<Vec<T>, Refusal> {
        let refuse = |reason, found| Err(self.refuse(name, reason, found, expected));
        let Some(value) = self.get(name) else {
            return refuse(Reason::Missing, Found::Nothing);
        };
        match found(value) {
            Found::Array => {}
            Found::Null => return refuse(Reason::Missing, Found::Null),
            other => return refuse(Reason::WrongType, other),
        }
        let elements: Vec<&RawValue> = serde_json::from_str(value.get())
            .map_err(|error| not_json(self.path_of(name), &error))?;
        if elements.len() > most {
            return refuse(Reason::TooLong, Found::Array);
        }
        let text = |(place, element): (usize, &RawValue)| {
            let name = format!("{name}[{place}]");
            let text = self.text_in(&name, Some(element))?;
            parse(&text).map_err(|invalid| self.invalid(&name, invalid))
        };
        let elements = elements.into_iter().enumerate();
        elements.map(text).collect()
    }

    /// Reads the object in the required field `name`.
    pub fn object(&self, name: &str) -> Result<Object<'a>, Refusal> {
        match self.get(name) {
            None => Err(self.refuse(name, Reason::Missing, Found::Nothing, "an object")),
            Some(value) => Self::from_raw(value, self.path_of(name)),
        }
    }

    /// Reads the object in the field `name`; none if it is missing or null.
    pub fn optional_object(&self, name: &str) -> Result<Option<Object<'a>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if matches!(found(value), Found::Null) => Ok(None),
            Some(value) => Self::from_raw(value, self.path_of(name)).map(Some),
        }
    }

    /// Creates a refusal of the field `name`.
    pub fn refuse(
        &self,
        name: &str,
        reason: Reason,
        found: Found,
        expected: &'static str,
    ) -> Refusal {
        Refusal {
            reason,
            path: self.path_of(name),
            found,
            expected,
        }
    }

    /// Creates a refusal of the text in the field `name`.
    pub fn invalid(&self, name: &str, invalid: InvalidText) -> Refusal {
        self.refuse(name, invalid.reason, invalid.found, invalid.expected)
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.fields.get(&Key(Cow::Borrowed(name))).copied()
    }
}

fn unescaped(value: &RawValue) -> Result<Cow<'_, str>, serde_json::Error> {
    serde_json::from_str(value.get()).map(|Key(text)| text)
}

/// Describes a value by its type. The length of a text is that of its source, escapes included.
fn found(value: &RawValue) -> Found {
    let text = value.get();
    match text.as_bytes() {
        [b'"', b'"'] => Found::EmptyText,
        [b'"', ..] => Found::Text(text.len().saturating_sub(2)),
        [b'{', ..] => Found::Object,
        [b'[', ..] => Found::Array,
        [b't' | b'f', ..] => Found::Boolean,
        [b'n', ..] => Found::Null,
        _ => Found::Number,
    }
}

fn not_json(path: String, error: &serde_json::Error) -> Refusal {
    Refusal {
        reason: Reason::NotJson,
        path,
        found: Found::NotJson {
            line: error.line(),
            column: error.column(),
        },
        expected: "JSON",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requested_fields_are_read() {
        let depth = 100_000;
        let text = format!(
            r#"{{"deep":{}{},"huge":1e999999,"id":"a\u0062"}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let object = Object::parse(&text, "$").unwrap();
        assert_eq!(object.text("id").unwrap(), "ab");
    }

    #[test]
    fn a_wrong_value_is_described_by_its_type() {
        let text = r#"{"null":null,"bool":true,"number":-1,"empty":"","array":[],"object":{}}"#;
        let object = Object::parse(text, "$").unwrap();
        let told = |name| object.text(name).unwrap_err().to_string();
        for (name, found) in [
            ("missing", "nothing"),
            ("null", "null"),
            ("bool", "a boolean"),
            ("number", "a number"),
            ("empty", "an empty string"),
            ("array", "an array"),
            ("object", "an object"),
        ] {
            assert_eq!(
                told(name),
                format!("$.{name}: found {found}, expected a string that is not empty")
            );
        }
    }

    #[test]
    fn an_array_element_is_refused_with_its_index() {
        let text = r#"{"ids":["a","b\u0063"],"none":[],"mixed":["a",7],"null":null,"text":"a"}"#;
        let object = Object::parse(text, "$").unwrap();
        let texts = |name| object.texts(name, 2, "ids", |text| Ok(text.to_owned()));
        assert_eq!(texts("ids").unwrap(), ["a", "bc"]);
        assert_eq!(texts("none").unwrap(), [""; 0]);
        for (name, reason, path) in [
            ("missing", Reason::Missing, "$.missing"),
            ("null", Reason::Missing, "$.null"),
            ("text", Reason::WrongType, "$.text"),
            ("mixed", Reason::WrongType, "$.mixed[1]"),
        ] {
            let refusal = texts(name).unwrap_err();
            assert_eq!((refusal.reason, refusal.path.as_str()), (reason, path));
        }
        let refusal = object.texts("ids", 1, "1 id", |_| Ok(())).unwrap_err();
        assert_eq!(refusal.to_string(), "$.ids: found an array, expected 1 id");
    }

    #[test]
    fn invalid_json_is_refused() {
        for text in [
            "",
            "{",
            "nonsense",
            "{\"a\":1} x",
            "{\"a\":\u{1}}",
            "{'a':1}",
        ] {
            assert_eq!(
                Object::parse(text, "$").unwrap_err().reason,
                Reason::NotJson
            );
        }
        let lone_surrogate = Object::parse(r#"{"id":"\ud800"}"#, "$").unwrap();
        let refusal = lone_surrogate.text("id").unwrap_err();
        assert_eq!(
            (refusal.reason, refusal.path.as_str()),
            (Reason::NotJson, "$.id")
        );
    }

    #[test]
    fn json_that_is_not_an_object_has_the_wrong_type() {
        for (text, found) in [
            ("[]", Found::Array),
            ("null", Found::Null),
            ("\"text\"", Found::Text(4)),
            ("\"\\u00e9\"", Found::Text(2)),
            ("1", Found::Number),
        ] {
            let refusal = Object::parse(text, "$").unwrap_err();
            assert_eq!((refusal.reason, refusal.found), (Reason::WrongType, found));
        }
    }

    #[test]
    fn the_last_of_two_fields_with_one_name_counts() {
        let object = Object::parse(r#"{"id":"first","id":"last"}"#, "$").unwrap();
        assert_eq!(object.text("id").unwrap(), "last");
    }
}
