//! The messages of the queues in a file, so that they outlive the process.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::database;

/// The version of the table below.
const VERSION: i64 = 1;

/// The table of messages.
///
/// `id` is the message id that the sender was given, `emulator_id` the one that the emulator gave the
/// message when this process sent it again. `receipt` is the handle of the newest receipt.
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS message (
        number INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        emulator_id TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL,
        attributes TEXT NOT NULL,
        sent INTEGER NOT NULL,
        due INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0,
        receipt TEXT UNIQUE
    )";

/// The file with the messages.
#[derive(Debug)]
pub struct MessageStore {
    database: Connection,
    file: PathBuf,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its number in the order of sending.
    pub number: i64,
    /// The name of the queue.
    pub queue: String,
    /// The body.
    pub body: String,
    /// The message attributes, as JSON.
    pub attributes: String,
    /// When it becomes visible, in milliseconds since 1970.
    pub due: u64,
    /// How often it was received.
    pub receives: u32,
}

/// What a receiver is told of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Its id.
    pub id: String,
    /// When it was sent, in milliseconds since 1970.
    pub sent: u64,
}

/// A message that the emulator has just accepted.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// The id that the emulator gave it.
    pub id: &'a str,
    /// The body.
    pub body: &'a str,
    /// The message attributes, as JSON.
    pub attributes: &'a str,
    /// When it was sent, in milliseconds since 1970.
    pub sent: u64,
    /// When it becomes visible, in milliseconds since 1970.
    pub due: u64,
}

impl MessageStore {
    /// Opens the file, and creates it if there is none.
    pub fn open(file: &Path) -> Result<Self> {
        database::check(file)?;
        let open = || {
            let database = Connection::open(file)?;
            database.pragma_update(None, "journal_mode", "WAL")?;
            let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if version == 0 {
                database.execute_batch(TABLE)?;
                database.pragma_update(None, "user_version", VERSION)?;
            }
            Ok((database, version))
        };
        let (database, version) = open().map_err(|error| database::explained(file, &error))?;
        ensure!(
            version == 0 || version == VERSION,
            "{} has the format {version} of another version of roster, expected {VERSION}; use that \
             version, or move the file away",
            file.display()
        );
        Ok(Self {
            database,
            file: file.to_owned(),
        })
    }

    /// Writes messages that were sent to a queue. They are on disk when this returns.
    pub fn insert(&mut self, queue: &str, messages: &[Accepted<'_>]) -> Result<()> {
        self.write(|database| {
            for message in messages {
                let Accepted {
                    id,
                    body,
                    attributes,
                    sent,
                    due,
                } = message;
                database.execute(
                    "INSERT INTO message (queue, id, emulator_id, body, attributes, sent, due)
                     VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)",
                    params![queue, id, body, attributes, sent, due],
                )?;
            }
            Ok(())
        })
    }

    /// Writes that messages were received from a queue, which may have become a dead-letter queue
    /// since. Takes the emulator's id and the receipt of each, and returns where each came from.
    pub fn receive(
        &mut self,
        queue: &str,
        messages: &[(String, String)],
    ) -> Result<Vec<Option<SentMessage>>> {
        self.write(|database| {
            let mut origins = Vec::with_capacity(messages.len());
            for (id, receipt) in messages {
                let origin = database
                    .query_row(
                        "UPDATE message
                         SET receives = CASE queue WHEN ?1 THEN receives + 1 ELSE 1 END,
                             queue = ?1, receipt = ?3
                         WHERE emulator_id = ?2
                         RETURNING id, sent",
                        [queue, id, receipt],
                        |row| {
                            Ok(SentMessage {
                                id: row.get(0)?,
                                sent: row.get(1)?,
                            })
                        },
                    )
                    .optional()?;
                origins.push(origin);
            }
            Ok(origins)
        })
    }

    /// Deletes messages by their receipts.
    pub fn delete(&mut self, receipts: &[&str]) -> Result<()> {
        self.write(|database| {
            for receipt in receipts {
                database.execute("DELETE FROM message WHERE receipt = ?1", [receipt])?;
            }
            Ok(())
        })
    }

    /// Deletes all messages of a queue.
    pub fn purge(&mut self, queue: &str) -> Result<()> {
        self.write(|database| {
            database.execute("DELETE FROM message WHERE queue = ?1", [queue])?;
            Ok(())
        })
    }

    /// The numbers of all messages, those first that were received.
    pub fn numbers(&self) -> Result<Vec<i64>> {
        let read = || {
            let query = "SELECT number FROM message ORDER BY receives = 0, number";
            let mut statement = self.database.prepare(query)?;
            let numbers = statement.query_map([], |row| row.get(0))?;
            numbers.collect::<rusqlite::Result<_>>()
        };
        read().with_context(|| self.cannot("read"))
    }

