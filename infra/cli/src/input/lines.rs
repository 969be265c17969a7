//! A file of lines that can be read in any order.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::form::{InputForm, recognize};
use super::{array, source};

/// The events of a file, one a line. In an array, the number of a line is the place of an event.
#[derive(Debug)]
pub struct Lines {
    file: BufReader<File>,
    position: u64,
    /// Where each line begins, and where the last one ends.
    starts: Vec<u64>,
    /// The maximum size of a line that can be sent, in bytes.
    limit: usize,
}

/// Why a line cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is blank: no event, and no fault either.
    #[error("it is blank")]
    Blank,
    /// It is longer than a message may be.
    #[error("$: found {bytes} bytes, expected at most {limit}, the most that the queue takes")]
    TooLong {
        /// Its size.
        bytes: u64,
        /// The maximum.
        limit: usize,
    },
    /// It is not UTF-8.
    #[error("$: found bytes that are not UTF-8 from byte {byte} on, expected text in UTF-8")]
    NotUtf8 {
        /// The first invalid byte, counted from 1.
        byte: usize,
    },
}

impl Lines {
    /// Reads a file, or the standard input (`-`), once to find its lines. Those that have more than
    /// `limit` bytes or are not UTF-8 fail alone when they are read. Whatever can be read only once
    /// or is packed is kept in a temporary file.
    pub fn open(path: &Path, limit: usize) -> Result<Self> {
        let name = source::name(path);
        let file = source::open(path)?;
        Self::read(file, limit).with_context(|| name)
    }

    fn read(mut file: File, limit: usize) -> Result<Self> {
        let file = match recognize(&mut file)? {
            InputForm::Lines => file,
            InputForm::Array => array::as_lines(file)?,
        };
        Self::index(file, limit)
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The line with that index, counted from 0, without its line break.
    pub fn get(&mut self, index: usize) -> Result<Result<String, LineError>> {
        let (Some(start), Some(end)) = (self.starts.get(index), self.starts.get(index + 1)) else {
            bail!("there is no line {}", index + 1);
        };
        let (start, bytes) = (*start, *end - *start);
        let limit = self.limit;
        // A byte order mark has three bytes, a line break two.
        if bytes > u64::try_from(limit)? + 5 {
            return Ok(Err(LineError::TooLong { bytes, limit }));
        }
        self.file
            .seek_relative(i64::try_from(start)? - i64::try_from(self.position)?)?;
        self.position = start;
        let mut line = vec![0; usize::try_from(bytes)?];
        self.file.read_exact(&mut line)?;
        self.position += bytes;
        Ok(sendable(&line, index == 0, limit))
    }

    fn index(mut file: File, limit: usize) -> Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::new(file);
        let mut starts = vec![0];
        let mut position = 0;
        loop {
            let skipped = reader.skip_until(b'\n')?;
            if skipped == 0 {
                break;
            }
            position += u64::try_from(skipped)?;
            starts.push(position);
        }
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self {
            file: reader,
            position: 0,
            starts,
            limit,
        })
    }
}

/// The line as a message.
fn sendable(line: &[u8], is_first: bool, limit: usize) -> Result<String, LineError> {
    let not_utf8 = |error: std::str::Utf8Error| LineError::NotUtf8 {
        byte: error.valid_up_to() + 1,
    };
    let text = content(std::str::from_utf8(line).map_err(not_utf8)?, is_first);
    match text.len() {
        _ if text.trim().is_empty() => Err(LineError::Blank),
        bytes if bytes > limit => Err(LineError::TooLong {
            bytes: bytes as u64,
            limit,
        }),
        _ => Ok(text.to_owned()),
    }
}

/// The line without its line break, and the first one without a byte order mark.
fn content(line: &str, is_first: bool) -> &str {
    let without_newline = line.strip_suffix('\n').unwrap_or(line);
    let text = without_newline
        .strip_suffix('\r')
        .unwrap_or(without_newline);
    match text.strip_prefix('\u{feff}') {
        Some(rest) if is_first => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const LIMIT: usize = 20;

    fn lines(content: &[u8]) -> Result<Lines> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Lines::read(file, LIMIT)
    }

    /// Every line, or why it cannot be sent.
    fn read(content: &[u8]) -> Vec<Result<String, LineError>> {
        let mut lines = lines(content).unwrap();
        (0..lines.count())
            .map(|index| lines.get(index).unwrap())
            .collect()
    }

    #[test]
    fn lines_are_read_in_any_order_without_their_breaks() {
        let mut lines = lines("\u{feff}one\r\n\ntwo é\n\u{feff}last".as_bytes()).unwrap();
        assert_eq!(lines.count(), 4);
        for (index, line) in [
            (3, Ok("\u{feff}last")),
            (0, Ok("one")),
            (2, Ok("two é")),
            (1, Err(LineError::Blank)),
            (2, Ok("two é")),
        ] {
            assert_eq!(lines.get(index).unwrap(), line.map(str::to_owned));
        }
        assert!(lines.get(4).is_err());
    }

    #[test]
    fn a_line_of_whitespace_is_blank_and_still_counted() {
        let found = read("\u{feff}\n \t\r\none\n\r\n\u{a0}".as_bytes());
        let blank = Err(LineError::Blank);
        assert_eq!(
            found,
            [
                blank.clone(),
                blank.clone(),
                Ok("one".to_owned()),
                blank.clone(),
                blank
            ]
        );
    }

    #[test]
    fn a_line_that_cannot_be_sent_fails_alone() {
        let longest = "x".repeat(LIMIT);
        let content = [
            "\u{feff}".as_bytes(),
            longest.as_bytes(),
            b"\r\nb\xffc\n",
            &[b'y'; LIMIT + 1],
            b"\n",
            &[b'z'; 100_000],
            b"\nlast\n",
        ]
        .concat();
        let too_long = |bytes| {
            Err(LineError::TooLong {
                bytes,
                limit: LIMIT,
            })
        };
        assert_eq!(
            read(&content),
            [
                Ok(longest),
                Err(LineError::NotUtf8 { byte: 2 }),
                too_long(21),
                too_long(100_001),
                Ok("last".to_owned()),
            ]
        );
    }

    #[test]
    fn an_element_of_an_array_is_a_line() {
        let array = "\u{feff} [\r\n  {\"a\":\n    1},\n \"two\" ,[3]\n]\n\n";
        let expected = ["{\"a\":     1}", "\"two\"", "[3]"];
        let expected: Vec<_> = expected.map(|line| Ok(line.to_owned())).into();
        assert_eq!(read(array.as_bytes()), expected);
        assert_eq!(read(b"[]"), []);
        let long = format!("[1,\"{}\",3]", "x".repeat(LIMIT));
        let lines = read(long.as_bytes());
        assert_eq!((lines.len(), &lines[2]), (3, &Ok("3".to_owned())));
        assert!(matches!(lines[1], Err(LineError::TooLong { .. })));
    }

    #[test]
    fn arrays_one_a_line_are_lines() {
        let expected: Vec<_> = ["[1]", "{}", "[2]"].map(|line| Ok(line.to_owned())).into();
        assert_eq!(read(b"[1]\n{}\n[2]\n"), expected);
    }

    #[test]
    fn an_array_that_breaks_off_is_told() {
        for content in ["[{}, {\"a\"", "[{}, oops]", "[{}\n{}]"] {
            let told = lines(content.as_bytes()).unwrap_err().to_string();
            assert!(told.starts_with("an array of JSON that "), "{told}");
        }
    }
}
