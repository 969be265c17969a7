//! Does the order of these events matter? Delivers a file in clock order and then in random
//! ones, with repetitions and racing consumers, and compares the resulting tables.

mod difference;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use roster_domain::{Event, EventTime};
use roster_envelope::{EVENT_TIME, EventTimeAttribute, Message, decode};
use roster_table::Key;
use serde::Serialize;

pub use difference::{Difference, Line};

use crate::directory::{self, ItemKey, Items};
use crate::ingest::{Lines, stamp};
use roster_emulator::dynamodb::TABLE_NAME;
use roster_stack::race::{Race, Refused};
use roster_stack::{Options, Stack};

/// Batch sizes of the rounds, in turn.
const BATCHES: [usize; 4] = [10, 1, 100, 1_000];

/// One line in so many is delivered twice.
const REPEATED: u32 = 5;

/// How a file is checked.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions {
    /// How many random orders are tried.
    pub rounds: usize,
    /// How many consumers race in each.
    pub consumers: usize,
    /// What the orders are made from.
    pub seed: u64,
}

/// What a check found.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Lines of the file.
    pub events: usize,
    /// Those that were refused.
    pub refused: usize,
    /// How many random orders were tried.
    pub rounds: usize,
    /// What the orders were made from.
    pub seed: u64,
    /// The digest of the table after clock order.
    pub digest: String,
    /// The smallest difference between clock order and another one.
    pub difference: Option<Difference>,
}

/// Delivers the file once in clock order, to one consumer, and then in random orders until one
/// makes a difference. `progress` is called with how many more messages are through.
pub async fn check(
    lines: Lines,
    options: CheckOptions,
    progress: impl Fn(usize) + Send + Sync + 'static,
) -> Result<Checked> {
    let messages = Arc::new(Messages::new(lines)?);
    let progress: Arc<dyn Fn(usize) + Send + Sync> = Arc::new(progress);
    let one = Race {
        batch: 100,
        consumers: 1,
    };
    let order = messages.in_clock_order()?;
    let (expected, refused) = deliver(&messages, order, one, &progress).await?;
    let mut checked = Checked {
        events: messages.count,
        refused: refused.len(),
        rounds: 0,
        seed: options.seed,
        digest: directory::digest(&expected)?,
        difference: None,
    };
    for (round, batch) in (0..options.rounds).zip(BATCHES.into_iter().cycle()) {
        let mut rng = StdRng::seed_from_u64(options.seed.wrapping_add(round as u64));
        let order = with_repetitions(messages.count, &mut rng);
        let race = Race {
            batch,
            consumers: options.consumers,
        };
        let (found, _) = deliver(&messages, order, race, &progress).await?;
        checked.rounds += 1;
        let differing = difference::keys(&expected, &found);
        if !differing.is_empty() {
            let lines = messages.lines_of(&differing)?;
            checked.difference = difference::smallest(&expected, &found, lines);
        }
        if checked.difference.is_some() {
            break;
        }
    }
    Ok(checked)
}

/// About how many messages a check delivers, for showing progress.
pub const fn messages(events: usize, rounds: usize) -> usize {
    events + rounds * (events + events / REPEATED as usize)
}

async fn deliver(
    messages: &Arc<Messages>,
    order: Vec<usize>,
    race: Race,
    progress: &Arc<dyn Fn(usize) + Send + Sync>,
) -> Result<(Items, Refused)> {
    let stack = Stack::start(&Options::default()).await?;
    let (source, progress) = (Arc::clone(messages), Arc::clone(progress));
    let message = move |index| source.record(index);
    let done = move |through| progress(through);
    let refused = race.run(order, message, done, || stack.table()).await?;
    let items = directory::scan(&stack.dynamodb.client(), TABLE_NAME).await?;
    Ok((items, refused))
}

fn with_repetitions(count: usize, rng: &mut StdRng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let again: Vec<usize> = (0..count)
        .filter(|_| rng.random_ratio(1, REPEATED))
        .collect();
    order.extend(again);
    order.shuffle(rng);
    order
}

/// The lines of a file as messages, which are the same in every round.
struct Messages {
    lines: Mutex<Lines>,
    count: usize,
    sent: EventTime,
    sent_millis: u64,
}

impl Messages {
    fn new(lines: Lines) -> Result<Self> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let millis = u64::try_from(since_1970.as_millis())?;
        Ok(Self {
            count: lines.count(),
            lines: Mutex::new(lines),
            sent: EventTime::from_unix_millis(millis)?,
            sent_millis: millis,
        })
    }

    fn body(&self, index: usize) -> Result<String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(index)
    }

    fn event(&self, index: usize) -> Result<Option<Event>> {
        let body = self.body(index)?;
        let time = stamp(index + 1, &body)?;
        let message = Message {
            body: &body,
            event_time: time.as_deref().map(EventTimeAttribute::Text),
            sent: self.sent,
        };
        Ok(decode(&message).ok())
    }

    fn record(&self, index: usize) -> Result<SqsMessage> {
        let body = self.body(index)?;
        let mut record = SqsMessage::default();
        record.message_id = Some((index + 1).to_string());
        record
            .attributes
            .insert("SentTimestamp".to_owned(), self.sent_millis.to_string());
        if let Some(time) = stamp(index + 1, &body)? {
            let mut attribute = SqsMessageAttribute::default();
            attribute.data_type = Some("String".to_owned());
            attribute.string_value = Some(time);
            record
                .message_attributes
                .insert(EVENT_TIME.to_owned(), attribute);
        }
        record.body = Some(body);
        Ok(record)
    }

    /// Valid events in clock order, then the lines that will be refused.
    fn in_clock_order(&self) -> Result<Vec<usize>> {
        let mut clocks = Vec::with_capacity(self.count);
        for index in 0..self.count {
            let clock = self.event(index)?.map(|event| event.clock);
            clocks.push((clock.is_none(), clock, index));
        }
        clocks.sort();
        Ok(clocks.into_iter().map(|(_, _, index)| index).collect())
    }

    /// The lines that hold the events of those items.
    fn lines_of(&self, keys: &BTreeSet<ItemKey>) -> Result<BTreeMap<ItemKey, Vec<Line>>> {
        let mut lines: BTreeMap<ItemKey, Vec<Line>> = BTreeMap::new();
        for index in 0..self.count {
            let Some(event) = self.event(index)? else {
                continue;
            };
            let Key { pk, sk } = Key::of(&event.entity);
            let item = (pk, sk);
            if keys.contains(&item) {
                let (line, body) = (index + 1, self.body(index)?);
                lines.entry(item).or_default().push(Line { line, body });
            }
        }
        Ok(lines)
    }
}
