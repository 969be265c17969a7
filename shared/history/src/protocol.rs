//! The insert protocol: which events of a batch to send together, and what each answer means.
//!
//! It is complete and has no I/O, so that a model checker can explore it. `E` is why a statement or
//! a request failed.

use std::collections::HashMap;

use roster_item::Key;

/// Most statements in a request (DynamoDB, API reference, "BatchExecuteStatement").
pub const MAX_STATEMENTS: usize = 25;

/// Most bytes of names and values in a request. Roster's own: DynamoDB documents 16 MB for a batch
/// of writes and nothing for statements. JSON adds to the bytes.
pub const MAX_REQUEST_BYTES: usize = 4 << 20;

/// An event to record, as far as the protocol is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its entity and clock.
    pub key: Key,
    /// The bytes of its names and values.
    pub bytes: usize,
}

/// The answer to one statement. That of the whole request says nothing about its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementAnswer<E> {
    /// The event was inserted.
    Inserted,
    /// The event is there. It is not known whether it was applied.
    DuplicateItem,
    /// A transaction is changing the item.
    TransactionConflict,
    /// Any other error.
    Failed(E),
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestAnswer<E> {
    /// One answer for each statement, in their order.
    Statements(Vec<StatementAnswer<E>>),
    /// Some statement makes the whole request invalid, and the answer does not say which.
    Invalid(E),
    /// The request failed: each of its statements may or may not have taken effect.
    Failed(E),
}

