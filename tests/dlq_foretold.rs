//! Does the consumer treat dead letters as the dry run of their redrive predicted?

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use roster_cli::dlq::Filter;
use roster_stack::{Options, Stack};
use roster_tests::history::{History, mixed};
use roster_tests::letters::{Outcomes, bury, consume, counts, drain_bodies, put, redriven};
use roster_tests::reference;
use serde_json::json;

async fn stack() -> Stack {
    Stack::start(&Options::default()).await.unwrap()
}

/// Histories that are partly in the table and completely in the dead-letter queue.
struct Trial {
    stack: Stack,
    bodies: Vec<String>,
}

impl Trial {
    async fn from_seed(seed: u64) -> Self {
        let stack = stack().await;
        let mut rng = StdRng::seed_from_u64(seed);
        let histories: Vec<_> = (0..3)
            .map(|n| History::from_seed(seed * 3 + n, 24))
            .collect();
        let mut bodies = mixed(&histories, seed);
        for body in &bodies {
            if reference::event(body).is_some() && rng.random_ratio(1, 3) {
                put(&stack, &stack.queues.events, body, &[]).await;
            }
        }
        assert_eq!(consume(&stack).await.failed, 0);
        bodies.shuffle(&mut rng);
        for body in &bodies {
            let codes = [None, Some("malformed"), Some("refused_by_table")];
            bury(&stack, body, *codes.choose(&mut rng).unwrap()).await;
        }
        Self { stack, bodies }
    }

    async fn check(self) -> Outcomes {
        let stack = &self.stack;
        let valid = |body: &&String| reference::event(body).is_some();
        let mut invalid: Vec<_> = self.bodies.iter().filter(|b| !valid(b)).cloned().collect();
        invalid.sort();
        let foretold = redriven(stack, &Filter::default(), true).await;
        assert_eq!(counts(stack, &stack.queues.events).await, (0, 0));
        let done = redriven(stack, &Filter::default(), false).await;
        assert_eq!(done.foretold, foretold.foretold);
        assert_eq!(done.still_failing, foretold.still_failing);
        assert_eq!(
            (done.sent, done.selected),
            (foretold.sent, foretold.selected)
        );
        assert_eq!(done.still_failing.values().sum::<usize>(), invalid.len());
        let outcomes = consume(stack).await;
        assert_eq!(outcomes, Outcomes::from(foretold.foretold.unwrap()));
        assert_eq!(
            drain_bodies(stack, &stack.queues.dead_letters).await,
            invalid
        );
        outcomes
    }
}

/// `ROSTER_SEED=N` replays one of the trials.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_predicts_the_outcomes_that_the_consumer_reports() {
    let seed = std::env::var("ROSTER_SEED").map(|seed| seed.parse().unwrap());
    let seeds: Vec<u64> = seed.map_or((0..10).collect(), |seed| vec![seed]);
    println!("seeds {seeds:?}");
    let trials = seeds
        .iter()
        .map(async |&seed| Trial::from_seed(seed).await.check().await);
    for (seed, outcomes) in seeds.iter().zip(join_all(trials).await) {
        println!("ROSTER_SEED={seed}: {outcomes:?}");
        assert!(outcomes.applied > 0 && outcomes.stale > 0 && outcomes.duplicate > 0);
    }
}

/// Letters of one entity that do not fit in memory at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn outcomes_of_one_entity_are_predicted_across_portions() {
    const LETTERS: usize = 280;
    let stack = stack().await;
    let padding = "x".repeat(250_000);
    let mut times: Vec<_> = (0..LETTERS).collect();
    times.shuffle(&mut StdRng::seed_from_u64(1));
    for time in times {
        let body = json!({"eventId": "e", "type": "OrganizationUserAdded", "padding": padding,
            "timestamp": format!("2026-01-01T00:{:02}:{:02}Z", time / 60, time % 60),
            "payload": {"organizationId": "o", "userId": "u", "role": "admin"}});
        bury(&stack, &body.to_string(), None).await;
    }
    let done = redriven(&stack, &Filter::default(), false).await;
    assert_eq!(done.sent, LETTERS);
    let foretold = done.foretold.unwrap();
    assert!(
        foretold.stale > 0,
        "a later portion holds older events: {foretold:?}"
    );
    assert_eq!(consume(&stack).await, Outcomes::from(foretold));
}
