//! Is anything lost when the table, the network or the consumer fails?
//!
//! `ROSTER_SEED=N` replays the events and the faults of that seed. Which requests the faults
//! affect also depends on timing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and seeds are printed for replay"
)]

use std::collections::BTreeSet;
use std::env;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use consumer::Report;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roster_cli::directory::Directory;
use roster_cli::ingest::{DeliveryOptions, ingest};
use roster_cli::input::Lines;
use roster_emulator::dynamodb::TABLE_NAME;
use roster_emulator::sqs::MAX_MESSAGE;
use roster_stack::{Options, Stack};
use roster_tests::history::{History, mixed};
use roster_tests::proxy::{Faults, Proxy};
use roster_tests::reference;

/// Percentage of requests that fail.
const PERCENT: u32 = 5;

/// Concurrent consumers.
const CONSUMERS: usize = 4;

/// 20,000 messages in about this many histories.
const HISTORIES: u64 = 560;
const MESSAGES: usize = 20_000;

struct Trial {
    seed: u64,
    bodies: Vec<String>,
    invalid: Vec<String>,
    expected: Directory,
}

impl Trial {
    fn new() -> Self {
        let seed = env::var("ROSTER_SEED").map_or(1, |seed| seed.parse().unwrap());
        println!("ROSTER_SEED={seed}");
        let histories: Vec<_> = (0..HISTORIES)
            .map(|n| History::from_seed(seed * HISTORIES + n, 28))
            .collect();
        let mut bodies = mixed(&histories, seed);
        bodies.truncate(MESSAGES);
        assert_eq!(bodies.len(), MESSAGES);
        let valid = |body: &&String| reference::event(body).is_some();
        let mut invalid: Vec<_> = bodies.iter().filter(|body| !valid(body)).cloned().collect();
        invalid.sort();
        Self {
            seed,
            expected: reference::directory(&bodies),
            invalid,
            bodies,
        }
    }

    async fn faulty_stack(&self) -> (Stack, Proxy) {
        let mut stack = Stack::start(&Options::default()).await.unwrap();
        let faults = Faults {
            seed: self.seed,
            percent: PERCENT,
        };
        let proxy = Proxy::with_faults(stack.dynamodb.address, faults).await;
        stack.table_address = proxy.address;
        (stack, proxy)
    }