/// How far the events of a batch have been recorded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recording<E> {
    /// The entry of each event. Copies of an event have the same.
    entry_of: Vec<usize>,
    entries: Vec<EntryState<E>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EntryState<E> {
    /// The first event with this key.
    event: usize,
    bytes: usize,
    progress: EntryProgress<E>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum EntryProgress<E> {
    /// To be sent.
    Open,
    /// To be sent in a request of its own.
    OpenAlone,
    /// In the history.
    Recorded,
    /// Not certainly in the history.
    Failed(E),
}

impl<E: Clone> Recording<E> {
    /// Begins to record these events. One key twice in a request would refuse the whole request, so
    /// copies of an event are sent once.
    pub fn of(events: impl IntoIterator<Item = Statement>) -> Self {
        let mut known = HashMap::new();
        let mut recording = Self {
            entry_of: Vec::new(),
            entries: Vec::new(),
        };
        for (event, Statement { key, bytes }) in events.into_iter().enumerate() {
            let entry = *known.entry(key).or_insert(recording.entries.len());
            recording.entry_of.push(entry);
            if entry == recording.entries.len() {
                recording.entries.push(EntryState {
                    event,
                    bytes,
                    progress: EntryProgress::Open,
                });
            }
        }
        recording
    }

    /// The requests to send next, each as positions of events; none if every event has a result.
    pub fn requests(&self) -> Vec<Vec<usize>> {
        let mut requests: Vec<Vec<usize>> = Vec::new();
        let mut request = Vec::new();
        let mut bytes = 0;
        for entry in &self.entries {
            match entry.progress {
                EntryProgress::Open => {}
                EntryProgress::OpenAlone => {
                    requests.push(vec![entry.event]);
                    continue;
                }
                EntryProgress::Recorded | EntryProgress::Failed(_) => continue,
            }
            let is_full =
                request.len() == MAX_STATEMENTS || bytes + entry.bytes > MAX_REQUEST_BYTES;
            if is_full && !request.is_empty() {
                requests.push(std::mem::take(&mut request));
                bytes = 0;
            }
            request.push(entry.event);
            bytes += entry.bytes;
        }
        if !request.is_empty() {
            requests.push(request);
        }
        requests
    }

    /// Takes the answer to one of the requests.
    pub fn settle(&mut self, request: &[usize], answer: RequestAnswer<E>) {
        match answer {
            RequestAnswer::Statements(answers) => {
                for (event, answer) in request.iter().zip(answers) {
                    self.set(*event, EntryProgress::after(answer));
                }
            }
            RequestAnswer::Invalid(_) if request.len() > 1 => {
                for event in request {
                    self.set(*event, EntryProgress::OpenAlone);
                }
            }
            RequestAnswer::Invalid(error) | RequestAnswer::Failed(error) => {
                for event in request {
                    self.set(*event, EntryProgress::Failed(error.clone()));
                }
            }
        }
    }

    /// The result of each event, in order. What is still open fails with `unfinished`.
    pub fn finish(self, unfinished: &E) -> Vec<Result<(), E>> {
        let result = |entry: &usize| match self.entries.get(*entry).map(|entry| &entry.progress) {
            Some(EntryProgress::Recorded) => Ok(()),
            Some(EntryProgress::Failed(error)) => Err(error.clone()),
            Some(EntryProgress::Open | EntryProgress::OpenAlone) | None => Err(unfinished.clone()),
        };
        self.entry_of.iter().map(result).collect()
    }

    fn set(&mut self, event: usize, progress: EntryProgress<E>) {
        let entry = self.entry_of.get(event).copied();
        if let Some(entry) = entry.and_then(|entry| self.entries.get_mut(entry)) {
            entry.progress = progress;
        }
    }
}

impl<E> EntryProgress<E> {
    fn after(answer: StatementAnswer<E>) -> Self {
        match answer {
            StatementAnswer::Inserted | StatementAnswer::DuplicateItem => Self::Recorded,
            StatementAnswer::TransactionConflict => Self::Open,
            StatementAnswer::Failed(error) => Self::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNFINISHED: &str = "unfinished";

    fn statement(n: usize, bytes: usize) -> Statement {
        let key = Key {
            pk: "p".to_owned(),
            sk: n.to_string(),
        };
        Statement { key, bytes }
    }

    fn recording(keys: &[usize]) -> Recording<&'static str> {
        Recording::of(keys.iter().map(|key| statement(*key, 1)))
    }

    #[test]
    fn an_event_that_is_there_twice_is_sent_once_and_both_have_its_result() {
        let mut recording = recording(&[7, 8, 7, 9, 8]);
        assert_eq!(recording.requests(), [[0, 1, 3]]);
        let answers = vec![
            StatementAnswer::Inserted,
            StatementAnswer::Failed("throttled"),
            StatementAnswer::DuplicateItem,
        ];
        recording.settle(&[0, 1, 3], RequestAnswer::Statements(answers));
        assert_eq!(recording.requests(), [[0; 0]; 0]);
        let failed = Err("throttled");
        let results = recording.finish(&UNFINISHED);
        assert_eq!(results, [Ok(()), failed, Ok(()), Ok(()), failed]);
    }

    #[test]
    fn a_request_has_at_most_25_statements_and_so_many_bytes() {
        let lengths = |statements: &[Statement]| {
            let recording = Recording::<()>::of(statements.iter().cloned());
            let requests = recording.requests();
            requests.iter().map(Vec::len).collect::<Vec<_>>()
        };
        let small: Vec<_> = (0..51).map(|n| statement(n, 1)).collect();
        assert_eq!(lengths(&small), [25, 25, 1]);
        assert_eq!(lengths(&small[..50]), [25, 25]);
        let half = MAX_REQUEST_BYTES / 2;
        let large: Vec<_> = (0..5).map(|n| statement(n, half)).collect();
        assert_eq!(lengths(&large), [2, 2, 1]);
        let too_large = [statement(0, MAX_REQUEST_BYTES + 1), statement(1, 1)];
        assert_eq!(lengths(&too_large), [1, 1]);
        assert_eq!(lengths(&[]), [0; 0]);
    }

    #[test]
    fn a_transaction_conflict_and_a_missing_answer_are_sent_again() {
        let mut recording = recording(&[0, 1, 2]);
        let answers = vec![
            StatementAnswer::TransactionConflict,
            StatementAnswer::Inserted,
        ];
        recording.settle(&[0, 1, 2], RequestAnswer::Statements(answers));
        assert_eq!(recording.requests(), [[0, 2]]);
        let results = recording.finish(&UNFINISHED);
        assert_eq!(results, [Err(UNFINISHED), Ok(()), Err(UNFINISHED)]);
    }

    #[test]
    fn a_request_that_one_event_makes_invalid_is_sent_event_by_event() {
        let mut recording = recording(&[0, 1]);
        recording.settle(&[0, 1], RequestAnswer::Invalid("refused"));
        assert_eq!(recording.requests(), [[0], [1]]);
        recording.settle(&[0], RequestAnswer::Invalid("refused"));
        let inserted = vec![StatementAnswer::Inserted];
        recording.settle(&[1], RequestAnswer::Statements(inserted));
        assert_eq!(recording.finish(&UNFINISHED), [Err("refused"), Ok(())]);
    }

    #[test]
    fn a_failed_request_fails_its_events_alone() {
        let mut recording = recording(&(0..26).collect::<Vec<_>>());
        let requests = recording.requests();
        recording.settle(&requests[0], RequestAnswer::Failed("unavailable"));
        let inserted = vec![StatementAnswer::Inserted];
        recording.settle(&requests[1], RequestAnswer::Statements(inserted));
        let results = recording.finish(&UNFINISHED);
        assert_eq!(results[..25], [Err("unavailable"); 25]);
        assert_eq!(results[25], Ok(()));
    }
}
