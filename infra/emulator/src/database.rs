//! The files in which data is kept: databases of SQLite.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Checks that an existing database is intact and can be written, since the servers would only
/// notice at some later request. Changes nothing.
pub fn check(file: &Path) -> Result<()> {
    if !file.exists() {
        return Ok(());
    }
    match intact(file) {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(_) => bail!("{} is damaged; {}", file.display(), MOVE),
        Err(error) => Err(explained(file, &error)),
    }
}

/// What to do with a file that is of no use.
const MOVE: &str = "restore a copy of it, or move it away to start with an empty one";

fn intact(file: &Path) -> rusqlite::Result<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(file, flags)?;
    database.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
    database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
}

/// Says which file it is, what is wrong with it and what to do.
pub fn explained(file: &Path, error: &rusqlite::Error) -> anyhow::Error {
    let (problem, advice) = match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            "cannot be written",
            "check the permissions of the file and of its folder, and that the disk is writable",
        ),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            ("is damaged or no database", MOVE)
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("is in use", "stop the other program that has it open")
        }
        Some(ErrorCode::DiskFull) => ("cannot be written", "make room on the disk"),
        _ => ("cannot be used", MOVE),
    };
    anyhow!("{} {problem} ({error}); {advice}", file.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A database with a few pages, changed by `change`, and what the check says of it.
    fn told(change: impl Fn(&mut Vec<u8>)) -> String {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("roster.db");
        let database = Connection::open(&file).unwrap();
        let rows = "INSERT INTO t VALUES (hex(randomblob(50)));".repeat(200);
        database
            .execute_batch(&format!(
                "BEGIN; CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a); {rows} COMMIT"
            ))
            .unwrap();
        drop(database);
        let mut content = fs::read(&file).unwrap();
        change(&mut content);
        fs::write(&file, &content).unwrap();
        let told = check(&file).map_or_else(|error| format!("{error:#}"), |()| "fine".to_owned());
        assert_eq!(
            fs::read(&file).unwrap(),
            content,
            "the check changes nothing"
        );
        told.replace(file.to_str().unwrap(), "FILE")
    }

    #[test]
    fn an_intact_database_is_fine_and_so_is_none() {
        assert_eq!(told(|_| {}), "fine");
        let folder = TempDir::new().unwrap();
        assert!(check(&folder.path().join("none")).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_what_to_do() {
        let not_one = told(|content| *content = b"not a database, but some text".repeat(50));
        assert!(
            not_one.starts_with("FILE is damaged or no database ("),
            "{not_one}"
        );
        let damaged = told(|content| {
            for byte in content.iter_mut().skip(4_096) {
                *byte = 0x55;
            }
        });
        assert!(damaged.starts_with("FILE is damaged"), "{damaged}");
        // A write version that SQLite does not know makes a database read-only (its file format,
        // "File format version numbers").
        let read_only = told(|content| content[18] = 3);
        assert!(
            read_only.starts_with("FILE cannot be written ("),
            "{read_only}"
        );
        for told in [not_one, damaged] {
            assert!(told.ends_with(MOVE), "{told}");
        }
        assert!(read_only.contains("check the permissions"), "{read_only}");
    }
}