    async fn assert_right(&self, stack: &Stack, proxy: &Proxy) {
        let injected = proxy.injected();
        println!("{:?} among {:?}", injected, proxy.take_counts());
        assert_eq!(injected.len(), 5, "every fault came up");
        let directory = Directory::scan(&stack.dynamodb.client(), TABLE_NAME)
            .await
            .unwrap();
        assert_eq!(reference::comparable(directory), self.expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_five_percent_of_the_requests_fail() {
    let trial = Trial::new();
    let (stack, proxy) = trial.faulty_stack().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.ndjson");
    std::fs::write(&file, trial.bodies.join("\n")).unwrap();
    let options = DeliveryOptions {
        shuffle: None,
        batch: 10,
        consumers: CONSUMERS,
    };
    let lines = Lines::open(&file, MAX_MESSAGE).unwrap();
    let ingested = ingest(&stack, lines, options, |_| {}).await.unwrap();
    let mut dead: Vec<_> = ingested
        .dead_letters
        .into_iter()
        .map(|dead| dead.body)
        .collect();
    dead.sort();
    assert_eq!(
        dead, trial.invalid,
        "exactly the invalid events are dead letters"
    );
    trial.assert_right(&stack, &proxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_consumers_are_killed_as_well() {
    let trial = Trial::new();
    let (stack, proxy) = trial.faulty_stack().await;
    let sqs = stack.sqs.client();
    // The messages of a killed consumer are redelivered after this long instead of three minutes.
    sqs.set_queue_attributes()
        .queue_url(&stack.queues.events)
        .attributes(QueueAttributeName::VisibilityTimeout, "10")
        .send()
        .await
        .unwrap();
    send(&sqs, &stack.queues.events, &trial.bodies).await;
    let mut consumers: Vec<_> = (0..CONSUMERS).map(|_| Killed::start(&stack)).collect();
    let mut rng = StdRng::seed_from_u64(trial.seed);
    let mut kills = 0;
    let end = Instant::now() + Duration::from_secs(900);
    while waiting(&sqs, &stack.queues.events).await > 0 {
        assert!(
            Instant::now() < end,
            "messages are left that nobody finishes"
        );
        let pause = Duration::from_millis(rng.random_range(200..2_000));
        tokio::time::sleep(pause).await;
        let victim = rng.random_range(0..CONSUMERS);
        consumers[victim] = Killed::start(&stack);
        kills += 1;
    }
    drop(consumers);
    println!("{kills} consumers killed");
    assert!(kills > 10);
    // A consumer that is killed between sending a dead letter and deleting the message sends
    // it again.
    let dead = drain(&sqs, &stack.queues.dead_letters).await;
    let distinct = |bodies: &[String]| bodies.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        distinct(&dead),
        distinct(&trial.invalid),
        "exactly the invalid events are dead letters"
    );
    assert!(dead.len() >= trial.invalid.len(), "each of them is");
    trial.assert_right(&stack, &proxy).await;
}

/// How long the table throttles every request, in seconds.
const OUTAGE: u64 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_when_the_table_throttles_for_thirty_seconds() {
    let mut stack = Stack::start(&Options::default()).await.unwrap();
    let proxy = Proxy::start(stack.dynamodb.address).await;
    stack.table_address = proxy.address;
    let valid = |seed| History::from_seed(seed, 28).valid;
    let bodies: Vec<_> = (0..20).flat_map(valid).collect();
    let sqs = stack.sqs.client();
    send(&sqs, &stack.queues.events, &bodies).await;
    proxy.throttle_all(true);
    let start = Instant::now();
    let mut refused = 0;
    let mut settled = 0;
    let source = stack.event_source_mapping(10);
    while settled < bodies.len() {
        let elapsed = start.elapsed().as_secs();
        assert!(elapsed < 600, "{settled} of {} events", bodies.len());
        // On a slow machine, it lasts until each was throttled more than once.
        proxy.throttle_all(elapsed < OUTAGE || refused < 2 * bodies.len());
        let observe = |report: &Report| {
            let failed = report.messages.iter().filter(|m| m.result.is_err()).count();
            refused += failed;
            settled += report.messages.len() - failed;
        };
        source.poll(observe).await.unwrap();
    }
    let requests = proxy.take_counts()["UpdateItem"];
    println!(
        "{} events, {refused} refusals, {requests} requests",
        bodies.len()
    );
    assert_eq!(drain(&sqs, &stack.queues.dead_letters).await, [""; 0]);
    assert_eq!(waiting(&sqs, &stack.queues.events).await, 0);
    let directory = Directory::scan(&stack.dynamodb.client(), TABLE_NAME).await;
    let found = reference::comparable(directory.unwrap());
    assert_eq!(found, reference::directory(&bodies));
}

/// A consumer process. Dropping it kills it at once, with SIGKILL on Unix.
struct Killed(Child);

impl Killed {
    fn start(stack: &Stack) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_consume"))
            .arg(stack.table_address.to_string())
            .arg(stack.sqs.address.to_string())
            .arg(&stack.queues.events)
            .arg(&stack.queues.dead_letters)
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn send(sqs: &Client, queue: &str, bodies: &[String]) {
    for chunk in bodies.chunks(10) {
        let entry = |(n, body): (usize, &String)| {
            let entry = SendMessageBatchRequestEntry::builder();
            entry.id(n.to_string()).message_body(body).build().unwrap()
        };
        let entries = chunk.iter().enumerate().map(entry).collect();
        let sent = sqs
            .send_message_batch()
            .queue_url(queue)
            .set_entries(Some(entries));
        assert_eq!(sent.send().await.unwrap().failed(), []);
    }
}

/// Messages on the queue, including hidden ones.
async fn waiting(sqs: &Client, queue: &str) -> usize {
    let output = sqs
        .get_queue_attributes()
        .queue_url(queue)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let attributes = output.attributes().unwrap();
    let count = |name| attributes[&name].parse::<usize>().unwrap();
    count(QueueAttributeName::ApproximateNumberOfMessages)
        + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
}

async fn drain(sqs: &Client, queue: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let receive = sqs
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10);
        let received = receive.send().await.unwrap();
        if received.messages().is_empty() {
            return bodies;
        }
        bodies.extend(
            received
                .messages()
                .iter()
                .filter_map(|message| message.body.clone()),
        );
    }
}
