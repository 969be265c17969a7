//! Does the order of these events matter? Delivers a file in clock order and then in random
//! ones, with repetitions and racing consumers, and compares the resulting tables. What such orders
//! cannot show, since every event has a place in them, is told as well.

mod between;
mod certainty;
mod difference;
mod messages;
mod uncertain;

use std::sync::Arc;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

pub use certainty::{Certainty, Decider, Placed, Tie};
pub use difference::{Difference, Line};
pub use uncertain::Uncertain;

use crate::directory::{self, Directory, VoidEntity};
use crate::input::Lines;
use messages::Messages;
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
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Lines of the file that are not blank.
    pub events: usize,
    /// Those that were refused.
    pub refused: usize,
    /// The line and the reason of the first refusal.
    pub first_refusal: Option<(usize, String)>,
    /// How many random orders were tried.
    pub rounds: usize,
    /// What the orders were made from.
    pub seed: u64,
    /// The digest of the table after clock order.
    pub digest: String,
    /// The smallest difference between clock order and another one.
    pub difference: Option<Difference>,
    /// What does not count, since something it leads to was removed after it was stated. It may be
    /// what the producer wants, so it does not fail a check.
    pub void: Vec<VoidEntity>,
    /// What the producer left open.
    #[serde(flatten)]
    pub certainty: Certainty,
}

impl Checked {
    /// Whether any event was valid.
    pub const fn has_events(&self) -> bool {
        self.refused < self.events
    }

    /// Whether there are events, and nothing depends on their order.
    pub const fn is_clear(&self) -> bool {
        let certain = self.certainty.uncertain.is_empty();
        self.has_events() && self.difference.is_none() && certain
    }
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
    let overview = messages.overview()?;
    let (stack, refused) = deliver(&messages, overview.order.clone(), one, &progress).await?;
    let client = stack.dynamodb.client();
    let expected = directory::scan(&client, TABLE_NAME).await?;
    let directory = Directory::scan(&client, TABLE_NAME).await?;
    drop(stack);
    let refusals = refused
        .iter()
        .map(|(index, failure)| (index + 1, failure.to_string()));
    let unsendable = overview.unsendable.iter();
    let unsendable = unsendable.map(|(line, error)| (*line, error.to_string()));
    let mut checked = Checked {
        events: overview.order.len() + overview.unsendable.len(),
        refused: refused.len() + overview.unsendable.len(),
        first_refusal: refusals.chain(unsendable).min(),
        rounds: 0,
        seed: options.seed,
        digest: directory::digest(&expected)?,
        difference: None,
        void: directory.void(),
        certainty: Certainty::of(overview.placed, &directory, |line| messages.event(line - 1))?,
    };
    if !checked.has_events() {
        return Ok(checked);
    }
    for (round, batch) in (0..options.rounds).zip(BATCHES.into_iter().cycle()) {
        let mut rng = StdRng::seed_from_u64(options.seed.wrapping_add(round as u64));
        let order = with_repetitions(&overview.order, &mut rng);
        let race = Race {
            batch,
            consumers: options.consumers,
        };
        let (stack, _) = deliver(&messages, order, race, &progress).await?;
        let found = directory::scan(&stack.dynamodb.client(), TABLE_NAME).await?;
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

/// Delivers the file to a new stack, and returns the stack and what was refused.
async fn deliver(
    messages: &Arc<Messages>,
    order: Vec<usize>,
    race: Race,
    progress: &Arc<dyn Fn(usize) + Send + Sync>,
) -> Result<(Stack, Refused)> {
    let stack = Stack::start(&Options::default()).await?;
    let (source, progress) = (Arc::clone(messages), Arc::clone(progress));
    let message = move |index| source.record(index);
    let done = move |through| progress(through);
    let refused = race
        .run(order, message, done, || stack.consumer_without_queues())
        .await?;
    Ok((stack, refused))
}

fn with_repetitions(indices: &[usize], rng: &mut StdRng) -> Vec<usize> {
    let mut order = indices.to_vec();
    order.sort_unstable();
    let again = order.iter().copied();
    let again: Vec<_> = again.filter(|_| rng.random_ratio(1, REPEATED)).collect();
    order.extend(again);
    order.shuffle(rng);
    order
}
