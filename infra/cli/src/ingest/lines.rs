//! A file of lines that can be read in any order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use roster_emulator::sqs::MAX_MESSAGE;

/// The lines of a file, each of which is UTF-8 and fits a message.
#[derive(Debug)]
pub struct Lines {
    file: BufReader<File>,
    position: u64,
    /// Where each line begins, and where the last one ends.
    starts: Vec<u64>,
}

impl Lines {
    /// Reads a file once to find and check its lines. The standard input (`-`) and whatever
    /// else can be read only once is kept in a temporary file.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display();
        if path == Path::new("-") {
            let copy = kept(&mut io::stdin().lock()).context("cannot read standard input")?;
            return Self::index(copy).context("standard input");
        }
        let mut file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let kind = file.metadata()?.file_type();
        ensure!(
            !kind.is_dir(),
            "{name} is a directory; name a file of events"
        );
        if !kind.is_file() {
            file = kept(&mut file).with_context(|| format!("cannot read {name}"))?;
        }
        Self::index(file).with_context(|| name.to_string())
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The line with that index, counted from 0, without its line break.
    pub fn get(&mut self, index: usize) -> Result<String> {
        let (Some(start), Some(end)) = (self.starts.get(index), self.starts.get(index + 1)) else {
            bail!("there is no line {}", index + 1);
        };
        let (start, end) = (*start, *end);
        self.file
            .seek_relative(i64::try_from(start)? - i64::try_from(self.position)?)?;
        let mut line = vec![0; usize::try_from(end - start)?];
        self.file.read_exact(&mut line)?;
        self.position = end;
        Ok(content(std::str::from_utf8(&line)?, index == 0).to_owned())
    }

    fn index(file: File) -> Result<Self> {
        // One byte more than fits, a byte order mark of three and a line break of two.
        let limit = u64::try_from(MAX_MESSAGE)? + 6;
        let mut reader = BufReader::new(file);
        let mut starts = vec![0];
        let mut position = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut reader).take(limit).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            let number = starts.len();
            let text = std::str::from_utf8(&line);
            let size = text.map_or(line.len(), |text| content(text, number == 1).len());
            ensure!(
                size <= MAX_MESSAGE,
                "line {number} has more than {MAX_MESSAGE} bytes, the most that the embedded \
                 queue takes in a message"
            );
            if let Err(error) = text {
                bail!(
                    "line {number} is not UTF-8, from its byte {} on",
                    error.valid_up_to() + 1
                );
            }
            position += u64::try_from(read)?;
            starts.push(position);
        }
        ensure!(
            starts.len() > 1,
            "the file is empty; expected one event a line"
        );
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self {
            file: reader,
            position: 0,
            starts,
        })
    }
}

/// A copy that can be read in any order.
fn kept(source: &mut impl Read) -> io::Result<File> {
    let mut copy = tempfile::tempfile()?;
    io::copy(source, &mut copy)?;
    copy.rewind()?;
    Ok(copy)
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

    fn lines(content: &[u8]) -> Result<Lines> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        Lines::index(file)
    }

    #[test]
    fn lines_are_read_in_any_order_without_their_breaks() {
        let mut lines = lines("\u{feff}one\r\n\ntwo é\n\u{feff}last".as_bytes()).unwrap();
        assert_eq!(lines.count(), 4);
        for (index, line) in [
            (3, "\u{feff}last"),
            (0, "one"),
            (2, "two é"),
            (1, ""),
            (2, "two é"),
        ] {
            assert_eq!(lines.get(index).unwrap(), line);
        }
        assert!(lines.get(4).is_err());
    }

    #[test]
    fn what_cannot_be_sent_is_told_by_its_line() {
        let told = |content: &[u8]| lines(content).unwrap_err().to_string();
        assert_eq!(told(b""), "the file is empty; expected one event a line");
        assert_eq!(
            told(b"a\nb\xffc\n"),
            "line 2 is not UTF-8, from its byte 2 on"
        );
        let long = [b"a\n".to_vec(), vec![b'x'; MAX_MESSAGE + 1]].concat();
        assert!(told(&long).starts_with("line 2 has more than 262144 bytes"));
        let mark = "\u{feff}".as_bytes().to_vec();
        let fits = [mark, vec![b'x'; MAX_MESSAGE], b"\r\n".to_vec()].concat();
        assert_eq!(lines(&fits).unwrap().count(), 1);
    }
}
