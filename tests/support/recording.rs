//! Consumers that record the events of messages in the history and then apply them, as a model that a
//! checker can explore completely.
//!
//! A step is one request or one fault. What is sent to the history and what an answer means is the real
//! protocol's. Applying is one step for each entity, since `race` explores its writes.

#![expect(
    clippy::indexing_slicing,
    reason = "a step names a place that its world has"
)]

use roster_history::protocol::{
    MAX_REQUEST_BYTES, Recording, RequestAnswer, Statement, StatementAnswer,
};
use roster_table::Key;
use stateright::{Model, Property};

use crate::recorded::{EventSet, Message, RecordedWorld, RecordingStep, Stray, Work, entity};

/// Two statements fill a request, so that a batch of three takes two.
const BYTES: usize = MAX_REQUEST_BYTES / 2;

/// The names of the properties that wrong protocols break.
pub const IN_HISTORY: &str = "what is in the directory is in the history";
/// See [`IN_HISTORY`].
pub const APPLIED: &str = "what is acknowledged is in the directory";
/// See [`IN_HISTORY`].
pub const NO_FAULT_NO_LETTER: &str = "nothing is a dead letter unless something failed";

/// The property without which the others would be vacuous.
pub const ALL_OVER: &str = "the end is reached";

/// How a consumer records and applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingProtocol {
    /// Roster's own protocol.
    Real,
    /// The success of a request counts as that of each of its statements.
    TrustsRequests,
    /// An event that is in the history counts as applied.
    SkipsDuplicates,
    /// Copies of an event are sent like different events.
    SendsCopies,
    /// Events are applied first and recorded then.
    DirectoryFirst,
}

/// Consumers and the messages for them.
#[derive(Debug, Clone)]
pub struct RecordingModel {
    /// The event of each message. Two events have one entity.
    pub messages: Vec<usize>,
    /// How the consumers work.
    pub protocol: RecordingProtocol,
    /// How many consumers there are.
    pub consumers: usize,
    /// How many faults may happen, of any kind.
    pub faults: u8,
}

/// What a consumer does next.
enum Next {
    Insert(Vec<usize>),
    Apply(EventSet),
    Answer,
}

impl Model for RecordingModel {
    type State = RecordedWorld;
    type Action = RecordingStep;

    fn init_states(&self) -> Vec<RecordedWorld> {
        vec![RecordedWorld {
            history: EventSet::default(),
            directory: EventSet::default(),
            queue: self.messages.iter().map(|event| (*event, 0)).collect(),
            acknowledged: EventSet::default(),
            dead: EventSet::default(),
            works: vec![None; self.consumers],
            strays: Vec::new(),
            faults: self.faults,
        }]
    }

    fn actions(&self, world: &RecordedWorld, steps: &mut Vec<RecordingStep>) {
        // Idle consumers are interchangeable, so it is enough that one of them receives.
        if let Some(idle) = world.works.iter().position(Option::is_none) {
            let batches = 1..1 << world.queue.len();
            steps.extend(batches.map(|batch| RecordingStep::Receive(idle, batch)));
        }
        for (at, work) in world.works.iter().enumerate() {
            let Some(work) = work else { continue };
            let next = self.next(work);
            steps.push(match next {
                Next::Insert(_) => RecordingStep::Insert(at),
                Next::Apply(_) => RecordingStep::Apply(at),
                Next::Answer => RecordingStep::Answer(at),
            });
            if world.faults == 0 {
                continue;
            }
            steps.push(RecordingStep::Crash(at));
            if let Next::Insert(request) = &next {
                for n in 0..request.len() {
                    steps.push(RecordingStep::StatementFails(at, n));
                    steps.push(RecordingStep::StatementConflicts(at, n));
                }
            }
            if !matches!(next, Next::Answer) {
                let faults = [
                    RecordingStep::RequestFails(at),
                    RecordingStep::NoReply(at),
                    RecordingStep::CrashInFlight(at),
                ];
                steps.extend(faults);
            }
        }
        steps.extend((0..world.strays.len()).map(RecordingStep::Arrive));
    }

