//! Writes the elements of an array as lines.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use anyhow::{Context, Result, bail};
use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::form::skip_mark;

/// The maximum size of an element, in bytes: one element is in memory at a time.
const ELEMENT: usize = 64 << 20;

/// Returns a file with the elements of the array in this one, each in a line of its own. A file
/// with more after the array has arrays in its lines, and is returned as it is.
pub fn as_lines(mut file: File) -> Result<File> {
    skip_mark(&mut file)?;
    let room = Cell::new(ELEMENT);
    let reader = BufReader::new(Bounded {
        source: &mut file,
        room: &room,
    });
    let mut lines = BufWriter::new(tempfile::tempfile()?);
    let elements = Elements {
        lines: &mut lines,
        room: &room,
    };
    let mut array = Deserializer::from_reader(reader);
    if let Err(error) = elements.deserialize(&mut array) {
        let problem = if error.is_io() {
            "cannot be read"
        } else if error.is_eof() {
            "breaks off"
        } else {
            "is not valid"
        };
        bail!("an array of JSON that {problem}: {error}");
    }
    let has_more = array.end().is_err();
    drop(array);
    if has_more {
        return Ok(file);
    }
    lines.into_inner().context("cannot write a temporary file")
}

/// Reads no more than there is room for.
struct Bounded<'a> {
    source: &'a mut File,
    room: &'a Cell<usize>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let left = self.room.get().checked_sub(read);
        let too_long = || io::Error::other(format!("an element has more than {ELEMENT} bytes"));
        self.room.set(left.ok_or_else(too_long)?);
        Ok(read)
    }
}

/// Writes each element as soon as it is read.
struct Elements<'a, W> {
    lines: &'a mut W,
    room: &'a Cell<usize>,
}

impl<'de, W: Write> DeserializeSeed<'de> for Elements<'_, W> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, W: Write> Visitor<'de> for Elements<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(element) = array.next_element::<Box<RawValue>>()? {
            // Between tokens a line break is white space; inside of strings JSON has none.
            let line = element.get().replace(['\r', '\n'], " ");
            writeln!(self.lines, "{line}").map_err(A::Error::custom)?;
            self.room.set(ELEMENT);
        }
        Ok(())
    }
}
