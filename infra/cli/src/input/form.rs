//! Recognizes the form of input by its beginning.

use std::fs::File;
use std::io::{self, Read, Seek};

use anyhow::{Result, bail};
use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

/// How much of the input is looked at, in bytes.
const BEGINNING: u64 = 1 << 20;

/// A form that can be read.
#[derive(Debug, PartialEq, Eq)]
pub enum InputForm {
    /// One event a line.
    Lines,
    /// An array of events.
    Array,
}

/// Recognizes the form, and names what cannot be read. Leaves the file at its start.
pub fn recognize(file: &mut File) -> Result<InputForm> {
    let mut beginning = Vec::new();
    file.rewind()?;
    file.take(BEGINNING).read_to_end(&mut beginning)?;
    file.rewind()?;
    of(&beginning)
}

/// Skips a byte order mark, which JSON does not allow.
pub fn skip_mark(file: &mut (impl Read + Seek)) -> io::Result<()> {
    let mut start = Vec::new();
    file.take(3).read_to_end(&mut start)?;
    if start != "\u{feff}".as_bytes() {
        file.rewind()?;
    }
    Ok(())
}

fn of(beginning: &[u8]) -> Result<InputForm> {
    if beginning.starts_with(&[0xff, 0xfe]) || beginning.starts_with(&[0xfe, 0xff]) {
        bail!("this is UTF-16; save it as UTF-8");
    }
    let mark = "\u{feff}".as_bytes();
    let text = beginning.strip_prefix(mark).unwrap_or(beginning);
    match text.trim_ascii_start().first() {
        Some(b'[') => Ok(InputForm::Array),
        Some(b'{') => no_object_over_lines(text).map(|()| InputForm::Lines),
        _ => no_csv(text).map(|()| InputForm::Lines),
    }
}

fn no_object_over_lines(text: &[u8]) -> Result<()> {
    let mut values = Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let Some(Ok(_)) = values.next() else {
        return Ok(());
    };
    let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
    let first = lines(text) - lines(text.trim_ascii_start()) + 1;
    let last = lines(text.get(..values.byte_offset()).unwrap_or_default()) + 1;
    if first < last {
        bail!(
            "an object spans the lines {first} to {last}; expected one event a line or an array of \
             events (`jq -c .` writes each object in a line)"
        );
    }
    Ok(())
}

fn no_csv(text: &[u8]) -> Result<()> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut next = || lines.find(|line| !line.trim_ascii().is_empty());
    let (Some(first), Some(second)) = (next(), next()) else {
        return Ok(());
    };
    if serde_json::from_slice::<Value>(first).is_ok() {
        return Ok(());
    }
    for separator in [b',', b';', b'\t'] {
        let columns = columns(first, separator);
        if columns > 1 && columns == self::columns(second, separator) {
            bail!(
                "this is CSV with {columns} columns; expected one event a line or an array of \
                 events, as JSON"
            );
        }
    }
    Ok(())
}

/// The number of columns of a line. Quoted separators do not count.
fn columns(line: &[u8], separator: u8) -> usize {
    let mut is_quoted = false;
    let separates = |byte: &&u8| {
        is_quoted ^= **byte == b'"';
        **byte == separator && !is_quoted
    };
    line.iter().filter(separates).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        of(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn lines_and_arrays_are_told_apart() {
        for lines in [
            "",
            "\n\n",
            "{}",
            "{}\n{}\n",
            "\u{feff}\n{\"a\": \"b,c\"}\r\n{}",
            "oops\n{}",
            "{\"cut off\":\n{\"a\": 1}\n",
            "null\n\"a,b\"\n\"c,d\"\n",
            "one, two\nthree\n",
        ] {
            assert_eq!(of(lines.as_bytes()).unwrap(), InputForm::Lines, "{lines}");
        }
        for array in ["[", "\u{feff} \r\n[{}]"] {
            assert_eq!(of(array.as_bytes()).unwrap(), InputForm::Array, "{array}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let spans = told("\n{\n  \"eventId\": \"e\",\n  \"type\": \"UserCreated\"\n}\n{}\n");
        assert!(
            spans.starts_with("an object spans the lines 2 to 5;"),
            "{spans}"
        );
        for (csv, columns) in [
            ("id,name,email\n1,Ada,ada@example.org\n", 3),
            ("\u{feff}\"id\";\"name\"\r\n1;\"Lovelace; Ada\"\r\n", 2),
            ("id\tname\n1\tAda", 2),
        ] {
            let expected = format!("this is CSV with {columns} columns;");
            assert!(told(csv).starts_with(&expected), "{csv}: {}", told(csv));
        }
        let utf16 = of(b"\xff\xfe{\0}\0").unwrap_err().to_string();
        assert!(utf16.starts_with("this is UTF-16;"), "{utf16}");
    }
}
