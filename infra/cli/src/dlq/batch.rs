//! Requests of up to ten entries, each of which SQS answers for itself.

use std::time::Duration;

use anyhow::Result;
use aws_sdk_sqs::types::BatchResultErrorEntry;

/// How often an entry is sent that SQS did not take without its sender's fault.
pub const ATTEMPTS: u32 = 5;

/// An item with what names it in a request.
#[derive(Debug)]
pub struct Entry<'a, T> {
    /// Its id in the request.
    pub id: String,
    /// The item.
    pub item: &'a T,
}

/// What SQS said of the entries of a request.
#[derive(Debug)]
pub struct Answer {
    /// The ids of those it confirmed.
    pub done: Vec<String>,
    /// What was wrong with the others.
    pub failed: Vec<BatchResultErrorEntry>,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// SQS confirmed it.
    Done,
    /// SQS refused it for good, with that code.
    Refused(String),
    /// SQS did not take it in [`ATTEMPTS`] tries.
    NotTaken,
}

/// Makes a request of at most ten items, and again for those that SQS did not take, and says
/// what became of each, in their order. What is neither confirmed nor refused counts as not
/// taken.
pub async fn settle<T>(
    items: &[T],
    request: impl AsyncFn(&[Entry<'_, T>]) -> Result<Answer>,
) -> Result<Vec<Fate>> {
    let mut fates = vec![Fate::NotTaken; items.len()];
    for attempt in 0..ATTEMPTS {
        let open = items.iter().zip(&fates).enumerate();
        let open: Vec<_> = open
            .filter(|(_, (_, fate))| **fate == Fate::NotTaken)
            .map(|(position, (item, _))| Entry {
                id: position.to_string(),
                item,
            })
            .collect();
        if open.is_empty() {
            break;
        }
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(50) * 2_u32.pow(attempt)).await;
        }
        let answer = request(&open).await?;
        for (position, fate) in fates.iter_mut().enumerate() {
            let id = position.to_string();
            if answer.done.contains(&id) {
                *fate = Fate::Done;
            }
            let refused = |entry: &&BatchResultErrorEntry| entry.id == id && entry.sender_fault;
            if let Some(entry) = answer.failed.iter().find(refused) {
                *fate = Fate::Refused(entry.code.clone());
            }
        }
    }
    Ok(fates)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn failed(id: &str, sender_fault: bool) -> BatchResultErrorEntry {
        let entry = BatchResultErrorEntry::builder().id(id).code("Code");
        entry.sender_fault(sender_fault).build().unwrap()
    }

    #[tokio::test]
    async fn each_item_has_its_fate_and_only_what_was_not_taken_is_sent_again() {
        let calls = Cell::new(0);
        let fates = settle(&["a", "b", "c", "d"], async |entries| {
            calls.set(calls.get() + 1);
            let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
            if calls.get() == 1 {
                assert_eq!(ids, ["0", "1", "2", "3"]);
                // Nothing is said of the last one.
                return Ok(Answer {
                    done: vec!["0".to_owned()],
                    failed: vec![failed("1", true), failed("2", false)],
                });
            }
            let is_second = calls.get() == 2;
            assert_eq!(ids, if is_second { vec!["2", "3"] } else { vec!["3"] });
            Ok(Answer {
                done: vec!["2".to_owned()],
                failed: Vec::new(),
            })
        });
        let fates = fates.await.unwrap();
        let refused = Fate::Refused("Code".to_owned());
        assert_eq!(fates, [Fate::Done, refused, Fate::Done, Fate::NotTaken]);
        assert_eq!(calls.get(), ATTEMPTS);
    }
}