    /// The message with a number.
    pub fn message(&self, number: i64) -> Result<StoredMessage> {
        let message = |row: &Row<'_>| {
            Ok(StoredMessage {
                number,
                queue: row.get(0)?,
                body: row.get(1)?,
                attributes: row.get(2)?,
                due: row.get(3)?,
                receives: row.get(4)?,
            })
        };
        let query = "SELECT queue, body, attributes, due, receives FROM message WHERE number = ?1";
        let read = self.database.query_row(query, [number], message);
        read.with_context(|| self.cannot("read"))
    }

    /// Writes the ids that the emulator gave messages when they were sent again, by number.
    pub fn sent_again(&mut self, ids: &[(i64, String)]) -> Result<()> {
        self.write(|database| {
            for (number, id) in ids {
                database.execute(
                    "UPDATE message SET emulator_id = ?2, receipt = NULL WHERE number = ?1",
                    params![number, id],
                )?;
            }
            Ok(())
        })
    }

    /// Writes all of it or nothing.
    fn write<T>(&mut self, write: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let written = self.database.transaction().and_then(|transaction| {
            let value = write(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        written.with_context(|| self.cannot("write"))
    }

    fn cannot(&self, what: &str) -> String {
        format!("cannot {what} messages in {}", self.file.display())
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn accepted(id: &str) -> Accepted<'_> {
        Accepted {
            id,
            body: "a\0b é",
            attributes: "{}",
            sent: 7,
            due: 8,
        }
    }

    fn receipt(id: &str, receipt: &str) -> [(String, String); 1] {
        [(id.to_owned(), receipt.to_owned())]
    }

    #[test]
    fn messages_outlive_the_store_with_their_counts() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("messages.db");
        let mut store = MessageStore::open(&file).unwrap();
        store
            .insert("events", &[accepted("a"), accepted("b")])
            .unwrap();
        store.receive("events", &receipt("b", "r1")).unwrap();
        drop(store);
        let mut store = MessageStore::open(&file).unwrap();
        assert_eq!(
            store.numbers().unwrap(),
            [2, 1],
            "the received one is first"
        );
        let message = store.message(2).unwrap();
        assert_eq!(
            (&*message.body, message.due, message.receives),
            ("a\0b é", 8, 1)
        );
        store.sent_again(&[(2, "z".to_owned())]).unwrap();
        let origin = SentMessage {
            id: "b".to_owned(),
            sent: 7,
        };
        let received = store.receive("events", &receipt("z", "r2")).unwrap();
        assert_eq!(received, [Some(origin)]);
        assert_eq!(
            store.receive("events", &receipt("b", "r3")).unwrap(),
            [None]
        );
    }

    #[test]
    fn only_the_newest_receipt_deletes() {
        let folder = TempDir::new().unwrap();
        let mut store = MessageStore::open(&folder.path().join("messages.db")).unwrap();
        store.insert("events", &[accepted("a")]).unwrap();
        for newer in ["r1", "r2"] {
            store.receive("events", &receipt("a", newer)).unwrap();
        }
        store.delete(&["r1"]).unwrap();
        assert_eq!(store.numbers().unwrap(), [1]);
        store.delete(&["r2"]).unwrap();
        assert!(store.numbers().unwrap().is_empty());
    }

    #[test]
    fn a_message_that_moved_belongs_to_the_queue_it_was_received_from() {
        let folder = TempDir::new().unwrap();
        let mut store = MessageStore::open(&folder.path().join("messages.db")).unwrap();
        store
            .insert("events", &[accepted("a"), accepted("b")])
            .unwrap();
        for _ in 0..3 {
            store.receive("events", &receipt("a", "r")).unwrap();
        }
        store.receive("dead", &receipt("a", "r")).unwrap();
        let message = store.message(1).unwrap();
        assert_eq!((&*message.queue, message.receives), ("dead", 1));
        store.purge("events").unwrap();
        assert_eq!(store.numbers().unwrap(), [1]);
    }

    #[test]
    fn a_file_of_another_format_is_refused() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("messages.db");
        drop(MessageStore::open(&file).unwrap());
        let other = Connection::open(&file).unwrap();
        other.pragma_update(None, "user_version", 2).unwrap();
        drop(other);
        let told = MessageStore::open(&file).unwrap_err().to_string();
        assert!(
            told.contains("has the format 2") && told.contains("expected 1"),
            "{told}"
        );
    }
}