    fn next_state(&self, world: &RecordedWorld, step: RecordingStep) -> Option<RecordedWorld> {
        let mut next = world.clone();
        let costs = !matches!(
            step,
            RecordingStep::Receive(..)
                | RecordingStep::Insert(_)
                | RecordingStep::Apply(_)
                | RecordingStep::Answer(_)
                | RecordingStep::Arrive(_)
        );
        next.faults -= u8::from(costs);
        match step {
            RecordingStep::Receive(at, batch) => self.receive(&mut next, at, batch),
            RecordingStep::Insert(at) => self.insert(&mut next, at, None),
            RecordingStep::StatementFails(at, n) => {
                self.insert(&mut next, at, Some((n, StatementAnswer::Failed(()))));
            }
            RecordingStep::StatementConflicts(at, n) => {
                self.insert(
                    &mut next,
                    at,
                    Some((n, StatementAnswer::TransactionConflict)),
                );
            }
            RecordingStep::RequestFails(at) => self.fail(&mut next, at),
            RecordingStep::NoReply(at) => {
                self.stray(&mut next, at);
                self.fail(&mut next, at);
            }
            RecordingStep::Apply(at) => self.apply(&mut next, at),
            RecordingStep::Answer(at) => next.answer(at),
            RecordingStep::Crash(at) => next.lose(at),
            RecordingStep::CrashInFlight(at) => {
                self.stray(&mut next, at);
                next.lose(at);
            }
            RecordingStep::Arrive(at) => match next.strays.remove(at) {
                Stray::Insert(events) => next.history = next.history.with(events),
                Stray::Apply(events) => next.directory = next.directory.with(events),
            },
        }
        next.queue.sort_unstable();
        next.strays.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(IN_HISTORY, |_, world: &RecordedWorld| {
                world.directory.is_within(world.history)
            }),
            Property::always(APPLIED, |_, world: &RecordedWorld| {
                world.acknowledged.is_within(world.directory)
            }),
            Property::always(NO_FAULT_NO_LETTER, |model: &Self, world: &RecordedWorld| {
                world.faults < model.faults || world.dead == EventSet::default()
            }),
            Property::always(
                "at the end each event is in the directory or a dead letter",
                |model: &Self, world: &RecordedWorld| {
                    let all = model.messages.iter().copied().map(EventSet::of);
                    let all = all.fold(EventSet::default(), EventSet::with);
                    !world.is_over() || all.is_within(world.directory.with(world.dead))
                },
            ),
            Property::sometimes(ALL_OVER, |_, world: &RecordedWorld| world.is_over()),
            Property::sometimes(
                "an event is recorded and not applied",
                |_, world: &RecordedWorld| {
                    world.is_over() && !world.history.is_within(world.directory)
                },
            ),
            Property::sometimes("an event fails alone", |_, world: &RecordedWorld| {
                world.works.iter().flatten().any(|work| {
                    let all = EventSet::of_batch(&work.batch);
                    work.recording.is_none()
                        && work.recorded != EventSet::default()
                        && !all.is_within(work.recorded)
                })
            }),
            Property::sometimes(
                "an insert arrives after its sender is gone",
                |_, world: &RecordedWorld| {
                    let late = |stray: &Stray| match stray {
                        Stray::Insert(events) => !events.is_within(world.history),
                        Stray::Apply(_) => false,
                    };
                    world.works.iter().all(Option::is_none) && world.strays.iter().any(late)
                },
            ),
        ]
    }
}

impl RecordingModel {
    fn receive(&self, world: &mut RecordedWorld, at: usize, taken: u32) {
        let mut batch = Vec::new();
        let mut left = Vec::new();
        for (n, message) in world.queue.iter().enumerate() {
            let to = if taken & 1 << n == 0 {
                &mut left
            } else {
                &mut batch
            };
            to.push(*message);
        }
        let mut work = Work {
            recording: None,
            recorded: EventSet::default(),
            tried: EventSet::default(),
            applied: EventSet::default(),
            batch,
        };
        if self.protocol == RecordingProtocol::DirectoryFirst {
            work.recorded = EventSet::of_batch(&work.batch);
        } else {
            work.recording = Some(self.recording(&work.batch));
        }
        world.queue = left;
        world.works[at] = Some(work);
    }

    fn recording(&self, batch: &[Message]) -> Recording<()> {
        let statement = |(n, (event, _)): (usize, &Message)| {
            let copy = match self.protocol {
                RecordingProtocol::SendsCopies => n,
                _ => 0,
            };
            let (pk, sk) = (entity(*event).to_string(), format!("{event} {copy}"));
            Statement {
                key: Key { pk, sk },
                bytes: BYTES,
            }
        };
        Recording::of(batch.iter().enumerate().map(statement))
    }

