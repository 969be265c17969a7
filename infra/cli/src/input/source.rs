//! Where input comes from.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;

/// The first bytes of gzip (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The maximum size of unpacked input, in bytes. A small file can unpack to any size.
const UNPACKED: u64 = 2 << 30;

/// What to call the input in a message.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Opens a file or the standard input (`-`), unpacked and such that it can be read in any order.
pub fn open(path: &Path) -> Result<File> {
    let name = name(path);
    let file = if path == Path::new("-") {
        kept(&mut io::stdin().lock()).with_context(|| format!("cannot read {name}"))?
    } else {
        let mut file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let kind = file.metadata()?.file_type();
        ensure!(
            !kind.is_dir(),
            "{name} is a directory; name a file of events"
        );
        if kind.is_file() {
            file
        } else {
            kept(&mut file).with_context(|| format!("cannot read {name}"))?
        }
    };
    unpacked(file, UNPACKED).with_context(|| name)
}

/// A copy that can be read in any order.
fn kept(source: &mut impl Read) -> io::Result<File> {
    let mut copy = tempfile::tempfile()?;
    io::copy(source, &mut copy)?;
    copy.rewind()?;
    Ok(copy)
}

/// The file, or a copy of what it unpacks to if it is gzip.
fn unpacked(mut file: File, most: u64) -> Result<File> {
    let mut start = Vec::new();
    (&mut file).take(2).read_to_end(&mut start)?;
    file.rewind()?;
    if start != GZIP {
        return Ok(file);
    }
    let mut content = MultiGzDecoder::new(BufReader::new(file)).take(most + 1);
    let copy = kept(&mut content).context("cannot unpack this gzip")?;
    ensure!(
        copy.metadata()?.len() <= most,
        "this gzip unpacks to more than {most} bytes; split it, or unpack it yourself"
    );
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(content: &[u8]) -> Result<String> {
        let mut file = tempfile::tempfile()?;
        file.write_all(content)?;
        file.rewind()?;
        let mut text = String::new();
        unpacked(file, 1_000)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn gzip_is_unpacked_also_in_several_parts() {
        assert_eq!(unpack(b"plain").unwrap(), "plain");
        assert_eq!(unpack(b"").unwrap(), "");
        let parts = [packed(b"one\n"), packed(b"two\n")].concat();
        assert_eq!(unpack(&parts).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn gzip_that_is_broken_or_unpacks_to_too_much_is_refused() {
        let whole = packed(b"some text that is cut off");
        let cut = whole.get(..whole.len() - 10).unwrap();
        let told = format!("{:#}", unpack(cut).unwrap_err());
        assert!(told.starts_with("cannot unpack this gzip: "), "{told}");
        let told = unpack(&packed(&[b'x'; 1_001])).unwrap_err().to_string();
        assert!(
            told.starts_with("this gzip unpacks to more than 1000 bytes"),
            "{told}"
        );
        assert!(unpack(&packed(&[b'x'; 1_000])).is_ok());
    }
}