    fn next(&self, work: &Work) -> Next {
        let recording = work.recording.iter();
        if let Some(request) = recording.flat_map(Recording::requests).next() {
            return Next::Insert(request);
        }
        let todo = work.recorded.without(work.tried);
        let events = (0..8).filter(|event| todo.contains(*event));
        let first = events.clone().next().map(entity);
        let of_first = events.filter(|event| Some(entity(*event)) == first);
        let of_first = of_first
            .map(EventSet::of)
            .fold(EventSet::default(), EventSet::with);
        match of_first == EventSet::default() {
            true => Next::Answer,
            false => Next::Apply(of_first),
        }
    }

    fn insert(
        &self,
        world: &mut RecordedWorld,
        at: usize,
        fault: Option<(usize, StatementAnswer<()>)>,
    ) {
        let Some(work) = &mut world.works[at] else {
            return;
        };
        let Next::Insert(request) = self.next(work) else {
            return;
        };
        let events: Vec<_> = request.iter().map(|n| work.batch[*n].0).collect();
        let mut distinct = events.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < events.len() {
            // The history refuses two statements about one item, and with them the whole request.
            return self.settle(work, &request, RequestAnswer::Failed(()));
        }
        let mut answers = Vec::new();
        for (n, &event) in events.iter().enumerate() {
            let answer = match &fault {
                Some((faulty, answer)) if *faulty == n => answer.clone(),
                _ if world.history.contains(event) => StatementAnswer::DuplicateItem,
                _ => StatementAnswer::Inserted,
            };
            if answer == StatementAnswer::Inserted {
                world.history = world.history.with(EventSet::of(event));
            }
            let is_there = answer == StatementAnswer::DuplicateItem;
            if is_there && self.protocol == RecordingProtocol::SkipsDuplicates {
                work.applied = work.applied.with(EventSet::of(event));
                work.tried = work.tried.with(EventSet::of(event));
            }
            answers.push(match self.protocol {
                RecordingProtocol::TrustsRequests => StatementAnswer::Inserted,
                _ => answer,
            });
        }
        self.settle(work, &request, RequestAnswer::Statements(answers));
    }

    fn settle(&self, work: &mut Work, request: &[usize], answer: RequestAnswer<()>) {
        let Some(mut recording) = work.recording.take() else {
            return;
        };
        recording.settle(request, answer);
        if !recording.requests().is_empty() {
            work.recording = Some(recording);
            return;
        }
        let results = work.batch.iter().zip(recording.finish(&()));
        let recorded = results.filter(|(_, result)| result.is_ok());
        let recorded = recorded.map(|((event, _), _)| EventSet::of(*event));
        let recorded = recorded.fold(EventSet::default(), EventSet::with);
        if self.protocol == RecordingProtocol::DirectoryFirst {
            work.applied = EventSet(work.applied.0 & recorded.0);
        } else {
            work.recorded = recorded;
        }
    }

    fn apply(&self, world: &mut RecordedWorld, at: usize) {
        let Some(work) = &mut world.works[at] else {
            return;
        };
        let Next::Apply(events) = self.next(work) else {
            return;
        };
        world.directory = world.directory.with(events);
        work.applied = work.applied.with(events);
        self.tried(work, events);
    }

    fn tried(&self, work: &mut Work, events: EventSet) {
        work.tried = work.tried.with(events);
        let is_done = work.tried == work.recorded;
        if is_done && self.protocol == RecordingProtocol::DirectoryFirst {
            work.recording = Some(self.recording(&work.batch));
        }
    }

    /// The next request of a consumer fails.
    fn fail(&self, world: &mut RecordedWorld, at: usize) {
        let Some(work) = &mut world.works[at] else {
            return;
        };
        match self.next(work) {
            Next::Insert(request) => self.settle(work, &request, RequestAnswer::Failed(())),
            Next::Apply(events) => self.tried(work, events),
            Next::Answer => {}
        }
    }

    /// The next request of a consumer may arrive later.
    fn stray(&self, world: &mut RecordedWorld, at: usize) {
        let Some(work) = &world.works[at] else { return };
        match self.next(work) {
            Next::Insert(request) => {
                let events = request.iter().map(|n| EventSet::of(work.batch[*n].0));
                let events = events.fold(EventSet::default(), EventSet::with);
                world.strays.push(Stray::Insert(events));
            }
            Next::Apply(events) => world.strays.push(Stray::Apply(events)),
            Next::Answer => {}
        }
    }
}
